#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layout.h"
#include "mapping.h"

namespace tain::syncd {

/// Where a task stands that is not a file by itself.
struct TaskSpot {
  std::string place = {};   ///< in its document, a JSON pointer
  std::int64_t offset = 0;  ///< in its file, in bytes
};

/// How a task becomes rows: `tasks`, `task_sessions` and `task_dependencies`. As constructed it
/// reads what core writes; a layout of other people's files adds where else things may stand.
class TaskMapping {
 public:
  explicit TaskMapping(const mirror::Schema& schema) : task(schema.tasks), schema_(&schema) {}

  Mapping task;
  /// The key of the list of the sessions that work on it.
  std::string session_ids = "session_ids";
  /// The key of the list of the tasks that it waits for.
  std::string dependencies = "dependencies";

  /// The path names a task that has no id of its own. The `tasks` row comes first.
  std::vector<mirror::Row> rows(const FileRole& role, const JsonNode& root, Anomalies& anomalies,
                                const TaskSpot& spot = {}) const;

 private:
  const mirror::Schema* schema_;
};

}  // namespace tain::syncd
