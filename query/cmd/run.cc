#include "run.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/error.h"
#include "query/print/unicode.h"
#include "syncd/mirror/sqlite/database.h"
#include "syncd/version.h"

namespace tain::query {
namespace {

constexpr auto kCommands = std::to_array<AddCommands>({
    add_sql,      add_shell,        add_report, add_ls,      add_show,      add_timeline,
    add_board,    add_tree,         add_tail,   add_search,  add_schema,    add_status,
    add_errors,   add_control,      add_roots,  add_service, add_verify,    add_project,
    add_session,  add_session_task, add_task,   add_agent,   add_execution, add_bookmark,
    add_evaluate, add_completion,
});

// Levenshtein's distance.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::vector<std::string> words_of(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) words.push_back(command->get_name());  // else it is hidden
  }
  return words;
}

const CLI::App& deepest_parsed(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  return parsed.empty() ? app : deepest_parsed(*parsed.front());
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : full_name(*app.get_parent()) + " " + app.get_name();
}

std::string known(const std::vector<std::string>& words) {
  return " (known: " + CLI::detail::join(words, ", ") + ")";
}

std::string describe_unknown_word(const std::string& noun, const std::string& word,
                                  const std::vector<std::string>& words) {
  const auto nearest = std::min_element(words.begin(), words.end(), [&](auto& a, auto& b) {
    return distance(word, a) < distance(word, b);
  });
  std::string text = "unknown " + noun + " \"" + word + "\"";
  if (distance(word, *nearest) <= 2) text += "; did you mean " + *nearest + "?";
  return text + known(words);
}

// What is wrong with the words that `where` was given; CLI11's own text where it says enough.
std::string describe_misuse(const CLI::ParseError& error, const CLI::App& where) {
  const std::vector<std::string> words = words_of(where);
  const std::vector<std::string> rest = where.remaining();
  if (!words.empty() && !rest.empty() && !rest.front().starts_with('-')) {
    const std::string noun = full_name(where) == "tain report" ? "report" : "command";
    return describe_unknown_word(noun, rest.front(), words);
  }
  if (!rest.empty()) return "not expected: " + CLI::detail::join(rest, " ");
  return words.empty() ? error.what() : error.what() + known(words);
}

int report(const Io& io, const std::string& message, int status) {
  io.err << "tain: " << make_visible(message) << std::endl;
  return status;
}

int report_misuse(CLI::App& app, const CLI::ParseError& error, const Io& io) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    const int status = app.exit(error, io.out, io.err);  // --help, --version
    io.out.flush();
    return status;
  }
  const CLI::App& where = deepest_parsed(app);
  return report(io, describe_misuse(error, where) + "; see `" + full_name(where) + " --help`",
                kMisused);
}

int run_chosen(const Commands& commands, const Io& io) {
  for (const auto& command : commands) {
    if (!command->is_chosen()) continue;
    const int status = command->run(io);
    io.out.flush();
    return status;
  }
  return kMisused;
}

int parse_and_run(std::vector<std::string> arguments, const Io& io) {
  CLI::App app;
  Commands commands;
  make_command_line(app, commands);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return report_misuse(app, error, io);
  }
  return run_chosen(commands, io);
}

}  // namespace

void make_command_line(CLI::App& app, Commands& commands) {
  app.name("tain");
  app.description("The state of AI agents, in plain files and in SQL");
  app.set_version_flag("--version", "tain " + std::string(kVersion));
  app.footer(
      "\nExample:\n"
      "  tain sql \"SELECT * FROM active_sessions\"");
  app.require_subcommand(1);
  for (const AddCommands add : kCommands) add(app, commands);
}

int run(const std::vector<std::string>& arguments, const Io& io) {
  try {
    return parse_and_run(arguments, io);
  } catch (const InvalidArgument& error) {
    return report(io, error.what(), kMisused);
  } catch (const sqlite::DatabaseError& error) {
    if (error.code() != SQLITE_INTERRUPT) return report(io, error.what(), kFailed);
    return report(io,
                  "query " + error.path().string() +
                      ": the answer takes too long; ask for less, or allow more with --timeout "
                      "SECONDS",
                  kFailed);
  } catch (const std::exception& error) {
    return report(io, error.what(), kFailed);
  }
}

}  // namespace tain::query
