#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mapping.h"

namespace tain::syncd {

/// How a list of events inside a document becomes rows of `events`. Each knows where in the file it
/// stands, as a line of a log does. As constructed it reads what core writes; a layout adds where
/// else things may stand.
class EventList {
 public:
  /// What the document says of columns that its events leave open: (column, value).
  using Names = std::vector<std::pair<std::string_view, mirror::Value>>;

  explicit EventList(const mirror::Schema& schema);

  Mapping event;

  /// Adds a row for each object of the list at `path` in `root`, see each_object(). `base` is where
  /// in the file the text begins that `root` was parsed from.
  void add(const JsonNode& root, std::string_view path, const Names& names,
           std::vector<mirror::Row>& rows, Anomalies& anomalies, std::int64_t base = 0) const;

 private:
  mirror::Row row(const JsonNode& object, const std::string& place, const Names& names,
                  Anomalies& anomalies) const;
};

}  // namespace tain::syncd
