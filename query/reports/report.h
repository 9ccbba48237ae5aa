#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tain::query {

/// What a report can be asked for: `:name` in its SQL, `--name` on the command line.
struct ReportParameter {
  enum class Type {
    text,
    integer,
    number,
    time,     ///< a moment; the SQL gets UTC milliseconds
    project,  ///< a project that the mirror has; see find_projects()
    word,     ///< one of `words`
  };
  std::string name;
  Type type = Type::text;
  std::vector<std::string> words;
  std::optional<std::string> default_value;  ///< nothing: NULL
  std::string meaning;
};

/// What of the answer is drawn: columns by name. A value that is no column but "count" is the
/// number of rows.
struct ReportPlot {
  std::vector<std::string> values;
  std::vector<std::string> by;
  std::optional<std::string> per;  ///< a line for each value of this column
  std::size_t line = 0;            ///< of the file, for messages
};

/// A named question. Its SQL begins with comments that say what it is; blank lines may stand before
/// and between them, but nothing else:
///
///     -- What does it answer?                        the first line
///     -- More about it.                              any lines
///     -- @param NAME TYPE [DEFAULT]: MEANING         TYPE: text, integer, number, time, project,
///                                                    or words such as day|week
///     -- @plot VALUE[, VALUE…] by COLUMN[, COLUMN…] [per COLUMN]
///
/// `:now` is the time of asking, in UTC milliseconds, and needs no @param.
struct Report {
  std::string name;
  std::filesystem::path file;  ///< empty: it is built in
  std::string sql;             ///< the whole file
  std::string question;
  std::string details;  ///< lines, each with its end; may be empty
  std::vector<ReportParameter> parameters;
  std::optional<ReportPlot> plot;
};

/// Reads a report's header. Throws Error that names the file and the line where it is broken.
Report parse_report(std::string name, std::filesystem::path file, std::string sql);

/// The flag of a parameter: `--more-than` of `more_than`.
std::string flag_of(const ReportParameter& parameter);

/// What is bound to a parameter.
using ReportValue = std::variant<std::nullptr_t, std::int64_t, double, std::string>;

/// The value of `text` for `parameter`. Throws InvalidArgument, which names its flag.
ReportValue read_value(const ReportParameter& parameter, const std::string& text);

/// An error in `line` of the report's file.
[[noreturn]] void refuse_report(const Report& report, std::size_t line, const std::string& reason);

}  // namespace tain::query
