#include <algorithm>
#include <string_view>
#include <utility>

#include "arguments.h"
#include "command.h"
#include "core/error.h"
#include "core/model/entities.h"
#include "query/print/printer.h"
#include "query/sql/schema_reference.h"

namespace tain::query {
namespace {

using Reference = std::vector<RelationReference>;

// Rows of text, of which the columns that are empty throughout can be left out.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string_view> row) { rows_.push_back(std::move(row)); }

  void drop_empty_columns() {
    for (std::size_t i = columns_.size(); i-- > 0;) {
      const auto is_empty = [i](const auto& row) { return row[i].empty(); };
      if (!std::all_of(rows_.begin(), rows_.end(), is_empty)) continue;
      const auto at = static_cast<std::ptrdiff_t>(i);
      columns_.erase(columns_.begin() + at);
      for (auto& row : rows_) row.erase(row.begin() + at);
    }
  }

  void print(Format format, std::ostream& out) const {
    PrintOptions options;
    options.count_rows = false;
    const auto printer = make_printer(format, out, options);
    printer->begin(columns_);
    for (const auto& row : rows_) {
      const std::vector<Value> values(row.begin(), row.end());
      printer->row(values);
    }
    printer->end();
  }

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string_view>> rows_;
};

void print_list(const Reference& reference, Format format, std::ostream& out) {
  TextTable table({"name", "kind", "holds"});
  for (const RelationReference& relation : reference) {
    table.add({relation.name, relation.kind, relation.holds});
  }
  table.print(format, out);
}

void print_relation(const RelationReference& relation, Format format, std::ostream& out) {
  TextTable table({"column", "type", "source", "required", "words", "meaning"});
  for (const ColumnReference& column : relation.columns) {
    table.add(
        {column.name, column.type, column.source, column.required, column.words, column.meaning});
  }
  // People read past what is empty; programs count on every key.
  if (format != Format::json) {
    table.drop_empty_columns();
    if (format == Format::markdown) out << "### `" << relation.name << "`\n\n";
    out << relation.holds << ".\n\n";
  }
  table.print(format, out);
}

void print_page(const Reference& reference, std::ostream& out) {
  out << "### All tables and views\n\n";
  print_list(reference, Format::markdown, out);
  for (const RelationReference& relation : reference) {
    out << '\n';
    print_relation(relation, Format::markdown, out);
  }
}

template <class Named>
const Named& find(const std::vector<Named>& all, const std::string& argument,
                  const std::string& name) {
  std::string names;
  for (const Named& candidate : all) {
    if (candidate.name == name) return candidate;
    names.append(names.empty() ? "one of " : ", ").append(candidate.name);
  }
  throw InvalidArgument(argument, names, "\"" + name + "\"");
}

class SchemaCommand : public Command {
 public:
  explicit SchemaCommand(CLI::App& parent)
      : Command(parent, "schema", "Say what the mirror's tables and the files' fields mean",
                "tain schema sessions") {
    CLI::Option* table =
        add_text(app(), "TABLE", table_, "A table or a view; without one, a list of all")
            ->type_name("");
    add_format(app(), format_, {"table", "markdown", "json"});
    add_text(app(), "--json-schema", entity_, "Print the JSON Schema of an entity's file instead")
        ->type_name("ENTITY")
        ->excludes(table)
        ->excludes(app().get_option("--format"));
  }

  int run(const Io& io) override {
    if (entity_) {
      io.out << find(entity_kinds(), "--json-schema", *entity_).json_schema().dump(2) << '\n';
    } else {
      print(describe_schema(), parse_word<Format>("--format", format_), io.out);
    }
    return kDone;
  }

 private:
  void print(const Reference& reference, Format format, std::ostream& out) const {
    if (table_) {
      print_relation(find(reference, "TABLE", *table_), format, out);
    } else if (format == Format::markdown) {
      print_page(reference, out);
    } else {
      print_list(reference, format, out);
    }
  }

  Text table_;
  std::string format_;
  Text entity_;
};

}  // namespace

void add_schema(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<SchemaCommand>(app));
}

}  // namespace tain::query
