// What is valid, and odd: each file may be as it should, and they do not fit together.

#include <array>

#include "concat.h"
#include "views.h"

namespace tain::mirror {
namespace {

/// How the rows of a table lie in their files, and so how a person finds one.
enum class Rows { one, listed, lines };

// A column that names something of the same project.
struct Reference {
  std::string_view table;
  std::string_view column;
  Rows rows;
  std::string_view place;  ///< in the file; of a listed row: of its list
  std::string_view noun;   ///< what it should be
  std::string_view target;
  std::string_view key;
};

constexpr auto kReferences = std::to_array<Reference>({
    {"sessions", "prior_session", Rows::one, "/prior_session", "session", "sessions", "session_id"},
    {"sessions", "parent_session_id", Rows::one, "/parent_session_id", "session", "sessions",
     "session_id"},
    {"sessions", "spawned_by", Rows::one, "/metadata/spawned_by", "session", "sessions",
     "session_id"},
    {"session_task_ids", "task_id", Rows::listed, "/task_ids", "task", "tasks", "id"},
    {"agent_runs", "session_id", Rows::one, "/session_id", "session", "sessions", "session_id"},
    {"events", "session_id", Rows::lines, "/session_id", "session", "sessions", "session_id"},
    {"events", "task_id", Rows::lines, "/task_id", "task", "tasks", "id"},
    {"events", "agent_run_id", Rows::lines, "/agent_run_id", "agent run", "agent_runs", "id"},
    {"tasks", "parent_id", Rows::one, "/parent_id", "task", "tasks", "id"},
    {"tasks", "parent_session_id", Rows::one, "/parent_session_id", "session", "sessions",
     "session_id"},
    {"tasks", "assignee_agent_id", Rows::one, "/assignee_agent_id", "agent", "agents", "id"},
    {"task_sessions", "session_id", Rows::listed, "/session_ids", "session", "sessions",
     "session_id"},
    {"task_dependencies", "depends_on", Rows::listed, "/dependencies", "task", "tasks", "id"},
    {"executions", "task_id", Rows::one, "/task_id", "task", "tasks", "id"},
    {"executions", "agent_id", Rows::one, "/agent_id", "agent", "agents", "id"},
    {"executions", "parent_execution_id", Rows::one, "/parent_execution_id", "execution",
     "executions", "id"},
    {"session_tasks", "session_id", Rows::one, "/session_id", "session", "sessions", "session_id"},
    {"session_task_messages", "task_id", Rows::lines, "/task_id", "session task", "session_tasks",
     "id"},
    {"runtime_bindings", "task_id", Rows::one, "/task_id", "task", "tasks", "id"},
    {"runtime_bindings", "session_id", Rows::one, "/session_id", "session", "sessions",
     "session_id"},
    {"bookmarks", "task_id", Rows::one, "/task_id", "task", "tasks", "id"},
    {"bookmarks", "event_id", Rows::one, "/event_id", "event", "events", "id"},
    {"evaluations", "task_id", Rows::one, "/task_id", "task", "tasks", "id"},
});

// What must not stand in two files of a project.
struct Identity {
  std::string_view noun;
  std::string_view table;
  std::string_view key;
  std::string_view within;  ///< another column, in which the key is unique; may be empty
};

constexpr auto kIdentities = std::to_array<Identity>({
    {"agent run", "agent_runs", "id", "session_id"},
    {"task", "tasks", "id", ""},
    {"agent", "agents", "id", ""},
    {"agent", "agents", "slug", ""},
    {"execution", "executions", "id", ""},
    {"session task", "session_tasks", "id", "session_id"},
    {"runtime binding", "runtime_bindings", "runtime_session_id", "runtime_source"},
    {"bookmark", "bookmarks", "id", ""},
    {"evaluation", "evaluations", "task_id", ""},
    {"worker", "workers", "worker_id", ""},
});

// Two sides that should say the same of tasks and sessions; `element` is what the list holds, and
// `owner` whose list it is.
struct Link {
  std::string_view table;
  std::string_view owner;
  std::string_view element;
  std::string_view place;
  std::string_view noun;  ///< of an element
  std::string_view owner_noun;
  std::string_view other_table;
  std::string_view element_table;
  std::string_view element_key;
};

constexpr auto kLinks = std::to_array<Link>({
    {"task_sessions", "task_id", "session_id", "/session_ids", "session", "task",
     "session_task_ids", "sessions", "session_id"},
    {"session_task_ids", "session_id", "task_id", "/task_ids", "task", "session", "task_sessions",
     "tasks", "id"},
});

// Relations that must not lead back to where they began. Like `task_tree`, a walk goes on only
// through greater ids, so that it finds each cycle once, at its smallest, and mostly ends at once.
struct Relation {
  std::string_view kind;
  std::string_view table;
  std::string_view from;
  std::string_view to;
  std::string_view place;
};

constexpr auto kRelations = std::to_array<Relation>({
    {"parent cycle", "tasks", "id", "parent_id", "/parent_id"},
    {"dependency cycle", "blocking_dependencies", "task_id", "depends_on", "/dependencies"},
});

std::string place_of(Rows rows, std::string_view place) {
  return rows == Rows::listed ? concat("'", place, "/' || t.position") : concat("'", place, "'");
}

std::string exists(std::string_view table, std::string_view key, std::string_view value) {
  return concat("EXISTS (SELECT 1 FROM ", table, " o WHERE o.", key, " = ", value,
                " AND o.project_key = t.project_key)");
}

// Where in its file a row stands that may be a line of a log.
std::string_view offset_of(std::string_view table) {
  const bool may_be_line = table == "tasks" || table.starts_with("task_");
  return may_be_line ? "nullif(t.line_offset, 0)" : "NULL";
}

std::string dangling(const Reference& reference) {
  const bool lines = reference.rows == Rows::lines;  // one anomaly for a log, at its first line
  // Without a registry of agents a name is no reference.
  const std::string_view only =
      reference.target == "agents"
          ? " AND EXISTS (SELECT 1 FROM agents a WHERE a.project_key = t.project_key)"
          : "";
  const std::string value = concat("t.", reference.column);
  return concat("UNION ALL\nSELECT 'dangling reference', f.path, ",
                lines ? "min(t.line_offset)" : offset_of(reference.table), ", ",
                place_of(reference.rows, reference.place), ", ", value, " || ' is no ",
                reference.noun, " of this project', t.project_key, t.file_id\nFROM ",
                reference.table, " t JOIN files f USING (file_id)\nWHERE ", value,
                " IS NOT NULL AND NOT ", exists(reference.target, reference.key, value), only,
                lines ? concat("\nGROUP BY t.file_id, ", value) : "", "\n");
}

std::string duplicate(const Identity& identity) {
  const std::string within =
      identity.within.empty() ? "" : concat(" AND o.", identity.within, " IS t.", identity.within);
  return concat("UNION ALL\nSELECT 'duplicate ", identity.noun, "', f.path, NULL, '/", identity.key,
                "', t.", identity.key,
                " || ' also stands in another file', t.project_key, t.file_id\nFROM ",
                identity.table, " t JOIN files f USING (file_id)\nWHERE EXISTS (SELECT 1 FROM ",
                identity.table, " o WHERE o.", identity.key, " = t.", identity.key, within,
                " AND o.project_key = t.project_key AND o.file_id <> t.file_id)\n");
}

std::string one_sided(const Link& link) {
  const std::string element = concat("t.", link.element);
  return concat(
      "UNION ALL\nSELECT 'one-sided link', f.path, NULL, ", place_of(Rows::listed, link.place),
      ", '", link.noun, " ' || ", element, " || ' does not list ", link.owner_noun, " ' || t.",
      link.owner, ", t.project_key, t.file_id\nFROM ", link.table,
      " t JOIN files f USING (file_id)\nWHERE ",
      exists(link.element_table, link.element_key, element), "\n  AND NOT EXISTS (SELECT 1 FROM ",
      link.other_table, " o WHERE o.", link.element, " = ", element, " AND o.", link.owner, " = t.",
      link.owner, " AND o.project_key = t.project_key)\n");
}

std::string cycle(const Relation& relation) {
  const std::string_view from = relation.from;
  const std::string_view to = relation.to;
  return concat("UNION ALL\nSELECT '", relation.kind, "', f.path, NULL, '", relation.place,
                "', w.start || ' leads back to itself', t.project_key, t.file_id\nFROM (\n"
                "  WITH RECURSIVE walk(project_key, start, id) AS (\n    SELECT project_key, ",
                from, ", ", to, " FROM ", relation.table, " WHERE ", to, " >= ", from,
                "\n    UNION\n    SELECT w.project_key, w.start, r.", to, " FROM walk w JOIN ",
                relation.table, " r ON r.", from,
                " = w.id AND r.project_key = w.project_key\n    WHERE w.id > w.start AND r.", to,
                " >= w.start)\n  SELECT project_key, start FROM walk WHERE id = start) w\n"
                "JOIN tasks t ON t.id = w.start AND t.project_key = w.project_key\n"
                "JOIN files f USING (file_id)\n");
}

// A project's id is in its own file; who names it may do so before that file is there.
std::string wrong_project(std::string_view table) {
  return concat(
      "UNION ALL\nSELECT 'dangling reference', f.path, NULL, '/project_id', "
      "t.project_id || ' is not the id of this project', t.project_key, t.file_id\nFROM ",
      table,
      " t JOIN files f USING (file_id)\nJOIN projects p ON p.project_key = t.project_key"
      "\nWHERE t.project_id IS NOT NULL AND t.project_id IS NOT p.id\n");
}

constexpr std::string_view kAnomalies = R"sql(
CREATE VIEW anomalies AS
SELECT a.kind, f.path, a.line_offset, a.place, a.detail, f.project_key, a.file_id
FROM file_anomalies a JOIN files f USING (file_id)
UNION ALL
SELECT 'stale file', path, NULL, '', 'the last good rows are shown; sync_errors says why',
       project_key, file_id
FROM files WHERE state = 'stale'
UNION ALL
SELECT 'bad file', path, NULL, '', 'it has no rows; sync_errors says why', project_key, file_id
FROM files WHERE state = 'bad'
UNION ALL
SELECT 'unavailable root', path, NULL, '', coalesce(reason, ''), NULL, NULL
FROM roots WHERE state = 'unavailable'
UNION ALL
SELECT 'duplicate session', f.path, NULL, '/session_id',
       s.session_id || ' also stands in another file', s.project_key, s.file_id
FROM sessions s JOIN files f USING (file_id)
WHERE s.session_id IN (SELECT session_id FROM sessions GROUP BY session_id HAVING count(*) > 1)
UNION ALL
SELECT 'duplicate project', f.path, NULL, '/id', p.id || ' also stands in another file',
       p.project_key, p.file_id
FROM projects p JOIN files f ON f.file_id = p.file_id
WHERE p.id IN (SELECT id FROM projects GROUP BY id HAVING count(*) > 1)
UNION ALL
SELECT 'duplicate capability', f.path, NULL, '/capabilities/' || t.position || '/key',
       t.key || ' also stands elsewhere in the list', t.project_key, t.file_id
FROM agent_capabilities t JOIN files f USING (file_id)
WHERE EXISTS (SELECT 1 FROM agent_capabilities o
              WHERE o.file_id = t.file_id AND o.key = t.key AND o.position <> t.position)
UNION ALL
SELECT 'dangling reference', f.path, NULL, '/capability_key',
       t.capability_key || ' is no capability of ' || t.agent_id, t.project_key, t.file_id
FROM executions t JOIN files f USING (file_id)
WHERE EXISTS (SELECT 1 FROM agents a WHERE a.id = t.agent_id AND a.project_key = t.project_key)
  AND t.capability_key IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM agent_capabilities c
                  WHERE c.agent_id = t.agent_id AND c.key = t.capability_key
                    AND c.project_key = t.project_key)
)sql";

}  // namespace

std::string create_anomaly_views() {
  std::string sql(kAnomalies);
  for (const std::string_view table : {"sessions", "tasks"}) sql += wrong_project(table);
  for (const Reference& reference : kReferences) sql += dangling(reference);
  for (const Identity& identity : kIdentities) sql += duplicate(identity);
  for (const Link& link : kLinks) sql += one_sided(link);
  for (const Relation& relation : kRelations) sql += cycle(relation);
  sql.back() = ';';
  return sql + "\n";
}

}  // namespace tain::mirror
