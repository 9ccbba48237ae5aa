#include "log_projector.h"

#include <algorithm>
#include <utility>

namespace tain::syncd {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kMarkInFront = "\xEF\xBB\xBF";

std::size_t white_space_before(std::string_view text) {
  return std::min(text.find_first_not_of(kBlanks), text.size());
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(kBlanks) == std::string_view::npos;
}

bool may_be_whole(std::string_view line) {
  const std::size_t last = line.find_last_not_of(kBlanks);
  return line[last] == '}';
}

}  // namespace

LogProjector::LogProjector(LineReading& reading, const FileRole& role, std::string_view saved,
                           Take take)
    : reading_(reading),
      role_(role),
      layout_(reading.layouts.named(role.layout)),
      fold_(layout_.fold(role, saved)),
      take_(std::move(take)) {}

std::optional<std::int64_t> LogProjector::open_at() const {
  return open_.empty() ? std::nullopt : std::optional(open_at_);
}

void LogProjector::take_line(std::string_view line, std::int64_t offset) {
  if (open_.empty()) return begin(line, offset);
  if (!line.starts_with('{')) return go_on(line, offset);
  fail_open();
  begin(line, offset);
}

void LogProjector::take_long_line(std::int64_t offset) {
  if (!open_.empty()) fail_open();
  fail(offset, std::string(kTooLong));
}

void LogProjector::take_rest(std::string_view rest, std::int64_t offset) {
  is_last_ = true;
  if (!rest.empty()) take_line(rest, offset);
  if (!open_.empty()) fail_open();
}

void LogProjector::take_all(std::string_view text, std::int64_t offset) {
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos;) {
    take_line(text.substr(0, end), offset);
    text.remove_prefix(end + 1);
    offset += static_cast<std::int64_t>(end) + 1;
  }
  take_rest(text, offset);
}

void LogProjector::begin(std::string_view line, std::int64_t offset) {
  // Whatever it holds: a line that is read in pieces cannot be looked at either.
  if (line.size() > reading_.max_line) return fail(offset, std::string(kTooLong));
  if (is_blank(line) || give_if_whole(line, offset)) return;
  const std::size_t mark = line.starts_with(kMarkInFront) ? kMarkInFront.size() : 0;
  split(line.substr(mark), offset + static_cast<std::int64_t>(mark));
}

// Nearly every line.
bool LogProjector::give_if_whole(std::string_view line, std::int64_t offset) {
  if (!may_be_whole(line)) return false;
  JsonResult parsed = is_last_ ? parse(line) : reading_.parser.parse(line);
  if (parsed.fault) return false;
  const auto length = static_cast<std::int64_t>(line.size());
  take_object({*parsed.root, offset, length}, std::move(parsed.anomalies));
  return true;
}

// Object by object, up to one that goes on in the next line or what is none.
void LogProjector::split(std::string_view line, std::int64_t offset) {
  for (;;) {
    const std::size_t skipped = white_space_before(line);
    line.remove_prefix(skipped);
    offset += static_cast<std::int64_t>(skipped);
    if (line.empty()) return;
    prefix_ = {};
    const std::size_t size = prefix_.take(line);
    if (prefix_.state() == JsonPrefix::State::open) return keep_open(line, offset);
    const bool is_whole = prefix_.state() == JsonPrefix::State::complete;
    give(is_whole ? line.substr(0, size) : line, offset);
    if (!is_whole) return;
    line.remove_prefix(size);
    offset += static_cast<std::int64_t>(size);
  }
}

void LogProjector::keep_open(std::string_view text, std::int64_t offset) {
  if (prefix_.take("\n") == 0) return give(text, offset);
  open_.assign(text);
  open_at_ = offset;
  if (!is_last_) open_ += '\n';
}

// What is open goes on with this line, or has come to nothing before it.
void LogProjector::go_on(std::string_view line, std::int64_t offset) {
  const std::size_t size = prefix_.take(line);
  const bool is_whole = prefix_.state() == JsonPrefix::State::complete;
  const bool goes_on = prefix_.state() == JsonPrefix::State::open && prefix_.take("\n") > 0;
  if (!is_whole && !goes_on) {
    fail_open();
    return begin(line, offset);
  }
  open_.append(line.substr(0, size));
  if (open_.size() > reading_.max_line) {
    open_.clear();
    fail(open_at_, std::string(kTooLong));
  } else if (goes_on && !is_last_) {
    open_ += '\n';
  }
  if (!is_whole) return;
  if (!open_.empty()) give(std::exchange(open_, {}), open_at_);
  split(line.substr(size), offset + static_cast<std::int64_t>(size));
}

void LogProjector::fail_open() {
  give(std::exchange(open_, {}), open_at_);
}

void LogProjector::give(std::string_view text, std::int64_t offset) {
  JsonResult parsed = parse(text);
  if (parsed.fault) return fail(offset, *parsed.fault);
  const auto length = static_cast<std::int64_t>(text.size());
  take_object({*parsed.root, offset, length}, std::move(parsed.anomalies));
}

JsonResult LogProjector::parse(std::string_view text) {
  std::string& padded = reading_.text;
  padded.assign(text).append(JsonParser::padding(), '\0');
  return reading_.parser.parse(std::string_view(padded).substr(0, text.size()));
}

void LogProjector::take_object(const LogLine& line, Anomalies&& anomalies) {
  if (line.object.type != JsonNode::Type::object) {
    return fail(line.offset, "bad line: expected an object");
  }
  Projection found{.anomalies = std::move(anomalies)};
  layout_.line_rows(role_, line, reading_.mapping, found.rows, found.anomalies);
  if (fold_) fold_->take(line, found.rows, found.anomalies);
  take_(line.offset, found);
}

void LogProjector::fail(std::int64_t offset, std::string reason) {
  Projection found{.fault = JsonFault{static_cast<std::size_t>(offset), std::move(reason)}};
  take_(offset, found);
}

void LogProjector::fail(std::int64_t offset, const JsonFault& fault) {
  const std::size_t place = static_cast<std::size_t>(offset) + fault.offset;
  fail(offset, (is_last_ ? "unfinished line: " : "bad line: ") + fault.reason + " at byte " +
                   std::to_string(place));
}

}  // namespace tain::syncd
