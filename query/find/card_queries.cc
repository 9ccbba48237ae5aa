// A copied file is two rows of one id; UNION makes one link of them.

#include "card_queries.h"

#include <algorithm>
#include <array>

namespace tain::query {
namespace {

constexpr std::string_view kProjectLinks = R"sql(
SELECT 1, 'task', 'task', id, display_title, status FROM tasks
WHERE project_key = ?2 AND parent_id IS NULL AND ?1 IS NOT NULL
UNION SELECT 2, 'session', 'session', session_id, topic, status FROM sessions
WHERE project_key = ?2 AND parent_session_id IS NULL
UNION SELECT 3, 'agent', 'agent', id, name, iif(is_active, 'active', 'inactive') FROM agents
WHERE project_key = ?2
ORDER BY 1, 4
)sql";

constexpr std::string_view kTaskLinks = R"sql(
WITH of_task AS (
  SELECT session_id FROM task_sessions WHERE task_id = ?1 AND project_key = ?2
  UNION SELECT session_id FROM session_task_ids WHERE task_id = ?1 AND project_key = ?2)
SELECT 1, 'parent', 'task', t.parent_id, o.display_title, o.status
FROM tasks t LEFT JOIN tasks o ON o.id = t.parent_id AND o.project_key = t.project_key
WHERE t.id = ?1 AND t.project_key = ?2 AND t.parent_id IS NOT NULL
UNION SELECT 2, 'waits_for', 'task', d.depends_on, o.display_title, o.status
FROM blocking_dependencies d
LEFT JOIN tasks o ON o.id = d.depends_on AND o.project_key = d.project_key
WHERE d.task_id = ?1 AND d.project_key = ?2
UNION SELECT 3, 'needed_by', 'task', d.task_id, o.display_title, o.status
FROM blocking_dependencies d
LEFT JOIN tasks o ON o.id = d.task_id AND o.project_key = d.project_key
WHERE d.depends_on = ?1 AND d.project_key = ?2
UNION SELECT 4, 'session', 'session', w.session_id, s.topic, s.status
FROM of_task w LEFT JOIN sessions s ON s.session_id = w.session_id AND s.project_key = ?2
UNION SELECT 5, 'execution', 'execution', id, capability_key, status FROM executions
WHERE task_id = ?1 AND project_key = ?2
UNION SELECT 6, 'assignee', 'agent', t.assignee_agent_id, a.name,
             iif(a.is_active, 'active', 'inactive')
FROM tasks t LEFT JOIN agents a ON a.id = t.assignee_agent_id AND a.project_key = t.project_key
WHERE t.id = ?1 AND t.project_key = ?2 AND t.assignee_agent_id IS NOT NULL
UNION SELECT 7, 'bookmark', 'bookmark', id, title, kind FROM bookmarks
WHERE task_id = ?1 AND project_key = ?2
ORDER BY 1, 4
)sql";

constexpr std::string_view kSessionLinks = R"sql(
WITH of_session AS (
  SELECT task_id FROM session_task_ids WHERE session_id = ?1 AND project_key = ?2
  UNION SELECT task_id FROM task_sessions WHERE session_id = ?1 AND project_key = ?2)
SELECT 1, 'task', 'task', w.task_id, t.display_title, t.status
FROM of_session w LEFT JOIN tasks t ON t.id = w.task_id AND t.project_key = ?2
UNION SELECT 2, 'run', 'run', id, coalesce(name, agent_type), status FROM agent_runs
WHERE session_id = ?1 AND project_key = ?2
UNION SELECT 3, 'background', 'session task', id, display_name, state FROM session_tasks
WHERE session_id = ?1 AND project_key = ?2
UNION SELECT 4, 'parent', 'session', s.parent_session_id, o.topic, o.status
FROM sessions s
LEFT JOIN sessions o ON o.session_id = s.parent_session_id AND o.project_key = s.project_key
WHERE s.session_id = ?1 AND s.project_key = ?2 AND s.parent_session_id IS NOT NULL
UNION SELECT 5, 'carries_on', 'session', s.prior_session, o.topic, o.status
FROM sessions s
LEFT JOIN sessions o ON o.session_id = s.prior_session AND o.project_key = s.project_key
WHERE s.session_id = ?1 AND s.project_key = ?2 AND s.prior_session IS NOT NULL
UNION SELECT 6, iif(parent_session_id = ?1, 'child', 'carried_on_by'), 'session', session_id,
             topic, status
FROM sessions WHERE (parent_session_id = ?1 OR prior_session = ?1) AND project_key = ?2
ORDER BY 1, 4
)sql";

constexpr std::string_view kSessionNotes = R"sql(
WITH own AS (SELECT min(file_id) AS file_id FROM sessions
             WHERE session_id = ?1 AND project_key = ?2)
SELECT kind, text FROM (
  SELECT 1 AS n, 'phase' AS kind, started_at AS place,
         phase || ': ' || coalesce(strftime('%Y-%m-%d %H:%M:%S', started_at / 1000, 'unixepoch'),
                                   '?')
         || ' to ' || coalesce(strftime('%Y-%m-%d %H:%M:%S', completed_at / 1000, 'unixepoch'),
                               'now') AS text
  FROM session_phases JOIN own USING (file_id)
  UNION ALL
  SELECT 2, 'decision', position, coalesce(title, '') || coalesce(': ' || rationale, '')
  FROM session_decisions JOIN own USING (file_id)
  UNION ALL
  SELECT 3, 'goal', position, goal FROM session_goals JOIN own USING (file_id)
  UNION ALL
  SELECT 4, 'question', position, question FROM session_questions JOIN own USING (file_id)
  UNION ALL
  SELECT 5, 'commit', position, coalesce(substr(sha, 1, 12), '') || coalesce(' ' || message, '')
  FROM session_commits JOIN own USING (file_id)
  UNION ALL
  SELECT 6, 'artifact', name, name || ': ' || coalesce(path, '')
  FROM session_artifacts JOIN own USING (file_id))
WHERE text IS NOT NULL
ORDER BY n, place
)sql";

constexpr std::string_view kTaskNotes = R"sql(
SELECT kind, text FROM (
  SELECT file_id, 1 AS n, 'evaluation' AS kind, rating || coalesce(': ' || use_case, '') AS text
  FROM evaluations WHERE task_id = ?1 AND project_key = ?2
  UNION ALL
  SELECT file_id, 2, 'outcome', outcome_note FROM evaluations
  WHERE task_id = ?1 AND project_key = ?2
  UNION ALL
  SELECT file_id, 3, 'approach', approach_note FROM evaluations
  WHERE task_id = ?1 AND project_key = ?2)
WHERE text IS NOT NULL
ORDER BY file_id, n
)sql";

constexpr std::string_view kRunLinks = R"sql(
SELECT 1, 'session', 'session', r.session_id, s.topic, s.status
FROM agent_runs r
LEFT JOIN sessions s ON s.session_id = r.session_id AND s.project_key = r.project_key
WHERE r.id = ?1 AND r.project_key = ?2 AND r.session_id IS NOT NULL
UNION SELECT 2, 'agent', 'agent', r.agent_id, a.name, iif(a.is_active, 'active', 'inactive')
FROM agent_runs r LEFT JOIN agents a ON a.id = r.agent_id AND a.project_key = r.project_key
WHERE r.id = ?1 AND r.project_key = ?2 AND r.agent_id IS NOT NULL
ORDER BY 1, 4
)sql";

constexpr std::string_view kAgentLinks = R"sql(
SELECT 1, 'task', 'task', id, display_title, status FROM tasks
WHERE assignee_agent_id = ?1 AND project_key = ?2
UNION SELECT 2, 'session', 'session', session_id, topic, status FROM sessions
WHERE agent_id = ?1 AND project_key = ?2
UNION SELECT 3, 'execution', 'execution', id, capability_key, status FROM executions
WHERE agent_id = ?1 AND project_key = ?2
ORDER BY 1, 4
)sql";

constexpr std::string_view kAgentNotes = R"sql(
SELECT 'capability', key || coalesce(': ' || label, '') FROM agent_capabilities
WHERE agent_id = ?1 AND project_key = ?2 ORDER BY file_id, position
)sql";

constexpr std::string_view kExecutionLinks = R"sql(
SELECT 1, 'task', 'task', x.task_id, t.display_title, t.status
FROM executions x LEFT JOIN tasks t ON t.id = x.task_id AND t.project_key = x.project_key
WHERE x.id = ?1 AND x.project_key = ?2 AND x.task_id IS NOT NULL
UNION SELECT 2, 'agent', 'agent', x.agent_id, a.name, iif(a.is_active, 'active', 'inactive')
FROM executions x LEFT JOIN agents a ON a.id = x.agent_id AND a.project_key = x.project_key
WHERE x.id = ?1 AND x.project_key = ?2 AND x.agent_id IS NOT NULL
UNION SELECT 3, 'worker', 'worker', worker_id, NULL, NULL FROM executions
WHERE id = ?1 AND project_key = ?2 AND worker_id IS NOT NULL
UNION SELECT 4, 'carries_on', 'execution', x.parent_execution_id, o.capability_key, o.status
FROM executions x
LEFT JOIN executions o ON o.id = x.parent_execution_id AND o.project_key = x.project_key
WHERE x.id = ?1 AND x.project_key = ?2 AND x.parent_execution_id IS NOT NULL
UNION SELECT 5, 'carried_on_by', 'execution', id, capability_key, status FROM executions
WHERE parent_execution_id = ?1 AND project_key = ?2
ORDER BY 1, 4
)sql";

constexpr std::string_view kSessionTaskLinks = R"sql(
SELECT 1, 'session', 'session', b.session_id, s.topic, s.status
FROM session_tasks b
LEFT JOIN sessions s ON s.session_id = b.session_id AND s.project_key = b.project_key
WHERE b.id = ?1 AND b.project_key = ?2 AND b.session_id IS NOT NULL
UNION SELECT 2, 'message', 'message', id, direction, NULL FROM session_task_messages
WHERE task_id = ?1 AND project_key = ?2
ORDER BY 1, 4
)sql";

constexpr std::string_view kMessageLinks = R"sql(
SELECT 1, 'task', 'session task', task_id, NULL, NULL FROM session_task_messages
WHERE id = ?1 AND project_key = ?2 AND task_id IS NOT NULL
UNION SELECT 2, 'session', 'session', session_id, NULL, NULL FROM session_task_messages
WHERE id = ?1 AND project_key = ?2 AND session_id IS NOT NULL
ORDER BY 1, 4
)sql";

constexpr std::string_view kBookmarkLinks = R"sql(
SELECT 1, 'task', 'task', b.task_id, t.display_title, t.status
FROM bookmarks b LEFT JOIN tasks t ON t.id = b.task_id AND t.project_key = b.project_key
WHERE b.id = ?1 AND b.project_key = ?2 AND b.task_id IS NOT NULL
UNION SELECT 2, 'event', 'event', b.event_id, coalesce(e.title, e.message, e.type), NULL
FROM bookmarks b LEFT JOIN events e ON e.id = b.event_id AND e.project_key = b.project_key
WHERE b.id = ?1 AND b.project_key = ?2 AND b.event_id IS NOT NULL
ORDER BY 1, 4
)sql";

constexpr std::string_view kWorkerLinks = R"sql(
SELECT 1, 'execution', 'execution', id, capability_key, status FROM executions
WHERE worker_id = ?1 AND project_key = ?2 ORDER BY 1, 4
)sql";

constexpr std::string_view kEventLinks = R"sql(
SELECT 1, 'task', 'task', e.task_id, t.display_title, t.status
FROM events e LEFT JOIN tasks t ON t.id = e.task_id AND t.project_key = e.project_key
WHERE e.id = ?1 AND e.project_key = ?2 AND e.task_id IS NOT NULL
UNION SELECT 2, 'session', 'session', e.session_id, s.topic, s.status
FROM events e
LEFT JOIN sessions s ON s.session_id = e.session_id AND s.project_key = e.project_key
WHERE e.id = ?1 AND e.project_key = ?2 AND e.session_id IS NOT NULL
UNION SELECT 3, 'run', 'run', e.agent_run_id, coalesce(r.name, r.agent_type), r.status
FROM events e LEFT JOIN agent_runs r ON r.id = e.agent_run_id AND r.project_key = e.project_key
WHERE e.id = ?1 AND e.project_key = ?2 AND e.agent_run_id IS NOT NULL
ORDER BY 1, 4
)sql";

struct CardQueries {
  std::string_view word;
  std::string_view links;
  std::string_view notes = {};
};
constexpr auto kCardQueries = std::to_array<CardQueries>({
    {"projects", kProjectLinks},
    {"tasks", kTaskLinks, kTaskNotes},
    {"sessions", kSessionLinks, kSessionNotes},
    {"runs", kRunLinks},
    {"agents", kAgentLinks, kAgentNotes},
    {"executions", kExecutionLinks},
    {"session-tasks", kSessionTaskLinks},
    {"messages", kMessageLinks},
    {"bookmarks", kBookmarkLinks},
    {"workers", kWorkerLinks},
    {"events", kEventLinks},
});

const CardQueries& queries_of(const ThingKind& kind) {
  return *std::find_if(kCardQueries.begin(), kCardQueries.end(),
                       [&](const CardQueries& queries) { return queries.word == kind.word; });
}

}  // namespace

std::string_view links_query(const ThingKind& kind) {
  return queries_of(kind).links;
}

std::string_view notes_query(const ThingKind& kind) {
  return queries_of(kind).notes;
}

}  // namespace tain::query
