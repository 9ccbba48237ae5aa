#pragma once

#include "layout.h"
#include "mapping.h"

namespace tain::syncd {

/// How a line of an `events.jsonl` becomes a row of `events`; the same in every layout.
class EventMapping {
 public:
  /// A text longer than `max_body` bytes stays in the file.
  EventMapping(const mirror::Schema& schema, std::size_t max_body);

  /// The row of a line that starts at byte `offset` of its file and has `length` bytes.
  mirror::Row row(const FileRole& role, const JsonNode& line, std::int64_t offset,
                  std::int64_t length, Anomalies& anomalies) const;

 private:
  void leave_long_texts(mirror::Row& row) const;

  Mapping mapping_;
  std::size_t max_body_;
  std::size_t line_offset_;
  std::size_t line_length_;
  std::size_t session_id_;
  std::size_t extra_;
  std::size_t left_in_file_;
};

}  // namespace tain::syncd
