#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "projection.h"
#include "syncd/layout/json_prefix.h"
#include "syncd/layout/json_tree.h"
#include "syncd/layout/layout.h"
#include "syncd/layout/line_mapping.h"

namespace tain::syncd {

/// How the lines of logs become rows, whichever log it is. Used by one thread at a time.
struct LineReading {
  /// A text longer than `max_body` bytes, and a line longer than `longest_line`, stay in the file.
  LineReading(const Layouts& known_layouts, const mirror::Schema& schema, std::size_t max_body,
              std::size_t longest_line, const Redaction* redaction = nullptr)
      : layouts(known_layouts),
        mapping(schema, max_body),
        parser(redaction),
        max_line(longest_line) {}

  const Layouts& layouts;
  LineMapping mapping;
  JsonParser parser;
  std::size_t max_line;
  std::string buffer;  // of the log that is read
  std::string text;    // of an object that is parsed where there is no room behind it
};

/// From the lines of one log to rows: each object is a line, as a rule, and what is otherwise is
/// read all the same.
///
///  1. Of several objects on one line, each counts; what is left of a line that breaks off or goes
///     wrong costs only itself.
///  2. An object may go over many lines, together no longer than a line may be. It goes on as long
///     as what was read can still become one, and no line begins with `{` in its first column: that
///     one begins an object, whatever came before. So a line that broke off costs only itself.
///  3. Blank lines, CR before LF, and a byte order mark in front are no trouble.
class LogProjector {
 public:
  /// Takes what became of the text that begins at byte `offset`.
  using Take = std::function<void(std::int64_t offset, Projection& found)>;

  /// `saved`: what the fold of the lines before said of itself; empty at the beginning of a log.
  LogProjector(LineReading& reading, const FileRole& role, std::string_view saved, Take take);

  /// The next line, without its newline, which begins at byte `offset` of the file. Behind it, and
  /// its newline, JsonParser::padding() bytes must be readable.
  void take_line(std::string_view line, std::int64_t offset);
  /// The same for a line that is longer than a line may be, and was not looked at.
  void take_long_line(std::int64_t offset);
  /// What stands behind the last newline. It may go on some day: what becomes of it is a view of
  /// now. Nothing may be taken after it.
  void take_rest(std::string_view rest, std::int64_t offset);
  /// All lines of `text`, which begins at byte `offset`, and what stands behind the last of them.
  /// Nothing may be taken after it. Behind it, too, padding() bytes must be readable.
  void take_all(std::string_view text, std::int64_t offset);
  /// Where the object begins that goes on in the next line; the next reading of the log has to
  /// begin there.
  std::optional<std::int64_t> open_at() const;
  /// Null where each line stands for itself.
  LogFold* fold() { return fold_.get(); }

  static constexpr std::string_view kTooLong = "longer than a line may be; it is left in the file";

 private:
  void begin(std::string_view line, std::int64_t offset);
  bool give_if_whole(std::string_view line, std::int64_t offset);
  void split(std::string_view line, std::int64_t offset);
  void go_on(std::string_view line, std::int64_t offset);
  void keep_open(std::string_view text, std::int64_t offset);
  void fail_open();
  void give(std::string_view text, std::int64_t offset);
  JsonResult parse(std::string_view text);
  void take_object(const LogLine& line, Anomalies&& anomalies);
  void fail(std::int64_t offset, std::string reason);
  void fail(std::int64_t offset, const JsonFault& fault);

  LineReading& reading_;
  const FileRole& role_;
  const Layout& layout_;
  std::unique_ptr<LogFold> fold_;
  Take take_;
  bool is_last_ = false;  // no newline has been read behind what is taken

  std::string open_;  // with the newlines in it
  std::int64_t open_at_ = 0;
  JsonPrefix prefix_;
};

}  // namespace tain::syncd
