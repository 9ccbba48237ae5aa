#include "task_nodes.h"

#include <algorithm>

#include "query/print/unicode.h"

namespace tain::query {
namespace {

// The view's rows come depth first.
constexpr std::string_view kTreeOfTask = R"sql(
WITH whole AS MATERIALIZED (
  SELECT * FROM task_tree
  WHERE project_key = ?2
    AND root_id = (SELECT root_id FROM task_tree WHERE id = ?1 AND project_key = ?2))
SELECT w.depth, w.id, w.parent_id, w.display_title, w.status, w.priority,
       (SELECT count(*) FROM task_blockers b
        WHERE b.task_id = w.id AND b.project_key = w.project_key)
FROM whole w
)sql";

TaskNode node_of(const sqlite::Statement& row) {
  return {.depth = row.integer(0),
          .id = std::string(row.text(1)),
          .parent_id = std::string(row.text(2)),
          .title = std::string(row.text(3)),
          .status = std::string(row.text(4)),
          .priority = std::string(row.text(5)),
          .waits_for = row.integer(6)};
}

// Whether another child of the same parent follows.
bool has_next_sibling(const std::vector<TaskNode>& nodes, std::size_t i) {
  const std::int64_t depth = nodes[i].depth;
  const auto next = std::find_if(nodes.begin() + static_cast<std::ptrdiff_t>(i) + 1, nodes.end(),
                                 [&](const TaskNode& node) { return node.depth <= depth; });
  return next != nodes.end() && next->depth == depth;
}

std::string describe_node(const TaskNode& node) {
  std::string text = make_visible(node.title) + "  " + make_visible(node.status);
  if (node.waits_for > 0) text += ", waits for " + std::to_string(node.waits_for);
  return text + "  " + make_visible(node.id);
}

}  // namespace

std::vector<TaskNode> read_task_nodes(const sqlite::Database& database, const Thing& task) {
  sqlite::Statement rows = database.prepare(kTreeOfTask);
  rows.bind(1, std::string_view(task.id)).bind(2, task.project_key);
  std::vector<TaskNode> nodes;
  while (rows.step()) {
    TaskNode node = node_of(rows);
    if (nodes.empty()) {
      if (node.id == task.id) nodes.push_back(std::move(node));
      continue;
    }
    if (node.depth <= nodes.front().depth) break;
    nodes.push_back(std::move(node));
  }
  const std::int64_t top = nodes.empty() ? 0 : nodes.front().depth;
  for (TaskNode& node : nodes) node.depth -= top;
  return nodes;
}

void draw_task_nodes(const std::vector<TaskNode>& nodes, std::string_view indent,
                     const std::optional<Terminal>& terminal, std::ostream& out) {
  std::vector<bool> goes_on;  // for each depth, whether the line to the left goes on
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto depth = static_cast<std::size_t>(nodes[i].depth);
    const bool has_next = has_next_sibling(nodes, i);
    goes_on.resize(depth);
    std::string line(indent);
    for (std::size_t level = 1; level < depth; ++level) line += goes_on[level] ? "│  " : "   ";
    if (depth > 0) line += has_next ? "├─ " : "└─ ";
    goes_on.push_back(has_next);
    line += describe_node(nodes[i]);
    out << (terminal ? cut_to_width(std::move(line), terminal->columns) : line) << '\n';
  }
}

}  // namespace tain::query
