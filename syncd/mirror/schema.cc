#include "schema.h"

#include <algorithm>
#include <stdexcept>

#include "core/model/agent.h"
#include "core/model/agent_run.h"
#include "core/model/bookmark.h"
#include "core/model/config_entry.h"
#include "core/model/evaluation.h"
#include "core/model/event.h"
#include "core/model/execution.h"
#include "core/model/project.h"
#include "core/model/runtime_binding.h"
#include "core/model/session.h"
#include "core/model/session_task.h"
#include "core/model/task.h"
#include "core/model/worker.h"
#include "search_tables.h"
#include "views/views.h"

namespace tain::mirror {
namespace {

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

Column json(std::string name) {
  return {std::move(name), {}, ColumnType::json, {}};
}

// An entity with a file of its own.
template <Described E>
Table entity(std::string name, std::vector<std::string> key = {}) {
  return {std::move(name), columns_of<E>(), std::move(key), false, json_shapes_of<E>()};
}

Table list(std::string name, std::vector<Column> columns) {
  columns.insert(columns.begin(), integer("position"));
  return {std::move(name), std::move(columns), {"position"}};
}

// The index of its texts needs rowids.
Table searched_list(std::string name, std::vector<Column> columns) {
  Table table = list(std::move(name), std::move(columns));
  table.clustered = false;
  return table;
}

// Lines of a log. `extra` has the fields that no column has, as a JSON object; `left_in_file` the
// columns whose values are too long and stay in the file.
template <Described E>
Table lines(std::string name) {
  Table table = entity<E>(std::move(name), {"line_offset"});
  table.columns.insert(table.columns.begin(), {integer("line_offset"), integer("line_length")});
  table.columns.push_back(json("extra"));
  table.columns.push_back(json("left_in_file"));
  return table;
}

// Elements of a list of an object that may be a line of a log. The columns of the key stand in its
// order: else integrity_check of SQLite 3.40 takes one column for another, and finds NULLs.
Table list_of_line(std::string name, std::vector<Column> columns) {
  Table table = list(std::move(name), std::move(columns));
  table.columns.insert(table.columns.begin(), integer("line_offset"));
  table.key.insert(table.key.begin(), "line_offset");
  return table;
}

// A task has a file, or a line of one, to itself.
Table tasks_table() {
  Table table = entity<Task>("tasks", {"line_offset"});
  table.columns.insert(table.columns.begin(), integer("line_offset"));
  table.columns.push_back(text("display_title"));  // core's own, of what the file says
  table.columns.push_back({"labels", {"labels"}, ColumnType::json, {}});
  table.shapes.emplace("labels", JsonShape::list_of_text);
  table.columns.push_back(json("extra"));  // of a line, which no document holds
  return table;
}

// A run has a file to itself, or is a part of a transcript.
Table runs_table() {
  Table table = entity<AgentRun>("agent_runs", {"position"});
  table.columns.insert(table.columns.begin(), integer("position"));
  return table;
}

Table capabilities_table() {
  Table table = entity<Capability>("agent_capabilities", {"position"});
  table.columns.insert(table.columns.begin(), {integer("position"), text("agent_id")});
  return table;
}

// A message says of which task it is, not of which session, and two sessions may use one task id.
Table messages_table() {
  Table table = lines<TaskMessage>("session_task_messages");
  table.columns.insert(table.columns.begin() + 2, text("session_id"));
  return table;
}

Column real(std::string name) {
  return {std::move(name), {}, ColumnType::real, {}};
}

// What lines say that messages took, see message_usage.h. The last three columns are the writer's.
Table message_usage_table() {
  return {"message_usage",
          {integer("line_offset"), time("at"), text("model"), text("message_id"),
           text("request_id"), text("session_id"), text("agent_run_id"), integer("is_sidechain"),
           integer("input_tokens"), integer("output_tokens"), integer("cache_read_tokens"),
           integer("cache_write_tokens"), integer("cache_write_1h_tokens"), real("cost_usd"),
           integer("message_key"), integer("request_key"), integer("standing")},
          {"line_offset"}};
}

// Sums of it, kept up to date by the writer. What is not known is '', since it is a part of the
// key.
Table usage_days_table() {
  std::vector<Column> columns = {text("day"),          text("model"),      text("session_id"),
                                 text("agent_run_id"), integer("is_long"), integer("has_cost"),
                                 integer("messages")};
  for (const char* counts : {"input_tokens", "output_tokens", "cache_read_tokens",
                             "cache_write_tokens", "cache_write_1h_tokens"}) {
    columns.push_back(integer(counts));
    columns.push_back(integer("long_" + std::string(counts)));
  }
  columns.push_back(integer("cost_nano_usd"));
  return {"usage_days",
          std::move(columns),
          {"day", "model", "session_id", "agent_run_id", "is_long", "has_cost"}};
}

Table config_table() {
  std::vector<Column> columns = columns_of<ConfigEntry>();
  columns.insert(columns.begin(), text("key"));
  return {"config", std::move(columns), {"key"}};
}

std::string column_list(const std::vector<Column>& columns) {
  std::string sql;
  for (const Column& column : columns) {
    sql.append(",\n  ").append(column.name).append(" ").append(sql_type(column.type));
  }
  return sql;
}

// Who adds rows by hand need not know of the place of a file's only row.
std::string column_list(const Table& table) {
  std::string sql;
  for (const Column& column : table.columns) {
    sql.append(column_list(std::vector<Column>{column}));
    const bool is_key =
        std::find(table.key.begin(), table.key.end(), column.name) != table.key.end();
    if (is_key && column.type == ColumnType::integer) sql.append(" NOT NULL DEFAULT 0");
  }
  return sql;
}

std::string create_table(const Table& table) {
  std::string sql = "CREATE TABLE " + table.name + "(\n  file_id INTEGER NOT NULL" +
                    ",\n  project_key INTEGER NOT NULL" + column_list(table) +
                    ",\n  PRIMARY KEY (file_id";
  for (const std::string& column : table.key) sql.append(", ").append(column);
  return sql.append(table.clustered ? ")\n) STRICT, WITHOUT ROWID;\n" : ")\n) STRICT;\n");
}

}  // namespace

Schema::Schema()
    : sessions(entity<Session>("sessions")),
      session_phases{
          "session_phases", {text("phase"), time("started_at"), time("completed_at")}, {"phase"}},
      session_checkpoints{"session_checkpoints", {integer("checkpoint")}, {"checkpoint"}},
      session_commits(list("session_commits", columns_of<Commit>())),
      session_decisions(searched_list("session_decisions", columns_of<Decision>())),
      session_goals{"session_goals",
                    {text("level"), integer("position"), text("goal")},
                    {"level", "position"}},
      session_questions(list("session_questions", {text("question")})),
      session_artifacts{"session_artifacts", {text("name"), text("path")}, {"name"}},
      session_task_ids(list("session_task_ids", {text("session_id"), text("task_id")})),
      agent_runs(runs_table()),
      events(lines<Event>("events")),
      tasks(tasks_table()),
      task_sessions(list_of_line("task_sessions", {text("task_id"), text("session_id")})),
      task_dependencies(
          list_of_line("task_dependencies", {text("task_id"), text("depends_on"), text("type")})),
      agents(entity<Agent>("agents")),
      agent_capabilities(capabilities_table()),
      executions(entity<Execution>("executions")),
      session_tasks(entity<SessionTask>("session_tasks")),
      session_task_messages(messages_table()),
      runtime_bindings(entity<RuntimeBinding>("runtime_bindings")),
      bookmarks(entity<Bookmark>("bookmarks")),
      evaluations(entity<Evaluation>("evaluations")),
      workers(entity<Worker>("workers")),
      message_usage(message_usage_table()),
      usage_days(usage_days_table()),
      config(config_table()),
      projects{"projects", project_columns(), {}, false} {}

std::optional<std::size_t> Table::find(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& candidate) {
    return candidate.name == column;
  });
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::size_t Table::index_of(std::string_view column) const {
  if (const auto index = find(column)) return *index;
  throw std::logic_error(name + " has no column " + std::string(column));
}

bool Table::is_of_lines() const {
  return !key.empty() && key.front() == "line_offset";
}

std::vector<const Table*> Schema::tables() const {
  return {&sessions,
          &session_phases,
          &session_checkpoints,
          &session_commits,
          &session_decisions,
          &session_goals,
          &session_questions,
          &session_artifacts,
          &session_task_ids,
          &agent_runs,
          &events,
          &tasks,
          &task_sessions,
          &task_dependencies,
          &agents,
          &agent_capabilities,
          &executions,
          &session_tasks,
          &session_task_messages,
          &runtime_bindings,
          &bookmarks,
          &evaluations,
          &workers,
          &config,
          &message_usage,
          &usage_days};
}

std::vector<Column> project_columns() {
  return columns_of<Project>();
}

std::string create_statements(const Schema& schema) {
  std::string sql(create_ledger());
  sql +=
      "CREATE TABLE projects(\n  project_key INTEGER PRIMARY KEY,\n  root ANY NOT NULL UNIQUE"
      ",\n  file_id INTEGER" +
      column_list(project_columns()) + "\n) STRICT;\n";
  for (const Table* table : schema.tables()) sql += create_table(*table);
  sql += create_search();
  sql += create_cost_views();
  sql += create_session_views();
  sql += create_task_views();
  sql += create_anomaly_views();
  return sql + create_lookups();
}

std::string create_lookups() {
  return std::string(create_indexes()) + create_search_triggers();
}

}  // namespace tain::mirror
