#include "schema.h"

#include <algorithm>
#include <stdexcept>

#include "core/model/agent_run.h"
#include "core/model/event.h"
#include "core/model/project.h"
#include "core/model/session.h"

namespace tain::mirror {
namespace {

// What Tain itself needs to know. seq grows with every applied change of a file; files keep their
// latest, and files that are gone leave a tombstone, so that change_feed misses neither.
constexpr std::string_view kLedger = R"sql(
CREATE TABLE meta(
  key   TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE roots(
  root_id           INTEGER PRIMARY KEY,
  path              ANY NOT NULL UNIQUE,
  device            INTEGER,
  state             TEXT NOT NULL CHECK (state IN ('available', 'unavailable')),
  reason            TEXT,
  last_full_scan_at INTEGER,
  files_on_disk     INTEGER
) STRICT;

-- path is TEXT, or a BLOB where the name is not UTF-8.
-- state: current; stale (the last good rows are kept, the file is bad now); bad (it never was good);
-- partial (a long file that is still being read).
CREATE TABLE files(
  file_id     INTEGER PRIMARY KEY,
  path        ANY NOT NULL UNIQUE,
  root_id     INTEGER NOT NULL,
  project_key INTEGER NOT NULL,
  layout      TEXT NOT NULL,
  kind        TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('current', 'stale', 'bad', 'partial')),
  device      INTEGER NOT NULL,
  inode       INTEGER NOT NULL,
  size        INTEGER NOT NULL,
  mtime_ns    INTEGER NOT NULL,
  ctime_ns    INTEGER NOT NULL,
  racy        INTEGER NOT NULL,
  hash        INTEGER NOT NULL,
  consumed    INTEGER NOT NULL,
  mirrored_at INTEGER NOT NULL,
  seq         INTEGER NOT NULL
) STRICT;
CREATE INDEX files_by_seq ON files(seq);
CREATE INDEX files_by_project ON files(project_key);

CREATE TABLE tombstones(
  path        ANY PRIMARY KEY,
  layout      TEXT NOT NULL,
  kind        TEXT NOT NULL,
  deleted_at  INTEGER NOT NULL,
  seq         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_by_seq ON tombstones(seq);

-- byte_offset is where in the file it became clear that it, or one of its lines, is bad.
CREATE TABLE sync_errors(
  error_id     INTEGER PRIMARY KEY,
  path         ANY NOT NULL,
  byte_offset  INTEGER,
  reason       TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sync_errors_by_place ON sync_errors(path, coalesce(byte_offset, -1));

-- What is valid but odd in a file. place is a JSON pointer; line_offset says in which line, for JSON Lines.
CREATE TABLE file_anomalies(
  file_id     INTEGER NOT NULL,
  line_offset INTEGER NOT NULL DEFAULT 0,
  position    INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  place       TEXT NOT NULL,
  detail      TEXT NOT NULL,
  PRIMARY KEY (file_id, line_offset, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents(
  file_id INTEGER PRIMARY KEY,
  body    TEXT NOT NULL
) STRICT;
)sql";

constexpr std::string_view kIndexes = R"sql(
CREATE INDEX sessions_by_id ON sessions(session_id);
CREATE INDEX sessions_by_project ON sessions(project_key, status);
CREATE INDEX sessions_by_current_phase ON sessions(current_phase);
CREATE INDEX agent_runs_by_session ON agent_runs(session_id);
CREATE INDEX agent_runs_by_status ON agent_runs(status);
CREATE INDEX events_by_session ON events(session_id, at);
CREATE INDEX events_by_task ON events(task_id, at);
CREATE INDEX events_by_time ON events(project_key, at);
)sql";

std::string_view sql_type(ColumnType type) {
  switch (type) {
    case ColumnType::text:
    case ColumnType::word:
    case ColumnType::json:
      return "TEXT";
    case ColumnType::integer:
    case ColumnType::boolean:
    case ColumnType::time:
    case ColumnType::count:
      return "INTEGER";
    case ColumnType::real:
      return "REAL";
  }
  return {};
}

Column text(std::string name) {
  return {std::move(name), {}, ColumnType::text, {}};
}
Column integer(std::string name) {
  return {std::move(name), {}, ColumnType::integer, {}};
}
Column time(std::string name) {
  return {std::move(name), {}, ColumnType::time, {}};
}

Table list(std::string name, std::vector<Column> columns) {
  columns.insert(columns.begin(), integer("position"));
  return {std::move(name), std::move(columns), {"position"}};
}

Table events_table() {
  Table table{"events", columns_of<Event>(), {"line_offset"}, false};
  table.columns.insert(table.columns.begin(), {integer("line_offset"), integer("line_length")});
  // The fields that no column has, as a JSON object; and the columns whose values are too long and
  // stay in the file.
  table.columns.push_back({"extra", {}, ColumnType::json, {}});
  table.columns.push_back({"left_in_file", {}, ColumnType::json, {}});
  return table;
}

std::string column_list(const std::vector<Column>& columns) {
  std::string sql;
  for (const Column& column : columns) {
    sql.append(",\n  ").append(column.name).append(" ").append(sql_type(column.type));
  }
  return sql;
}

std::string create_table(const Table& table) {
  std::string sql = "CREATE TABLE " + table.name + "(\n  file_id INTEGER NOT NULL" +
                    ",\n  project_key INTEGER NOT NULL" + column_list(table.columns) +
                    ",\n  PRIMARY KEY (file_id";
  for (const std::string& column : table.key) sql.append(", ").append(column);
  return sql.append(table.clustered ? ")\n) STRICT, WITHOUT ROWID;\n" : ")\n) STRICT;\n");
}

}  // namespace

Schema::Schema()
    : sessions{"sessions", columns_of<Session>(), {}, false},
      session_phases{
          "session_phases", {text("phase"), time("started_at"), time("completed_at")}, {"phase"}},
      session_checkpoints{"session_checkpoints", {integer("checkpoint")}, {"checkpoint"}},
      session_commits(list("session_commits", columns_of<Commit>())),
      session_decisions(list("session_decisions", columns_of<Decision>())),
      session_goals{"session_goals",
                    {text("level"), integer("position"), text("goal")},
                    {"level", "position"}},
      session_questions(list("session_questions", {text("question")})),
      session_artifacts{"session_artifacts", {text("name"), text("path")}, {"name"}},
      agent_runs{"agent_runs", columns_of<AgentRun>(), {}, false},
      events(events_table()) {}

std::size_t Table::index_of(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& candidate) {
    return candidate.name == column;
  });
  if (found == columns.end())
    throw std::logic_error(name + " has no column " + std::string(column));
  return static_cast<std::size_t>(found - columns.begin());
}

std::vector<const Table*> Schema::tables() const {
  return {&sessions,          &session_phases, &session_checkpoints, &session_commits,
          &session_decisions, &session_goals,  &session_questions,   &session_artifacts,
          &agent_runs,        &events};
}

std::vector<Column> project_columns() {
  return columns_of<Project>();
}

std::string create_statements(const Schema& schema) {
  std::string sql(kLedger);
  sql +=
      "CREATE TABLE projects(\n  project_key INTEGER PRIMARY KEY,\n  root ANY NOT NULL UNIQUE"
      ",\n  file_id INTEGER" +
      column_list(project_columns()) + "\n) STRICT;\n";
  for (const Table* table : schema.tables()) sql += create_table(*table);
  sql += kIndexes;
  sql += create_views();
  return sql;
}

}  // namespace tain::mirror
