#include "arguments.h"
#include "command.h"
#include "core/error.h"
#include "query/print/answer.h"
#include "status_report.h"
#include "syncd/service/config.h"

namespace tain::query {
namespace {

class StatusCommand : public Command {
 public:
  explicit StatusCommand(CLI::App& parent)
      : Command(parent, "status", "Say whether the mirror is up to date; exit 0 only if it is",
                "tain status --format json") {
    add_db(app(), db_);
    add_socket(app(), socket_);
    add_format(app(), format_, {"table", "json"});
  }

  int run(const Io& io) override {
    StatusReport report;
    report.db = db_path(db_);
    report.socket = socket_path(socket_);
    ask_daemon(report);
    read_mirror(report);
    report.names_no_root = !report.daemon && report.roots().empty() && has_no_configured_root();
    if (format_ == "json") {
      print_json_array(io.out, to_json(report));
    } else {
      print_report(report, io.clock(), io.out);
    }
    return find_problems(report).empty() ? kDone : kFailed;
  }

 private:
  // A part that cannot be had is part of the report.
  static void ask_daemon(StatusReport& report) {
    try {
      report.daemon = ask_daemon_status(report.socket);
    } catch (const std::exception& error) {
      report.daemon_error = error.what();
    }
  }

  static void read_mirror(StatusReport& report) {
    try {
      report.mirror = read_mirror_status(report.db);
    } catch (const std::exception& error) {
      report.mirror_error = error.what();
    }
  }

  // One that cannot be read may name some.
  static bool has_no_configured_root() {
    try {
      return syncd::read_config({}).roots.empty();
    } catch (const Error&) {
      return false;
    }
  }

  Text db_;
  Text socket_;
  std::string format_;
};

}  // namespace

void add_status(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<StatusCommand>(app));
}

}  // namespace tain::query
