// `tain service`: the daemon as a service of the user's systemd.

#include "arguments.h"
#include "command.h"
#include "core/error.h"
#include "core/fs/paths.h"
#include "service_unit.h"

namespace tain::query {
namespace {

namespace fs = std::filesystem;

class InstallCommand : public Command {
 public:
  explicit InstallCommand(CLI::App& family)
      : Command(family, "install", "Run the daemon now, and whenever you log in",
                "tain service install --root ~/code") {
    add_texts(app(), "--root", unit_.roots,
              "A directory to mirror, may be repeated (default: those of the configuration)")
        ->type_name("DIR");
    add_text(app(), "--config", config_, "The daemon's configuration file")->type_name("FILE");
    add_text(app(), "--db", db_, "The mirror")->type_name("FILE");
    app().add_flag("--no-start", no_start_, "Only write the unit");
  }

  int run(const Io& io) override {
    unit_.program = find_daemon();
    unit_.config = absolute(config_);
    unit_.db = absolute(db_);
    for (std::string& root : unit_.roots) root = fs::absolute(root).lexically_normal().string();
    if (unit_.roots.empty() &&
        !fs::exists(unit_.config.empty() ? default_config_file() : fs::path(unit_.config))) {
      throw InvalidArgument("--root",
                            "at least one directory, or \"roots\" in " +
                                default_config_file().string() +
                                ", which `tain roots discover` writes there",
                            "neither");
    }
    const fs::path file = unit_file();
    write_unit(file, unit_text(unit_));
    io.out << "wrote " << file.string() << "\n";
    if (no_start_) return kDone;
    run_systemctl({"daemon-reload"});
    run_systemctl({"enable", kUnitName});
    run_systemctl({"restart", kUnitName});
    io.out << "tain-syncd runs; see `tain status`, and its log with `journalctl --user -u "
              "tain-syncd`\n";
    return kDone;
  }

 private:
  static std::string absolute(const Text& path) {
    return path ? fs::absolute(*path).lexically_normal().string() : "";
  }

  ServiceUnit unit_;
  Text config_;
  Text db_;
  bool no_start_ = false;
};

class UninstallCommand : public Command {
 public:
  explicit UninstallCommand(CLI::App& family)
      : Command(family, "uninstall", "Stop the daemon, and forget the service; the mirror stays",
                "tain service uninstall") {}

  int run(const Io& io) override {
    const fs::path file = unit_file();
    if (!fs::exists(file)) {
      throw NotFoundError("uninstall", file, "the service is not installed");
    }
    std::string trouble;
    try {
      run_systemctl({"disable", "--now", kUnitName});
    } catch (const Error& error) {
      trouble = error.what();  // the unit goes all the same
    }
    fs::remove(file);
    io.out << "removed " << file.string() << "\n";
    if (trouble.empty()) {
      run_systemctl({"daemon-reload"});
      return kDone;
    }
    io.err << "tain: " << trouble << "\n";
    return kFailed;
  }
};

}  // namespace

void add_service(CLI::App& app, Commands& commands) {
  CLI::App& family = add_family(app, "service", "Run the daemon as a service of your systemd",
                                "tain service install --root ~/code");
  commands.push_back(std::make_unique<InstallCommand>(family));
  commands.push_back(std::make_unique<UninstallCommand>(family));
}

}  // namespace tain::query
