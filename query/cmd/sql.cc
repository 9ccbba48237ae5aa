#include <cerrno>
#include <fstream>
#include <iterator>

#include "command.h"
#include "core/error.h"
#include "mirror_flags.h"
#include "query/print/rows.h"
#include "query/sql/named_parameters.h"

namespace tain::query {
namespace {

// Also from a pipe, as in -f <(make-a-query). A directory can be opened, and says only then that it
// cannot be read.
std::string read_statement_file(const std::string& file) try {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw IoError("read", file, errno);
  return {std::istreambuf_iterator<char>(in), {}};
} catch (const std::ios_base::failure&) {
  throw IoError("read", file, errno);
}

class SqlCommand : public Command {
 public:
  explicit SqlCommand(CLI::App& parent)
      : Command(
            parent, "sql", "Ask the mirror, in SQL; it is only read",
            "tain sql --format csv \"SELECT topic, status FROM sessions\"\n"
            "  tain sql -p phase=build \"SELECT * FROM failed_runs WHERE current_phase = :phase\"\n"
            "  tain sql -f costs.sql -p since=1790000000000") {
    CLI::Option* statement =
        add_text(app(), "STATEMENT", statement_,
                 "One SELECT; -, or none where the input is no terminal: read it from the input")
            ->type_name("");
    add_text(app(), "-f,--file", file_, "Read the statement from a file")
        ->type_name("FILE")
        ->excludes(statement);
    add_texts(app(), "-p,--param", parameters_,
              "The value of the statement's parameter :name; a JSON number is a number, anything "
              "else is text; may be repeated")
        ->type_name("NAME=VALUE");
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    const std::string statement = read_statement(io);
    std::vector<NamedValue> values;
    for (const std::string& text : parameters_) values.push_back(parse_named_value("-p", text));
    const sqlite::Database database = mirror_.open(io);
    ReadOnlyQuery query(database, statement, mirror_.longest_statement());
    bind_named(query, "-p", values);
    print_rows(query, parse_word<Format>("--format", format_), io);
    return kDone;
  }

 private:
  std::string read_statement(const Io& io) const {
    if (file_) return read_statement_file(*file_);
    if (statement_ && *statement_ != "-") return *statement_;
    if (!statement_ && io.in_is_terminal) {
      throw InvalidArgument("STATEMENT", "a statement, -f FILE, or a statement on the input",
                            "none");
    }
    return {std::istreambuf_iterator<char>(io.in), {}};
  }

  Text statement_;
  Text file_;
  std::vector<std::string> parameters_;
  std::string format_;
  MirrorFlags mirror_;
};

}  // namespace

void add_sql(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<SqlCommand>(app));
}

}  // namespace tain::query
