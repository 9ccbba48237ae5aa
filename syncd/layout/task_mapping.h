#pragma once

#include <vector>

#include "layout.h"
#include "mapping.h"

namespace tain::syncd {

/// How a task becomes rows: `tasks`, `task_sessions` and `task_dependencies`.
class TaskMapping {
 public:
  explicit TaskMapping(const mirror::Schema& schema) : schema_(&schema), task_(schema.tasks) {}

  /// The path names a task that has no id of its own. The `tasks` row comes first.
  std::vector<mirror::Row> rows(const FileRole& role, const JsonNode& root,
                                Anomalies& anomalies) const;

 private:
  const mirror::Schema* schema_;
  Mapping task_;
};

}  // namespace tain::syncd
