#include "schema_reference.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "syncd/mirror/descriptions.h"
#include "syncd/mirror/schema.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::query {
namespace {

std::string_view what_it_holds(ColumnType type) {
  switch (type) {
    case ColumnType::text:
    case ColumnType::integer:
    case ColumnType::real:
      return "";
    case ColumnType::boolean:
      return " (0 or 1)";
    case ColumnType::time:
      return " (UTC ms)";
    case ColumnType::word:
      return " (word)";
    case ColumnType::json:
      return " (JSON)";
    case ColumnType::count:
      return " (how many)";
  }
  return {};
}

template <class Strings>
std::string join(const Strings& strings, std::string_view separator) {
  std::string joined;
  for (const auto& string : strings) {
    if (!joined.empty()) joined.append(separator);
    joined.append(string);
  }
  return joined;
}

// Makes the schema in a database of its own and looks at it. SQLite says of a view's column which
// table's it shows, and that table's column is described; a computed one has no such origin.
class SchemaReader {
 public:
  SchemaReader() : database_("", sqlite::Database::Mode::read_write) {  // temporary, and private
    const mirror::Schema schema;
    database_.run(mirror::create_statements(schema));
    add("projects", mirror::project_columns());
    for (const mirror::Table* table : schema.tables()) add(table->name, table->columns);
  }

  std::vector<RelationReference> read() const {
    std::vector<RelationReference> relations;
    // What a virtual table keeps its things in, its shadow tables, is its own business.
    sqlite::Statement names = database_.prepare(
        "SELECT s.name, l.type FROM sqlite_schema s "
        "JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name "
        "WHERE l.type IN ('table', 'view', 'virtual') ORDER BY s.rowid");
    while (names.step()) {
      relations.push_back(describe(std::string(names.text(0)), names.text(1)));
    }
    std::stable_sort(relations.begin(), relations.end(), [](const auto& a, const auto& b) {
      return std::pair(place_of(a.kind), a.name != "projects") <
             std::pair(place_of(b.kind), b.name != "projects");
    });
    return relations;
  }

 private:
  using Columns = std::map<std::string, Column, std::less<>>;

  static std::size_t place_of(std::string_view kind) {
    constexpr std::array<std::string_view, 4> kKinds = {"entity", "view", "search", "ledger"};
    return static_cast<std::size_t>(std::find(kKinds.begin(), kKinds.end(), kind) - kKinds.begin());
  }

  void add(const std::string& table, const std::vector<Column>& columns) {
    for (const Column& column : columns) known_[table].emplace(column.name, column);
  }

  std::string_view kind_of(const std::string& name, std::string_view type) const {
    if (type == "view") return "view";
    if (type == "virtual") return "search";
    return known_.contains(name) ? "entity" : "ledger";
  }

  RelationReference describe(const std::string& name, std::string_view type) const {
    const bool is_view = type == "view";
    RelationReference relation{name, std::string(kind_of(name, type)), "", {}};
    if (const mirror::RelationText* text = mirror::text_of(name)) relation.holds = text->sentence;
    // The name is SQLite's own, of a table that was just made.
    const sqlite::Statement all = database_.prepare("SELECT * FROM " + name);
    const int count = sqlite3_column_count(all.handle());
    for (int i = 0; i < count; ++i) relation.columns.push_back(describe(name, is_view, all, i));
    return relation;
  }

  ColumnReference describe(const std::string& relation, bool is_view, const sqlite::Statement& all,
                           int i) const {
    ColumnReference reference;
    reference.name = sqlite3_column_name(all.handle(), i);
    add_text(reference, mirror::text_of(relation, reference.name));
    const char* table = sqlite3_column_table_name(all.handle(), i);
    if (table == nullptr) return reference;
    const std::string_view origin = sqlite3_column_origin_name(all.handle(), i);
    // A search table's columns have none.
    if (const char* type = sqlite3_column_decltype(all.handle(), i)) reference.type = type;
    if (const Column* column = find(table, origin)) {
      add_column(reference, *column);
      if (!is_view) add_source(reference, *column, mirror::text_of(relation));
    }
    if (is_view && reference.meaning.empty()) {
      if (const auto* text = mirror::text_of(table, origin)) reference.meaning = text->meaning;
    }
    return reference;
  }

  const Column* find(std::string_view table, std::string_view name) const {
    const auto columns = known_.find(table);
    if (columns == known_.end()) return nullptr;
    const auto column = columns->second.find(name);
    return column == columns->second.end() ? nullptr : &column->second;
  }

  static void add_text(ColumnReference& reference, const mirror::ColumnText* text) {
    if (text == nullptr) return;
    reference.meaning = text->meaning;
    reference.source = text->source;
  }

  static void add_column(ColumnReference& reference, const Column& column) {
    reference.type.append(what_it_holds(column.type));
    reference.words = join(column.words, ", ");
    if (reference.meaning.empty()) reference.meaning = column.meaning;
  }

  static void add_source(ColumnReference& reference, const Column& column,
                         const mirror::RelationText* relation) {
    if (column.path.empty()) return;
    const bool in_list = relation != nullptr && !relation->element.empty();
    reference.source = in_list ? std::string(relation->element).append(".") : "";
    reference.source.append(join(column.path, "."));
    if (column.required) reference.required = "yes";
  }

  sqlite::Database database_;
  std::map<std::string, Columns, std::less<>> known_;
};

}  // namespace

std::vector<RelationReference> describe_schema() {
  return SchemaReader().read();
}

}  // namespace tain::query
