#include "task_nodes.h"

#include <algorithm>
#include <set>

#include "query/print/unicode.h"

namespace tain::query {
namespace {

constexpr std::string_view kNode = R"sql(
SELECT t.id, t.parent_id, t.display_title, t.status, t.priority,
       (SELECT count(*) FROM task_blockers b WHERE b.task_id = t.id AND b.project_key = ?2)
FROM tasks t WHERE t.project_key = ?2 AND
)sql";
constexpr std::string_view kTheTask = "t.rowid = ?1";
// The last first, as they go onto a stack.
constexpr std::string_view kParts =
    "t.parent_id = ?1 ORDER BY t.sort_order DESC, t.created_at DESC, t.id DESC, t.file_id DESC";

TaskNode node_of(const sqlite::Statement& row, std::int64_t depth) {
  return {.depth = depth,
          .id = std::string(row.text(0)),
          .parent_id = std::string(row.text(1)),
          .title = std::string(row.text(2)),
          .status = std::string(row.text(3)),
          .priority = std::string(row.text(4)),
          .waits_for = row.integer(5)};
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
  sqlite::Statement top = database.prepare(std::string(kNode).append(kTheTask));
  top.bind(1, task.row).bind(2, task.project_key);
  sqlite::Statement parts = database.prepare(std::string(kNode).append(kParts));
  parts.bind(2, task.project_key);
  std::vector<TaskNode> nodes;
  std::vector<TaskNode> open;
  if (top.step()) open.push_back(node_of(top, 0));
  std::set<std::string> seen;  // a task may be a part of itself, and a copied one is there twice
  while (!open.empty()) {
    TaskNode node = std::move(open.back());
    open.pop_back();
    if (!seen.insert(node.id).second) continue;
    parts.bind(1, std::string_view(node.id));
    while (parts.step()) open.push_back(node_of(parts, node.depth + 1));
    parts.reset();
    nodes.push_back(std::move(node));
  }
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
