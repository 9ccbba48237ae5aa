// Tasks: their tree, their board, what they wait for, what was learned; and what runs for them.

#include "views.h"

namespace tain::mirror {
namespace {

// Every parent is followed once, so a tree is as large as its tasks. A cycle of parents has no
// root: it is cut at its smallest id, which is found by climbing from each task as long as the ids
// are greater. Parents are mostly older than their children, with smaller ids, so that a climb
// mostly ends where it began.
constexpr std::string_view kTree = R"sql(
CREATE VIEW task_tree AS
WITH RECURSIVE
one AS NOT MATERIALIZED (
  SELECT t.rowid AS task, * FROM tasks t
  WHERE t.rowid = (SELECT min(o.rowid) FROM tasks o
                   WHERE o.id IS t.id AND o.project_key = t.project_key)),
climb(project_key, start, id) AS (
  SELECT project_key, id, parent_id FROM one WHERE parent_id >= id
  UNION
  SELECT c.project_key, c.start, t.parent_id
  FROM climb c JOIN one t ON t.id = c.id AND t.project_key = c.project_key
  WHERE c.id > c.start AND t.parent_id >= c.start),
root AS (
  SELECT t.task FROM one t
  WHERE t.parent_id IS NULL
     OR NOT EXISTS (SELECT 1 FROM tasks p
                    WHERE p.id = t.parent_id AND p.project_key = t.project_key)
  UNION ALL
  SELECT t.task
  FROM climb c JOIN one t ON t.id = c.start AND t.project_key = c.project_key
  WHERE c.id = c.start),
tree(task, project_key, root_id, id, depth, path, sort_order) AS (
  SELECT root.task, t.project_key, t.id, t.id, 0, t.display_title, t.sort_order
  FROM root JOIN tasks t ON t.rowid = root.task
  UNION ALL
  SELECT c.task, c.project_key, tree.root_id, c.id, tree.depth + 1,
         tree.path || ' / ' || c.display_title, c.sort_order
  FROM tree JOIN one c ON c.parent_id = tree.id AND c.project_key = tree.project_key
  WHERE c.id <> tree.root_id
  -- Depth first: children behind their parent, in their order. Without a limit SQLite would drop
  -- the order, because the query below joins.
  ORDER BY 5 DESC, 2, 7, 4 LIMIT -1)
SELECT p.name AS project, tree.root_id, t.id, t.parent_id, tree.depth, tree.path, t.display_title,
       t.status, t.priority, t.kind, t.sort_order, t.project_key, t.file_id,
       t.line_offset
FROM tree JOIN tasks t ON t.rowid = tree.task JOIN projects p ON p.project_key = t.project_key;
)sql";

// A dependency is finished when it is completed; one that failed or was cancelled never will be,
// and that is for a person to see.
constexpr std::string_view kTaskViews = R"sql(
CREATE VIEW blocking_dependencies AS
SELECT * FROM task_dependencies
WHERE type IS NULL OR type IN ('blocks', 'conditional-blocks', 'waits-for');

CREATE VIEW task_board AS
SELECT p.name AS project, t.status, t.sort_order, t.id, t.display_title, t.priority, t.kind,
       t.parent_id, t.assignee_agent_id,
       (SELECT a.name FROM agents a
        WHERE a.id = t.assignee_agent_id AND a.project_key = t.project_key
        ORDER BY a.file_id LIMIT 1) AS assignee,
       (SELECT count(DISTINCT c.id) FROM tasks c
        WHERE c.parent_id = t.id AND c.project_key = t.project_key) AS children,
       (SELECT count(DISTINCT d.depends_on) FROM blocking_dependencies d
        WHERE d.file_id = t.file_id AND d.line_offset = t.line_offset
          AND NOT EXISTS (SELECT 1 FROM tasks b
                          WHERE b.id = d.depends_on AND b.project_key = d.project_key
                            AND b.status = 'completed')) AS unfinished_dependencies,
       strftime('%Y-%m-%d %H:%M:%S', t.due_at / 1000, 'unixepoch') AS due,
       strftime('%Y-%m-%d %H:%M:%S', t.updated_at / 1000, 'unixepoch') AS updated,
       t.project_key, t.file_id, t.line_offset
FROM tasks t JOIN projects p USING (project_key)
WHERE t.rowid = (SELECT min(o.rowid) FROM tasks o
                 WHERE o.id IS t.id AND o.project_key = t.project_key)
ORDER BY t.project_key, t.status, t.sort_order, t.created_at, t.id;

CREATE VIEW task_blockers AS
SELECT p.name AS project, t.id AS task_id, t.display_title, t.status, d.depends_on,
       b.display_title AS dependency_title,
       CASE WHEN b.file_id IS NULL THEN 'missing' ELSE b.status END AS dependency_status,
       t.project_key, t.file_id, t.line_offset
FROM tasks t
JOIN blocking_dependencies d ON d.file_id = t.file_id AND d.line_offset = t.line_offset
JOIN projects p ON p.project_key = t.project_key
LEFT JOIN tasks b ON b.rowid = (
  SELECT min(o.rowid) FROM tasks o WHERE o.id = d.depends_on AND o.project_key = d.project_key)
WHERE (t.status IS NULL OR t.status NOT IN ('completed', 'failed', 'cancelled'))
  AND t.rowid = (SELECT min(o.rowid) FROM tasks o
                 WHERE o.id IS t.id AND o.project_key = t.project_key)
  AND NOT EXISTS (SELECT 1 FROM tasks o WHERE o.id = d.depends_on
                  AND o.project_key = d.project_key AND o.status = 'completed')
  -- The file may name it twice.
  AND NOT EXISTS (SELECT 1 FROM blocking_dependencies o WHERE o.file_id = d.file_id
                  AND o.line_offset = d.line_offset AND o.depends_on = d.depends_on
                  AND o.position < d.position);

-- Its worker should have said that it is alive every 30 seconds.
CREATE VIEW stale_executions AS
SELECT p.name AS project, x.id, x.task_id, x.agent_id, x.capability_key, x.status, x.worker_id,
       strftime('%Y-%m-%d %H:%M:%S',
                coalesce(x.heartbeat_at, x.started_at, x.created_at) / 1000, 'unixepoch')
         AS last_sign,
       CAST(strftime('%s', 'now') AS INTEGER)
         - coalesce(x.heartbeat_at, x.started_at, x.created_at) / 1000 AS silent_seconds,
       x.retry_count, x.max_retries, x.project_key, x.file_id
FROM executions x JOIN projects p USING (project_key)
WHERE x.status IN ('running', 'cancelling')
  AND coalesce(x.heartbeat_at, x.started_at, x.created_at, 0)
      < (CAST(strftime('%s', 'now') AS INTEGER) - 120) * 1000;

CREATE VIEW workflow_library AS
SELECT p.name AS project, e.task_id, t.display_title, e.use_case, e.workflow_tags, e.outcome_note,
       e.approach_note, e.reuse_when, e.watchouts,
       strftime('%Y-%m-%d %H:%M:%S', e.evaluated_at / 1000, 'unixepoch') AS evaluated,
       e.project_key, e.file_id
FROM evaluations e
JOIN projects p USING (project_key)
LEFT JOIN tasks t ON t.rowid = (
  SELECT min(o.rowid) FROM tasks o WHERE o.id = e.task_id AND o.project_key = e.project_key)
WHERE e.rating = 'good'
ORDER BY e.evaluated_at DESC;
)sql";

}  // namespace

std::string create_task_views() {
  return std::string(kTree).append(kTaskViews);
}

}  // namespace tain::mirror
