#include "syncd/mirror/descriptions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "syncd/mirror/schema.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::mirror {
namespace {

// The tables and views of the schema, and their columns.
std::map<std::string, std::set<std::string>> relations_of_schema() {
  sqlite::Database database("", sqlite::Database::Mode::read_write);
  database.run(create_statements(Schema()));
  sqlite::Statement columns = database.prepare(
      "SELECT l.name, c.name FROM pragma_table_list l, pragma_table_info(l.name) c "
      "WHERE l.schema = 'main' AND l.type IN ('table', 'view', 'virtual') "
      "AND l.name NOT LIKE 'sqlite_%'");
  std::map<std::string, std::set<std::string>> relations;
  while (columns.step()) {
    relations[std::string(columns.text(0))].insert(std::string(columns.text(1)));
  }
  return relations;
}

TEST(Descriptions, EveryTableAndEveryViewHasASentence) {
  for (const auto& [name, columns] : relations_of_schema()) {
    const RelationText* text = text_of(name);
    EXPECT_TRUE(text != nullptr && !text->sentence.empty())
        << name << " has none; give it one in syncd/mirror/descriptions.cc";
  }
}

TEST(Descriptions, EverySentenceIsOfATableOrAView) {
  const auto relations = relations_of_schema();
  for (const RelationText& text : relation_texts()) {
    EXPECT_TRUE(relations.contains(std::string(text.name))) << text.name;
  }
}

TEST(Descriptions, NothingIsDescribedTwice) {
  std::set<std::string_view> names;
  for (const RelationText& text : relation_texts()) {
    EXPECT_TRUE(names.insert(text.name).second) << text.name;
  }
  std::set<std::pair<std::string_view, std::string_view>> columns;
  for (const ColumnText& text : column_texts()) {
    EXPECT_TRUE(columns.emplace(text.relation, text.column).second)
        << text.relation << "." << text.column;
  }
}

TEST(Descriptions, ColumnsThatAreDescribedExist) {
  const auto relations = relations_of_schema();
  for (const ColumnText& text : column_texts()) {
    const bool exists = std::any_of(relations.begin(), relations.end(), [&](const auto& relation) {
      return (text.relation.empty() || relation.first == text.relation) &&
             relation.second.contains(std::string(text.column));
    });
    EXPECT_TRUE(exists) << text.relation << "." << text.column;
  }
}

TEST(Descriptions, AColumnsOwnMeaningGoesBeforeTheUsualOne) {
  EXPECT_EQ(text_of("sessions", "file_id")->meaning,
            "the file that the row comes from, and goes with");
  EXPECT_EQ(text_of("change_feed", "file_id")->meaning, "NULL for what is gone");
  EXPECT_EQ(text_of("sessions", "topic"), nullptr);
}

}  // namespace
}  // namespace tain::mirror
