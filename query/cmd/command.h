#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/print/io.h"

namespace tain::query {

// What a command's process leaves with.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;   ///< it was understood, and could not be done
inline constexpr int kMisused = 2;  ///< it was not understood: a flag, a word, an argument

/// One command: its flags as members, bound to the command line when it is made.
class Command {
 public:
  /// Adds the command `name` to `parent`, which must outlive it. `example` is a line for its help.
  Command(CLI::App& parent, const std::string& name, const std::string& description,
          const std::string& example);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  /// Whether the command line named it.
  bool is_chosen() const { return app_.parsed(); }
  /// Does it, and returns the exit status. Throws Error; InvalidArgument is a misuse.
  virtual int run(const Io& io) = 0;

 protected:
  CLI::App& app() { return app_; }

 private:
  CLI::App& app_;
};

using Commands = std::vector<std::unique_ptr<Command>>;

/// Adds a command, or a family of them, to `app` and to the end of `commands`.
using AddCommands = void (*)(CLI::App& app, Commands& commands);

void add_sql(CLI::App& app, Commands& commands);
void add_shell(CLI::App& app, Commands& commands);
void add_completion(CLI::App& app, Commands& commands);
void add_report(CLI::App& app, Commands& commands);
void add_schema(CLI::App& app, Commands& commands);
void add_errors(CLI::App& app, Commands& commands);
void add_control(CLI::App& app, Commands& commands);
void add_roots(CLI::App& app, Commands& commands);
void add_service(CLI::App& app, Commands& commands);
void add_status(CLI::App& app, Commands& commands);
void add_show(CLI::App& app, Commands& commands);
void add_timeline(CLI::App& app, Commands& commands);
void add_board(CLI::App& app, Commands& commands);
void add_tree(CLI::App& app, Commands& commands);
void add_tail(CLI::App& app, Commands& commands);
void add_search(CLI::App& app, Commands& commands);
void add_verify(CLI::App& app, Commands& commands);
void add_project(CLI::App& app, Commands& commands);
void add_session(CLI::App& app, Commands& commands);
void add_ls(CLI::App& app, Commands& commands);
void add_task(CLI::App& app, Commands& commands);
void add_agent(CLI::App& app, Commands& commands);
void add_execution(CLI::App& app, Commands& commands);
void add_session_task(CLI::App& app, Commands& commands);
void add_bookmark(CLI::App& app, Commands& commands);
void add_evaluate(CLI::App& app, Commands& commands);

/// A command that only holds others, such as `tain session`.
CLI::App& add_family(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& example);

}  // namespace tain::query
