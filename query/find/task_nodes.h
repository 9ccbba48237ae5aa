#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "query/print/terminal.h"
#include "thing.h"

namespace tain::query {

/// A task in the tree of tasks.
struct TaskNode {
  std::int64_t depth = 0;  ///< 0 for the one that was asked for
  std::string id;
  std::string parent_id;
  std::string title;
  std::string status;
  std::string priority;
  std::int64_t waits_for = 0;  ///< how many unfinished tasks
};

/// `task` and all below it, each behind its parent, in the order of the board.
std::vector<TaskNode> read_task_nodes(const sqlite::Database& database, const Thing& task);

/// Draws them, a line each, behind `indent`; on a terminal, lines are cut to fit.
void draw_task_nodes(const std::vector<TaskNode>& nodes, std::string_view indent,
                     const std::optional<Terminal>& terminal, std::ostream& out);

}  // namespace tain::query
