#include <fcntl.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "config.h"
#include "core/error.h"
#include "core/json/time.h"
#include "daemon.h"
#include "once.h"
#include "syncd/version.h"

namespace {

constexpr int kFailed = 1;
constexpr int kMisused = 2;

// The walk holds a descriptor a level; deep trees need more than the usual 1024.
void raise_descriptor_limit() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// A write that fails is an error as others are: of a log whose reader is gone, or of a mirror
// beyond the largest file that this process may write.
void survive_failing_writes() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void log_to_stderr() {
  const char* no_color = std::getenv("NO_COLOR");  // see https://no-color.org
  const bool is_plain = no_color != nullptr && *no_color != '\0';
  auto logger = spdlog::stderr_color_mt(
      "tain-syncd", is_plain ? spdlog::color_mode::never : spdlog::color_mode::automatic);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %n %^%l%$: %v");
  spdlog::set_default_logger(std::move(logger));
}

void add_options(CLI::App& command, tain::syncd::ConfigOverrides& overrides) {
  command.add_option("--config", overrides.file,
                     "configuration file (default: $XDG_CONFIG_HOME/tain/config.json)");
  command
      .add_option("--root", overrides.roots,
                  "directory to mirror, with all projects below it; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command.add_option("--db", overrides.db, "the mirror (default: $XDG_DATA_HOME/tain/mirror.db)");
}

int run(int argc, char** argv) {
  CLI::App app("Mirrors the state files of AI agents into SQLite, one way.", "tain-syncd");
  app.set_version_flag("--version", std::string(tain::kVersion));
  app.footer("\nExample:\n  tain-syncd run --root ~/code");
  app.require_subcommand(1);
  tain::syncd::ConfigOverrides overrides;
  CLI::App* daemon = app.add_subcommand("run", "watch and mirror, in the foreground");
  daemon->footer("\nExample:\n  tain-syncd run --root ~/code --root ~/work");
  add_options(*daemon, overrides);
  daemon->add_option("--socket", overrides.socket,
                     "control socket (default: $XDG_RUNTIME_DIR/tain/tain.sock)");
  CLI::App* once = app.add_subcommand("once", "catch up, report, leave");
  once->footer("\nExample:\n  tain-syncd once --root ~/code --db /tmp/mirror.db");
  add_options(*once, overrides);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kMisused;
  }
  raise_descriptor_limit();
  if (*once) {
    return tain::syncd::run_once(tain::syncd::load_config(overrides), std::cout) ? 0 : kFailed;
  }
  tain::syncd::Daemon(overrides).run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  survive_failing_writes();
  log_to_stderr();
  // SQLite would take a lock at each allocation to count what nobody asks for.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  try {
    return run(argc, argv);
  } catch (const tain::InvalidArgument& error) {
    std::fprintf(stderr, "tain-syncd: %s\n", error.what());
    return kMisused;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tain-syncd: %s\n", error.what());
    return kFailed;
  }
}
