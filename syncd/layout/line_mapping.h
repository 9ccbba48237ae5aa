#pragma once

#include <cstddef>
#include <cstdint>

#include "layout.h"
#include "mapping.h"

namespace tain::syncd {

/// How a line of a log becomes a row; the same in every layout.
class LineMapping {
 public:
  /// A text longer than `max_body` bytes stays in the file.
  LineMapping(const mirror::Schema& schema, std::size_t max_body);

  /// The row of a line that starts at byte `offset` of its file and has `length` bytes. `role` is
  /// that of a log.
  mirror::Row row(const FileRole& role, const JsonNode& line, std::int64_t offset,
                  std::int64_t length, Anomalies& anomalies) const;

 private:
  void leave_long_texts(mirror::Row& row) const;

  Mapping event_;
  Mapping message_;
  std::size_t lane_;
  std::size_t max_body_;
};

}  // namespace tain::syncd
