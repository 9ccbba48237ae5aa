#include "completion.h"

#include <sstream>

namespace tain::query {
namespace {

// Both shells find the command first: the longest beginning of the line that is one. `at` is the
// word under the cursor, `before` the one that it may be the value of.
constexpr std::string_view kBashHead = R"(# Completion of tain for bash.
_tain() {
  local at=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=tain i
  for ((i = 1; i < COMP_CWORD; i++)); do
    _tain_is_command "$command ${COMP_WORDS[i]}" && command+=" ${COMP_WORDS[i]}"
  done
  if [[ $at == "=" ]]; then
    at=
  elif [[ $before == "=" ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  local words= files= flags=
  if ! _tain_values "$command $before"; then
    _tain_words "$command"
    if [[ $at == -* ]]; then words=$flags files=; fi
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$at"
                           if [[ $files ]]; then compgen "$files" -- "$at"; fi)
  if [[ $files ]]; then compopt -o filenames 2>/dev/null; fi
}
)";
constexpr std::string_view kBashTail = "complete -F _tain tain\n";

constexpr std::string_view kZshHead = R"(#compdef tain
# Completion of tain for zsh.
_tain() {
  local at=$words[CURRENT] before=$words[CURRENT-1] command=tain i files=
  local -a found flags
  for ((i = 2; i < CURRENT; i++)); do
    _tain_is_command "$command $words[i]" && command+=" $words[i]"
  done
  if [[ $at == --*=* ]]; then
    before=${at%%=*}
    compset -P '*='
  fi
  if ! _tain_values "$command $before"; then
    _tain_words "$command"
    if [[ $at == -* ]]; then found=("${flags[@]}") files=; fi
  fi
  (( $#found )) && _describe -t words tain found
  case $files in
    -f) _files ;;
    -d) _files -/ ;;
  esac
}
)";
constexpr std::string_view kZshTail = R"(if [[ ${funcstack[1]} == _tain ]]; then
  _tain "$@"
else
  compdef _tain tain
fi
)";

enum class Shell { bash, zsh };

// In single quotes, whatever it holds.
std::string shell_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

struct Word {
  std::string text;
  std::string meaning = {};
};

// bash has one text of words, zsh an array of WORD:MEANING.
std::string list(Shell shell, const std::vector<Word>& words) {
  std::string joined;
  for (const Word& word : words) {
    if (!joined.empty()) joined += ' ';
    std::string with_meaning = word.text;
    if (!word.meaning.empty()) with_meaning += ":" + word.meaning;
    joined += shell == Shell::zsh ? shell_quoted(with_meaning) : word.text;
  }
  return shell == Shell::zsh ? "(" + joined + ")" : shell_quoted(joined);
}

std::string assignment(Shell shell, const std::vector<Word>& words) {
  return (shell == Shell::zsh ? "found=" : "words=") + list(shell, words);
}

std::string files_of(ArgumentText::Takes takes) {
  switch (takes) {
    case ArgumentText::Takes::nothing:
    case ArgumentText::Takes::text:
      return "";
    case ArgumentText::Takes::file:
      return " files=-f";
    case ArgumentText::Takes::directory:
      return " files=-d";
  }
  return "";
}

std::vector<Word> plain(const std::vector<std::string>& texts) {
  std::vector<Word> words;
  words.reserve(texts.size());
  for (const std::string& text : texts) words.push_back({text});
  return words;
}

void write_commands(const CommandText& program, std::ostream& out) {
  out << "_tain_is_command() {\n  case $1 in\n";
  for_each_command(program, [&](const CommandText& command) {
    if (command.path.size() > 1) out << "    '" << command.name() << "') return 0 ;;\n";
  });
  out << "  esac\n  return 1\n}\n";
}

// True, and what there is to choose from, where a flag wants its value.
void write_values(Shell shell, const CommandText& program, std::ostream& out) {
  out << "_tain_values() {\n  case $1 in\n";
  for_each_command(program, [&](const CommandText& command) {
    for (const ArgumentText& option : command.options) {
      if (option.takes == ArgumentText::Takes::nothing) continue;
      out << "    ";
      const char* separator = "";
      for (const std::string& name : option.names) {
        out << separator << "'" << command.name() << " " << name << "'";
        separator = " | ";
      }
      out << ") " << assignment(shell, plain(option.words)) << files_of(option.takes) << " ;;\n";
    }
  });
  out << "    *) return 1 ;;\n  esac\n}\n";
}

// What may stand where no flag wants its value: a command, an argument, or a flag.
void write_words(Shell shell, const CommandText& program, std::ostream& out) {
  out << "_tain_words() {\n  case $1 in\n";
  for_each_command(program, [&](const CommandText& command) {
    std::vector<Word> words;
    std::vector<Word> flags;
    std::string files;
    for (const CommandText& below : command.commands) {
      words.push_back({below.path.back(), below.description});
    }
    for (const ArgumentText& positional : command.positionals) {
      for (const std::string& word : positional.words) words.push_back({word});
      files += files_of(positional.takes);
    }
    for (const ArgumentText& option : command.options) {
      for (const std::string& name : option.names) flags.push_back({name, option.description});
    }
    out << "    '" << command.name() << "') " << assignment(shell, words) << files
        << " flags=" << list(shell, flags) << " ;;\n";
  });
  out << "  esac\n}\n";
}

std::string script(Shell shell, std::string_view head, std::string_view tail,
                   const CommandText& program) {
  std::ostringstream out;
  out << head;
  write_commands(program, out);
  write_values(shell, program, out);
  write_words(shell, program, out);
  out << tail;
  return out.str();
}

}  // namespace

std::string bash_completion(const CommandText& program) {
  return script(Shell::bash, kBashHead, kBashTail, program);
}

std::string zsh_completion(const CommandText& program) {
  return script(Shell::zsh, kZshHead, kZshTail, program);
}

}  // namespace tain::query
