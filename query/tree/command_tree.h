#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace tain::query {

/// A flag or a positional argument, as help, man pages and completion show it.
struct ArgumentText {
  /// What its value is, for completion.
  enum class Takes { nothing, text, file, directory };

  std::vector<std::string> names;  ///< `-h`, `--help`; of a positional one: its name
  std::string value;               ///< what stands for the value in a text: `FILE`; may be empty
  std::string description;
  std::vector<std::string> words;  ///< the values that there are; empty: any
  Takes takes = Takes::text;
  bool is_required = false;
};

/// A command, with all that its help says, and the commands below it; hidden ones are left out.
struct CommandText {
  std::vector<std::string> path;  ///< `tain`, `ls`, `tasks`
  std::string description;
  std::string details;  ///< lines that the help has above the example; may be empty
  std::string example;  ///< lines, without the indentation of the help; empty: it has none
  std::vector<ArgumentText> positionals;
  std::vector<ArgumentText> options;
  std::vector<CommandText> commands;
  bool needs_command = false;  ///< it does nothing without one of `commands`

  /// `tain ls tasks`, with another `separator` `tain-ls-tasks`.
  std::string name(std::string_view separator = " ") const;
};

/// What the command line of `app` is.
CommandText describe_commands(const CLI::App& app);

/// Calls `visit` with `command` and with all below it.
template <class Visit>
void for_each_command(const CommandText& command, const Visit& visit) {
  visit(command);
  for (const CommandText& below : command.commands) for_each_command(below, visit);
}

}  // namespace tain::query
