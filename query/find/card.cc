#include "card.h"

#include <algorithm>

#include "card_queries.h"
#include "left_in_file.h"
#include "syncd/sync/sync_settings.h"

namespace tain::query {
namespace {

const ListedEntity& listed_as(std::string_view word) {
  const auto& entities = listed_entities();
  return *std::find_if(entities.begin(), entities.end(),
                       [&](const ListedEntity& entity) { return entity.word == word; });
}

std::vector<CardField> read_fields(const sqlite::Database& database, const Thing& thing) {
  const ListedEntity& entity = listed_as(thing.kind->word);
  std::string columns;
  for (const Column& column : entity.columns) {
    columns.append(columns.empty() ? "" : ", ").append(column.name);
  }
  sqlite::Statement row = database.prepare("SELECT " + columns + " FROM " +
                                           std::string(thing.kind->table) + " WHERE rowid = ?1");
  row.bind(1, thing.row);
  std::vector<CardField> fields;
  if (!row.step()) return fields;
  for (std::size_t i = 0; i < entity.columns.size(); ++i) {
    const Column& column = entity.columns[i];
    fields.push_back({column.name, column.type, read_cell(row, static_cast<int>(i))});
  }
  return fields;
}

// Only lines of logs leave something in their file.
void complete_from_file(const sqlite::Database& database, const Thing& thing, Card& card) {
  const ListedEntity& entity = listed_as(thing.kind->word);
  if (!entity.table.find("left_in_file")) return;
  sqlite::Statement row = database.prepare("SELECT line_offset, line_length, left_in_file FROM " +
                                           std::string(thing.kind->table) +
                                           " WHERE rowid = ?1 AND left_in_file IS NOT NULL");
  row.bind(1, thing.row);
  if (!row.step()) return;
  const LineInFile line{thing.path, row.integer(0), row.integer(1)};
  try {
    const syncd::SyncSettings settings = syncd::settings_of(database);
    for (auto& [name, text] :
         read_left_in_file(line, thing.id, std::string(row.text(2)), settings)) {
      const auto field = std::find_if(
          card.fields.begin(), card.fields.end(),
          [&, &wanted = name](const CardField& known) { return known.name == wanted; });
      if (field != card.fields.end()) field->value = std::move(text);
    }
  } catch (const Error& error) {
    card.trouble = error.what();
  }
}

template <class Take>
void for_each_row(const sqlite::Database& database, std::string_view sql, const Thing& thing,
                  const Take& take) {
  if (sql.empty()) return;
  sqlite::Statement rows = database.prepare(sql);
  rows.bind(1, std::string_view(thing.id)).bind(2, thing.project_key);
  while (rows.step()) take(rows);
}

std::string text_at(const sqlite::Statement& row, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(row.handle(), column));
  return text == nullptr ? "" : text;
}

}  // namespace

Card read_card(const sqlite::Database& database, const Thing& thing) {
  Card card;
  card.fields = read_fields(database, thing);
  complete_from_file(database, thing, card);
  for_each_row(database, notes_query(*thing.kind), thing, [&](const sqlite::Statement& row) {
    card.notes.push_back({text_at(row, 0), text_at(row, 1)});
  });
  for_each_row(database, links_query(*thing.kind), thing, [&](const sqlite::Statement& row) {
    card.links.push_back(
        {text_at(row, 1), text_at(row, 2), text_at(row, 3), text_at(row, 4), text_at(row, 5)});
  });
  return card;
}

}  // namespace tain::query
