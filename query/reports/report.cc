#include "report.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "query/cmd/arguments.h"

namespace tain::query {
namespace {

using Words = std::vector<std::string>;
using Type = ReportParameter::Type;

constexpr std::string_view kParamForm = "@param NAME TYPE [DEFAULT]: MEANING";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kPlotForm = "@plot VALUE[, VALUE] by COLUMN[, COLUMN] [per COLUMN]";

// Flags that every report has, and the parameter that it need not declare.
constexpr auto kTakenNames = std::to_array<std::string_view>(
    {"db", "explain", "format", "fresh", "help", "html", "now", "plot", "socket", "timeout"});

constexpr auto kTypes = std::to_array<std::pair<std::string_view, Type>>({
    {"text", Type::text},
    {"integer", Type::integer},
    {"number", Type::number},
    {"time", Type::time},
    {"project", Type::project},
});

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r";
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

Words split_at(std::string_view text, char separator) {
  Words parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The first word of `text`, which then begins behind it.
std::string take_word(std::string_view& text) {
  text = trimmed(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  std::string word(text.substr(0, end));
  text = trimmed(text.substr(end));
  return word;
}

bool is_parameter_name(std::string_view name) {
  return !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

// Reads the header of one report, line by line.
class HeaderReader {
 public:
  explicit HeaderReader(Report& report) : report_(report) {}

  void read() {
    std::istringstream lines(report_.sql);
    if (report_.sql.starts_with(kByteOrderMark)) lines.ignore(kByteOrderMark.size());
    bool is_header = true;
    for (std::string line; std::getline(lines, line);) {
      ++line_;
      const std::string_view text = trimmed(line);
      if (text.empty()) continue;
      const bool is_comment = text.starts_with("--");
      is_header = is_header && is_comment;
      if (!is_comment) continue;
      const std::string_view comment = trimmed(text.substr(2));
      is_header ? read_comment(comment) : refuse_late(comment);
    }
  }

 private:
  // Below the header a comment is SQL's, but not one that was meant for us.
  void refuse_late(std::string_view text) {
    const std::string word = take_word(text);
    if (word != "@param" && word != "@plot") return;
    refuse(word +
           " stands below the header, which has to begin on the first line; only blank "
           "lines may stand before and between its comments");
  }

  void read_comment(std::string_view text) {
    if (text.starts_with('@')) {
      read_directive(text);
    } else if (report_.question.empty()) {
      report_.question = text;
    } else {
      report_.details.append(text).append("\n");
    }
  }

  void read_directive(std::string_view text) {
    const std::string directive = take_word(text);
    if (directive == "@param") return read_parameter(text);
    if (directive == "@plot") return read_plot(text);
    refuse("there is no " + directive + "; write " + std::string(kParamForm) + " or " +
           std::string(kPlotForm));
  }

  void read_parameter(std::string_view text) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos) refuse("write " + std::string(kParamForm));
    ReportParameter parameter;
    parameter.meaning = trimmed(text.substr(colon + 1));
    std::string_view declared = text.substr(0, colon);
    parameter.name = take_word(declared);
    read_type(take_word(declared), parameter);
    if (!declared.empty()) parameter.default_value = declared;
    check_name(parameter.name);
    check_default(parameter);
    report_.parameters.push_back(std::move(parameter));
  }

  void read_type(const std::string& word, ReportParameter& parameter) {
    const auto known = std::find_if(kTypes.begin(), kTypes.end(),
                                    [&](const auto& type) { return type.first == word; });
    if (known != kTypes.end()) {
      parameter.type = known->second;
      return;
    }
    parameter.type = Type::word;
    parameter.words = split_at(word, '|');
    const bool has_gap =
        std::find(parameter.words.begin(), parameter.words.end(), "") != parameter.words.end();
    if (parameter.words.size() > 1 && !has_gap) return;
    refuse("\"" + word +
           "\" is no type; a type is text, integer, number, time, project, or words " +
           "such as day|week");
  }

  void check_name(const std::string& name) {
    if (!is_parameter_name(name)) {
      refuse("\"" + name + "\" is no name of a parameter; it is made of a-z, 0-9 and _, from a-z");
    }
    const auto& taken = report_.parameters;
    const bool is_taken =
        std::find(kTakenNames.begin(), kTakenNames.end(), name) != kTakenNames.end() ||
        std::any_of(taken.begin(), taken.end(),
                    [&](const ReportParameter& other) { return other.name == name; });
    if (is_taken) refuse("the name " + name + " is taken; choose another");
  }

  void check_default(const ReportParameter& parameter) {
    if (!parameter.default_value) return;
    try {
      read_value(parameter, *parameter.default_value);
    } catch (const InvalidArgument& error) {
      refuse(std::string("the default of ") + error.what());
    }
  }

  void read_plot(std::string_view text) {
    if (report_.plot) refuse("a report has one @plot");
    ReportPlot plot{.values = {}, .by = {}, .per = {}, .line = line_};
    const std::size_t per = text.rfind(" per ");
    if (per != std::string_view::npos) {
      plot.per = trimmed(text.substr(per + 5));
      text = text.substr(0, per);
    }
    const std::size_t by = text.find(" by ");
    if (by == std::string_view::npos) refuse("write " + std::string(kPlotForm));
    plot.values = split_at(text.substr(0, by), ',');
    plot.by = split_at(text.substr(by + 4), ',');
    if (plot.per && plot.values.size() > 1) refuse("with per, there is one VALUE");
    report_.plot = std::move(plot);
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    refuse_report(report_, line_, reason);
  }

  Report& report_;
  std::size_t line_ = 0;
};

std::int64_t read_moment(const std::string& flag, const std::string& text) {
  return parse_moment(flag, Text(text))->ms;  // it is given, so that there is one
}

const std::string& read_word(const ReportParameter& parameter, const std::string& text) {
  const auto& words = parameter.words;
  if (std::find(words.begin(), words.end(), text) != words.end()) return text;
  throw InvalidArgument(flag_of(parameter), CLI::detail::join(words, ", "), "\"" + text + "\"");
}

}  // namespace

Report parse_report(std::string name, std::filesystem::path file, std::string sql) {
  Report report{.name = std::move(name),
                .file = std::move(file),
                .sql = std::move(sql),
                .question = {},
                .details = {},
                .parameters = {},
                .plot = {}};
  HeaderReader(report).read();
  return report;
}

std::string flag_of(const ReportParameter& parameter) {
  std::string flag = "--" + parameter.name;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

ReportValue read_value(const ReportParameter& parameter, const std::string& text) {
  const std::string flag = flag_of(parameter);
  switch (parameter.type) {
    case Type::text:
    case Type::project:
      return text;
    case Type::integer:
      return parse_integer(flag, text);
    case Type::number:
      return *parse_number(flag, Text(text));
    case Type::time:
      return read_moment(flag, text);
    case Type::word:
      return read_word(parameter, text);
  }
  return nullptr;
}

void refuse_report(const Report& report, std::size_t line, const std::string& reason) {
  throw Error("read the report",
              report.file.empty() ? std::filesystem::path(report.name) : report.file,
              "line " + std::to_string(line) + ": " + reason);
}

}  // namespace tain::query
