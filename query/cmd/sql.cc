#include <chrono>
#include <filesystem>
#include <iterator>

#include "arguments.h"
#include "command.h"
#include "core/error.h"
#include "daemon_status.h"
#include "query/print/printer.h"
#include "query/sql/read_only.h"
#include "syncd/mirror/mirror_reader.h"

namespace tain::query {
namespace {

constexpr std::size_t kWidestCellOnTerminal = 80;

class SqlCommand : public Command {
 public:
  explicit SqlCommand(CLI::App& parent)
      : Command(parent, "sql", "Ask the mirror, in SQL; it is only read",
                "tain sql --format csv \"SELECT topic, status FROM sessions\"") {
    add_argument(app(), "STATEMENT", statement_, "One SELECT, or - to read it from the input");
    add_db(app(), db_);
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    app().add_flag("--fresh", fresh_, "First wait until all that is saved is in the mirror");
    add_socket(app(), socket_);
    add_text(app(), "--timeout", timeout_, "How long --fresh waits (default 30)")
        ->type_name("SECONDS");
  }

  int run(const Io& io) override {
    const std::filesystem::path db = db_path(db_);
    const std::string statement = read_statement(io);
    const double timeout = parse_seconds("--timeout", timeout_.value_or("30"));
    if (fresh_) flush(db, timeout);
    sqlite::Database database = mirror::open_for_reading(db);
    refuse_writes(database);
    ReadOnlyQuery query(database, statement);
    print(query, io);
    return kDone;
  }

 private:
  std::string read_statement(const Io& io) const {
    if (statement_ != "-") return statement_;
    return {std::istreambuf_iterator<char>(io.in), {}};
  }

  void flush(const std::filesystem::path& db, double seconds) const {
    flush_daemon(socket_path(socket_), db,
                 std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000) + 1));
  }

  void print(ReadOnlyQuery& query, const Io& io) const {
    PrintOptions options;
    if (io.out_is_terminal) options.widest_cell = kWidestCellOnTerminal;
    const auto printer = make_printer(parse_word<Format>("--format", format_), io.out, options);
    // The first step before the first byte: most statements that fail, fail there.
    bool has_row = query.step();
    printer->begin(query.columns());
    for (std::vector<Value> values; has_row; has_row = query.step()) {
      query.read(values);
      printer->row(values);
    }
    printer->end();
  }

  std::string statement_;
  Text db_;
  std::string format_;
  bool fresh_ = false;
  Text socket_;
  Text timeout_;
};

}  // namespace

void add_sql(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<SqlCommand>(app));
}

}  // namespace tain::query
