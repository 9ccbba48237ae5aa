#pragma once

#include <string>
#include <utility>
#include <vector>

#include "layout.h"
#include "mapping.h"

namespace tain::syncd {

/// How a session's state becomes rows: `sessions` and its child tables. As constructed it reads
/// what core writes; a layout of other people's files adds where else things may stand.
class SessionMapping {
 public:
  explicit SessionMapping(const mirror::Schema& schema);

  Mapping session;
  Mapping commit;
  Mapping decision;
  /// (level in the mirror, path in the document)
  std::vector<std::pair<std::string, std::string>> goals;
  /// Where the numbers of the completed checkpoints may stand.
  std::vector<std::string> checkpoints;
  /// The key of the list of the tasks that it works on.
  std::string task_ids = "task_ids";

  /// The path names a session that has no id of its own. The `sessions` row comes first.
  std::vector<mirror::Row> rows(const FileRole& role, const JsonNode& root,
                                Anomalies& anomalies) const;
  /// When a phase was entered and left, and where that stands (JSON pointers); null: nowhere.
  struct PhaseTimes {
    const JsonNode* started = nullptr;
    const JsonNode* completed = nullptr;
    std::string started_place;
    std::string completed_place;
  };
  /// Adds a row of session_phases, unless the phase was never entered.
  void add_phase(const std::string& phase, const PhaseTimes& times, std::vector<mirror::Row>& rows,
                 Anomalies& anomalies) const;

 private:
  using Rows = std::vector<mirror::Row>;
  void add_phases(const JsonNode& root, Rows& rows, Anomalies& anomalies) const;
  void add_checkpoints(const JsonNode& root, Rows& rows, Anomalies& anomalies) const;
  void add_goals(const JsonNode& root, Rows& rows, Anomalies& anomalies) const;
  void add_questions(const JsonNode& root, Rows& rows, Anomalies& anomalies) const;
  void add_artifacts(const JsonNode& root, Rows& rows, Anomalies& anomalies) const;

  const mirror::Schema* schema_;
};

}  // namespace tain::syncd
