#include "manual.h"

#include <array>
#include <cstdio>
#include <sstream>

#include "query/print/unicode.h"

namespace tain::query {
namespace {

// Text of ours as roff has it: no character acts as a request or an escape.
std::string roff(std::string_view text) {
  std::string escaped;
  if (text.starts_with('.') || text.starts_with('\'')) escaped = "\\&";
  while (!text.empty()) {
    const CodePoint point = front_of(text);
    if (point.value == '\\') {
      escaped += "\\e";
    } else if (point.value == '-') {
      escaped += "\\-";
    } else if (point.value == '\'') {
      escaped += "\\(aq";
    } else if (point.value < 0x80) {
      escaped += text.front();
    } else {
      std::array<char, 16> name{};
      std::snprintf(name.data(), name.size(), "\\[u%04X]", static_cast<unsigned>(point.value));
      escaped += name.data();
    }
    text.remove_prefix(point.size);
  }
  return escaped;
}

std::string bold(const std::string& text) {
  return "\\fB" + roff(text) + "\\fR";
}
std::string italic(const std::string& text) {
  return "\\fI" + roff(text) + "\\fR";
}

void write_argument(const ArgumentText& argument, bool is_option, std::ostream& out) {
  out << ".TP\n";
  const char* separator = "";
  for (const std::string& name : argument.names) {
    out << separator << (is_option ? bold(name) : italic(name));
    separator = ", ";
  }
  if (is_option && !argument.value.empty()) out << " " << italic(argument.value);
  out << "\n" << roff(argument.description);
  if (!argument.words.empty() && !argument.description.starts_with(argument.words.front())) {
    out << ": " << roff(CLI::detail::join(argument.words, ", "));
  }
  out << "\n";
}

void write_synopsis(const CommandText& command, std::ostream& out) {
  out << bold(command.name());
  if (!command.options.empty()) out << " [" << italic("OPTION") << "]...";
  for (const ArgumentText& positional : command.positionals) {
    const std::string name = italic(positional.value);
    out << " " << (positional.is_required ? name : "[" + name + "]");
  }
  if (!command.commands.empty()) {
    const std::string word = italic("COMMAND");
    out << " " << (command.needs_command ? word : "[" + word + "]");
  }
  out << "\n";
}

void write_arguments(const CommandText& command, std::ostream& out) {
  for (const ArgumentText& positional : command.positionals) write_argument(positional, false, out);
  for (const ArgumentText& option : command.options) write_argument(option, true, out);
}

void write_example(const CommandText& command, std::ostream& out) {
  if (command.example.empty()) return;
  std::istringstream lines(command.example);
  out << ".nf\n";
  for (std::string line; std::getline(lines, line);) out << roff(line) << "\n";
  out << ".fi\n";
}

// A question is a sentence already.
std::string sentence(const std::string& description) {
  const bool has_end = description.ends_with('?') || description.ends_with('.');
  return roff(description) + (has_end ? "\n" : ".\n");
}

void write_details(const CommandText& command, std::ostream& out) {
  std::istringstream lines(command.details);
  for (std::string line; std::getline(lines, line);) out << roff(line) << "\n";
}

// A command below the one that the page is of.
void write_below(const CommandText& command, std::ostream& out) {
  out << ".SS " << roff(command.name()) << "\n" << sentence(command.description);
  write_details(command, out);
  out << ".PP\n";
  write_synopsis(command, out);
  write_arguments(command, out);
  out << ".PP\nExample:\n.PP\n.RS\n";
  write_example(command, out);
  out << ".RE\n";
  for (const CommandText& below : command.commands) write_below(below, out);
}

void write_head(const CommandText& command, const std::string& version, std::ostream& out) {
  std::string title = command.name("-");
  for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  out << ".TH " << roff(title) << " 1 \"\" \"tain " << roff(version) << "\" \"Tain\"\n.SH NAME\n"
      << roff(command.name("-")) << " \\- " << roff(command.description) << "\n.SH SYNOPSIS\n";
  write_synopsis(command, out);
}

void write_tail(const CommandText& command, const std::string& see_also, std::ostream& out) {
  out << ".SH EXAMPLE\n";
  write_example(command, out);
  out << ".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nUnderstood, and failed.\n.TP\n2\nMisused: a "
         "flag, "
         "a word, an argument.\n.SH SEE ALSO\n"
      << see_also << "\n";
}

std::string reference(const CommandText& command) {
  return bold(command.name("-")) + "(1)";
}

std::string command_page(const CommandText& command, const CommandText& program,
                         const std::string& version) {
  std::ostringstream out;
  write_head(command, version, out);
  out << ".SH OPTIONS\n";
  write_arguments(command, out);
  if (!command.commands.empty()) out << ".SH COMMANDS\n";
  for (const CommandText& below : command.commands) write_below(below, out);
  write_tail(command, reference(program), out);
  return out.str();
}

std::string program_page(const CommandText& program, const std::string& version) {
  std::ostringstream out;
  std::string all;
  write_head(program, version, out);
  out << ".SH OPTIONS\n";
  write_arguments(program, out);
  out << ".SH COMMANDS\n";
  for (const CommandText& command : program.commands) {
    out << ".TP\n" << reference(command) << "\n" << roff(command.description) << "\n";
    all.append(all.empty() ? "" : ",\n").append(reference(command));
  }
  write_tail(program, all, out);
  return out.str();
}

}  // namespace

std::map<std::string, std::string> manual_pages(const CommandText& program,
                                                const std::string& version) {
  std::map<std::string, std::string> pages;
  pages[program.name("-") + ".1"] = program_page(program, version);
  for (const CommandText& command : program.commands) {
    pages[command.name("-") + ".1"] = command_page(command, program, version);
  }
  return pages;
}

}  // namespace tain::query
