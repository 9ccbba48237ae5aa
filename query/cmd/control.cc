// The commands that ask the daemon to do something: sync and rebuild.

#include "arguments.h"
#include "command.h"
#include "core/fs/paths.h"
#include "progress.h"
#include "query/print/unicode.h"
#include "syncd/service/control_client.h"

namespace tain::query {
namespace {

class ControlCommand : public Command {
 public:
  ControlCommand(CLI::App& parent, const std::string& name, const std::string& description,
                 const std::string& example, std::string patience)
      : Command(parent, name, description, example), patience_(std::move(patience)) {
    add_socket(app(), socket_);
    add_text(app(), "--timeout", timeout_, "How long to wait (default " + patience_ + ")")
        ->type_name("SECONDS");
  }

 protected:
  std::filesystem::path socket() const { return socket_path(socket_); }

  std::chrono::milliseconds timeout() const {
    const double seconds = parse_seconds("--timeout", timeout_.value_or(patience_));
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000) + 1);
  }

  static int print(const Json& answer, const std::string& done, const Io& io) {
    io.out << done;
    if (answer.contains("db") && answer["db"].is_string()) {
      io.out << ": " << make_visible(answer["db"].get<std::string>());
    }
    io.out << "\n";
    return kDone;
  }

 private:
  std::string patience_;
  Text socket_;
  Text timeout_;
};

class SyncCommand : public ControlCommand {
 public:
  explicit SyncCommand(CLI::App& parent)
      : ControlCommand(parent, "sync",
                       "Make the daemon look again, and wait until all that is saved is mirrored",
                       "tain sync ~/code/project", "60") {
    app().add_option("PATH", path_, "Only this file or directory (default: every root)");
  }

  int run(const Io& io) override {
    Json request = {{"command", "sync"}};
    if (!path_.empty()) request["path"] = resolved_path(path_).string();
    return print(syncd::ask_daemon(socket(), request, timeout()), "up to date", io);
  }

 private:
  std::string path_;
};

class RebuildCommand : public ControlCommand {
 public:
  explicit RebuildCommand(CLI::App& parent)
      : ControlCommand(parent, "rebuild",
                       "Build the mirror anew; the present one serves until that is done",
                       "tain rebuild", "3600") {}

  int run(const Io& io) override {
    return print(ask_with_progress(socket(), {{"command", "rebuild"}}, timeout(), io), "rebuilt",
                 io);
  }
};

}  // namespace

void add_control(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<SyncCommand>(app));
  commands.push_back(std::make_unique<RebuildCommand>(app));
}

}  // namespace tain::query
