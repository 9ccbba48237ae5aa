#include <iterator>

#include "command.h"
#include "mirror_flags.h"
#include "query/print/rows.h"
#include "query/sql/read_only.h"

namespace tain::query {
namespace {

class SqlCommand : public Command {
 public:
  explicit SqlCommand(CLI::App& parent)
      : Command(parent, "sql", "Ask the mirror, in SQL; it is only read",
                "tain sql --format csv \"SELECT topic, status FROM sessions\"") {
    add_argument(app(), "STATEMENT", statement_, "One SELECT, or - to read it from the input");
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    const std::string statement = read_statement(io);
    const sqlite::Database database = mirror_.open(io);
    ReadOnlyQuery query(database, statement, mirror_.longest_statement());
    print_rows(query, parse_word<Format>("--format", format_), io);
    return kDone;
  }

 private:
  std::string read_statement(const Io& io) const {
    if (statement_ != "-") return statement_;
    return {std::istreambuf_iterator<char>(io.in), {}};
  }

  std::string statement_;
  std::string format_;
  MirrorFlags mirror_;
};

}  // namespace

void add_sql(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<SqlCommand>(app));
}

}  // namespace tain::query
