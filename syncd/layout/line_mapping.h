#pragma once

#include <cstddef>
#include <cstdint>

#include "layout.h"
#include "mapping.h"

namespace tain::syncd {

/// How a line of a log becomes a row, in every layout that does not know better.
class LineMapping {
 public:
  /// A text longer than `max_body` bytes stays in the file.
  LineMapping(const mirror::Schema& schema, std::size_t max_body);

  /// The row of a line, read as core writes it. `role` is that of a log.
  mirror::Row row(const FileRole& role, const LogLine& line, Anomalies& anomalies) const;
  /// The same, read by a mapping of the layout's own; its table is one of lines with an `extra`.
  mirror::Row row(const Mapping& mapping, const FileRole& role, const LogLine& line,
                  Anomalies& anomalies) const;
  /// Leaves the texts of `row` that are longer than a text may be in the file, and says which.
  void leave_long_texts(mirror::Row& row) const;

  std::size_t max_body() const { return max_body_; }

 private:
  Mapping event_;
  Mapping message_;
  std::size_t lane_;
  std::size_t max_body_;
};

}  // namespace tain::syncd
