#include "command_tree.h"

#include <algorithm>
#include <sstream>

namespace tain::query {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
}

// Where `separators` first stand in `text`, and behind them.
std::pair<std::size_t, std::size_t> first_of(std::string_view text,
                                             std::initializer_list<std::string_view> separators) {
  std::pair<std::size_t, std::size_t> first{text.size(), text.size()};
  for (const std::string_view separator : separators) {
    const std::size_t found = text.find(separator);
    if (found < first.first) first = {found, found + separator.size()};
  }
  return first;
}

// A description that begins with "full, quick or research" is the list of the values; any other
// begins with a capital.
std::vector<std::string> words_of_description(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto [end, next] = first_of(text, {", ", " or ", " ("});
    if (!is_word(text.substr(0, end))) break;
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(next);
  }
  return words.size() > 1 ? words : std::vector<std::string>{};
}

// CLI11 writes the values of IsMember behind the type: "TEXT:{table,csv}".
std::vector<std::string> words_of_type(const std::string& type) {
  const std::size_t begin = type.find('{');
  if (begin == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, type.find('}') - begin - 1), ',');
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

ArgumentText::Takes takes(const CLI::Option& option, const std::string& value) {
  if (option.get_items_expected_max() == 0) return ArgumentText::Takes::nothing;
  if (value == "DIR") return ArgumentText::Takes::directory;
  return value == "FILE" || value == "PATH" ? ArgumentText::Takes::file : ArgumentText::Takes::text;
}

ArgumentText describe_argument(const CLI::Option& option) {
  ArgumentText argument;
  const std::string type = option.get_type_name();
  argument.description = option.get_description();
  argument.words = words_of_type(type);
  if (argument.words.empty()) argument.words = words_of_description(argument.description);
  argument.is_required = option.get_required();
  if (option.get_positional()) {
    argument.value = option.get_name(true);
    argument.names = {argument.value};
  } else {
    for (const std::string& name : option.get_snames()) argument.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) argument.names.push_back("--" + name);
    argument.value = type.substr(0, type.find(':'));
    if (argument.value.empty() && !option.get_lnames().empty()) {
      argument.value = upper_case(option.get_lnames().front());
    }
  }
  argument.takes = takes(option, argument.value);
  if (argument.takes == ArgumentText::Takes::nothing) argument.value.clear();
  if (!option.get_default_str().empty()) {
    argument.description += " (default " + option.get_default_str() + ")";
  }
  return argument;
}

void add_arguments(const CLI::App& app, CommandText& command) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? command.positionals : command.options)
        .push_back(describe_argument(*option));
  }
}

// A command whose flags may stand behind those of the word below it.
void add_fallen_through(const CLI::App& parent, CommandText& command) {
  CommandText above;
  add_arguments(parent, above);
  for (ArgumentText& option : above.options) {
    if (option.names.back() != "--help") command.options.push_back(std::move(option));
  }
}

// The lines of `text` that are not empty, without the spaces before them.
std::string dense_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string dense;
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
    if (!line.empty()) dense.append(dense.empty() ? "" : "\n").append(line);
  }
  return dense;
}

// Below --help stand the details, if there are any, and an example.
void add_footer(const std::string& footer, CommandText& command) {
  const std::string_view heading = "Example:\n";
  const std::size_t end = footer.find(heading);
  command.details = dense_lines(footer.substr(0, end));
  if (end != std::string::npos) command.example = dense_lines(footer.substr(end + heading.size()));
}

CommandText describe(const CLI::App& app, std::vector<std::string> path) {
  path.push_back(app.get_name());
  CommandText command;
  command.path = std::move(path);
  command.description = app.get_description();
  command.needs_command = app.get_require_subcommand_min() > 0;
  add_footer(app.get_footer(), command);
  add_arguments(app, command);
  if (app.get_fallthrough() && app.get_parent() != nullptr) {
    add_fallen_through(*app.get_parent(), command);
  }
  for (const CLI::App* below : app.get_subcommands({})) {
    if (!below->get_group().empty()) command.commands.push_back(describe(*below, command.path));
  }
  return command;
}

}  // namespace

std::string CommandText::name(std::string_view separator) const {
  std::string joined;
  for (const std::string& word : path) joined.append(joined.empty() ? "" : separator).append(word);
  return joined;
}

CommandText describe_commands(const CLI::App& app) {
  return describe(app, {});
}

}  // namespace tain::query
