#include "listed_entity.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "core/fs/paths.h"
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
#include "project_files.h"

namespace tain::query {
namespace {

using std::filesystem::path;
using How = ListFilter::How;

// A column that the list's own reader fills.
Column text_column(std::string name) {
  return {std::move(name), {}, ColumnType::text, {}};
}

// Adds the entities in the lines of a log.
template <Described E>
void read_log(const path& log, const std::vector<Column>& columns, const StateOptions& options,
              Listing<Cells>& rows) {
  const std::optional<std::string> bytes = read_file(*options.file_system, log);
  std::istringstream lines(bytes.value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      const Document document = Document::parse(line, log);
      rows.entities.push_back(cells_of(Codec<E>::decode(document.root(), Place(log)), columns));
    } catch (const Error& error) {
      rows.skipped.push_back({log, error.what()});
    }
  }
}

// The same for entities that are lines of logs.
template <Described E>
ListedEntity logged_entity(std::string_view word, std::string_view description,
                           std::string_view table, FindFiles find_files) {
  ListedEntity listed{word, description, table, columns_of<E>(), {}, {}, {}, {}};
  listed.read_files = [find_files, columns = listed.columns](const path& root,
                                                             const StateOptions& options) {
    Listing<Cells> rows;
    for (const path& log : find_files(root, options)) read_log<E>(log, columns, options, rows);
    return rows;
  };
  return listed;
}

// `word`, `description`, `table` and how its entities become rows; the rest is set by who calls.
template <Described E>
ListedEntity entity(std::string_view word, std::string_view description, std::string_view table,
                    FindFiles find_files) {
  ListedEntity listed{word, description, table, columns_of<E>(), {}, {}, {}, {}};
  listed.read_files = [find_files, columns = listed.columns](const path& root,
                                                             const StateOptions& options) {
    const auto read = read_listing<E>(find_files(root, options), options,
                                      [](const E& /*entity*/) { return true; });
    Listing<Cells> rows;
    for (const E& found : read.entities) rows.entities.push_back(cells_of(found, columns));
    for (const auto& skipped : read.skipped) rows.skipped.push_back({skipped.path, skipped.reason});
    return rows;
  };
  return listed;
}

ListedEntity tasks() {
  ListedEntity listed = entity<Task>("tasks", "Work items of a project", "tasks", task_files);
  listed.summary = {"id",        "title", "status", "priority", "parent_id", "assignee_agent_id",
                    "updated_at"};
  listed.order = {"sort_order", "created_at", "id"};
  listed.filters = {
      {"--status", "status", How::equals, words_of<TaskStatus>()},
      {"--parent", "parent_id", How::equals_or_none},
      {"--session", "session_ids", How::contains, {}, {"task_sessions", "session_id"}},
      {"--assignee", "assignee_agent_id"},
      {"--kind", "kind", How::equals, words_of<TaskKind>()},
      {"--priority", "priority", How::equals, words_of<TaskPriority>()}};
  return listed;
}

ListedEntity sessions() {
  ListedEntity listed = entity<Session>("sessions", "Agents' sessions", "sessions", session_files);
  listed.summary = {
      "session_id",        "topic",     "status", "current_phase", "checkpoints_completed",
      "checkpoints_total", "updated_at"};
  listed.order = {"created_at", "session_id"};
  listed.filters = {{"--status", "status", How::equals, words_of<SessionStatus>()},
                    {"--phase", "current_phase", How::equals, words_of<Phase>()},
                    {"--task", "task_ids", How::contains, {}, {"session_task_ids", "task_id"}},
                    {"--active", "status", How::active}};
  return listed;
}

ListedEntity agent_runs() {
  ListedEntity listed =
      entity<AgentRun>("runs", "Invocations of agents in sessions", "agent_runs", agent_run_files);
  listed.summary = {"id",     "session_id", "agent_type",   "model",
                    "status", "cost_usd",   "error_message"};
  listed.order = {"created_at", "id"};
  listed.filters = {{"--session", "session_id"},
                    {"--status", "status", How::equals, words_of<AgentRunStatus>()},
                    {"--type", "agent_type"},
                    {"--model", "model"}};
  return listed;
}

ListedEntity agents() {
  ListedEntity listed =
      entity<Agent>("agents", "Programs that can work on tasks", "agents", agent_files);
  listed.summary = {"id", "name", "kind", "is_active", "max_concurrent", "version", "binary_path"};
  listed.order = {"slug", "id"};
  listed.filters = {{"--kind", "kind", How::equals, words_of<AgentKind>()},
                    {"--type", "tool_type"}};
  return listed;
}

ListedEntity capabilities() {
  ListedEntity listed = entity<Agent>("capabilities", "What agents can be asked to do",
                                      "agent_capabilities", agent_files);
  listed.columns = columns_of<Capability>();
  listed.columns.insert(listed.columns.begin(), text_column("agent_id"));
  listed.summary = {"agent_id", "key", "label", "interaction_mode", "is_enabled", "danger_level"};
  listed.order = {"agent_id", "key"};
  listed.filters = {{"--agent", "agent_id"},
                    {"--mode", "interaction_mode", How::equals, words_of<InteractionMode>()}};
  listed.read_files = [columns = listed.columns](const path& root, const StateOptions& options) {
    const auto read = read_listing<Agent>(agent_files(root, options), options,
                                          [](const Agent& /*agent*/) { return true; });
    Listing<Cells> rows;
    for (const Agent& agent : read.entities) {
      for (const Capability& capability : agent.capabilities) {
        rows.entities.push_back(cells_of(capability, columns));
        rows.entities.back().front() = agent.id;
      }
    }
    for (const auto& skipped : read.skipped) rows.skipped.push_back({skipped.path, skipped.reason});
    return rows;
  };
  return listed;
}

ListedEntity executions() {
  ListedEntity listed = entity<Execution>("executions", "Runs of agents' capabilities on tasks",
                                          "executions", execution_files);
  listed.summary = {"id", "task_id", "agent_id", "capability_key", "status", "worker_id", "error"};
  listed.order = {"created_at", "id"};
  listed.filters = {{"--task", "task_id"},
                    {"--agent", "agent_id"},
                    {"--worker", "worker_id"},
                    {"--status", "status", How::equals, words_of<ExecutionStatus>()}};
  return listed;
}

ListedEntity session_tasks() {
  ListedEntity listed = entity<SessionTask>("session-tasks", "Background work of sessions",
                                            "session_tasks", session_task_files);
  listed.summary = {"id", "session_id", "kind", "display_name", "state", "attempt", "summary"};
  listed.order = {"created_at", "session_id", "id"};
  listed.filters = {{"--session", "session_id"},
                    {"--state", "state", How::equals, words_of<SessionTaskState>()},
                    {"--kind", "kind"}};
  return listed;
}

ListedEntity bookmarks() {
  ListedEntity listed =
      entity<Bookmark>("bookmarks", "Tasks and events kept", "bookmarks", bookmark_files);
  listed.summary = {"id", "task_id", "event_id", "title", "note"};
  listed.order = {"created_at", "id"};
  listed.filters = {{"--task", "task_id"}, {"--kind", "kind"}};
  return listed;
}

ListedEntity evaluations() {
  ListedEntity listed =
      entity<Evaluation>("evaluations", "What came of tasks", "evaluations", evaluation_files);
  listed.summary = {"task_id", "rating", "use_case", "workflow_tags", "outcome_note"};
  listed.order = {"evaluated_at", "task_id"};
  listed.filters = {{"--rating", "rating", How::equals, words_of<Rating>()}};
  return listed;
}

ListedEntity bindings() {
  ListedEntity listed =
      entity<RuntimeBinding>("bindings", "Which task and session a runtime's session is",
                             "runtime_bindings", binding_files);
  listed.summary = {"runtime_source", "runtime_session_id", "task_id", "session_id"};
  listed.order = {"runtime_source", "runtime_session_id"};
  listed.filters = {
      {"--runtime", "runtime_source"}, {"--task", "task_id"}, {"--session", "session_id"}};
  return listed;
}

ListedEntity workers() {
  ListedEntity listed =
      entity<Worker>("workers", "Processes that claim executions", "workers", worker_files);
  listed.summary = {"worker_id", "last_seen_at", "current_executions"};
  listed.order = {"worker_id"};
  return listed;
}

ListedEntity events() {
  ListedEntity listed =
      logged_entity<Event>("events", "What happened in tasks and sessions", "events", event_logs);
  listed.summary = {"at", "type", "lane", "task_id", "session_id", "title", "message"};
  listed.order = {"at", "id"};
  listed.filters = {{"--task", "task_id"},
                    {"--session", "session_id"},
                    {"--run", "agent_run_id"},
                    {"--type", "type"},
                    {"--lane", "lane", How::equals, words_of<Lane>()}};
  return listed;
}

ListedEntity messages() {
  ListedEntity listed =
      logged_entity<TaskMessage>("messages", "What sessions and their background work said",
                                 "session_task_messages", message_logs);
  listed.summary = {"created_at", "task_id", "direction", "content", "in_reply_to"};
  listed.order = {"created_at", "id"};
  listed.filters = {{"--task", "task_id"},
                    {"--direction", "direction", How::equals, words_of<MessageDirection>()}};
  return listed;
}

ListedEntity config() {
  ListedEntity listed{
      "config", "Settings of a project", "config", columns_of<ConfigEntry>(), {}, {}, {}, {}};
  listed.columns.insert(listed.columns.begin(), text_column("key"));
  listed.summary = {"key", "value", "updated_at"};
  listed.order = {"key"};
  listed.filters = {{"--key", "key"}};
  listed.read_files = [columns = listed.columns](const path& root, const StateOptions& options) {
    Listing<Cells> rows;
    const path file = config_file(root);
    try {
      const auto bytes = read_file(*options.file_system, file);
      const Document document = bytes ? Document::parse(*bytes, file) : Document();
      for (const auto& [key, value] : document.root().items()) {
        const Place place(file);
        rows.entities.push_back(
            cells_of(Codec<ConfigEntry>::decode(value, Place(place, key)), columns));
        rows.entities.back().front() = key;
      }
    } catch (const Error& error) {
      rows.skipped.push_back({file, error.what()});
    }
    return rows;
  };
  return listed;
}

ListedEntity projects() {
  ListedEntity listed =
      entity<Project>("projects", "Directories that hold .tain", "projects", project_files);
  listed.summary = {"id", "working_dir", "description", "updated_at"};
  listed.order = {"created_at", "id"};
  return listed;
}

}  // namespace

std::size_t ListedEntity::index_of(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& known) { return known.name == column; });
  if (found == columns.end()) {
    throw std::logic_error(std::string(word) + " has no column " + std::string(column));
  }
  return static_cast<std::size_t>(found - columns.begin());
}

const std::vector<ListedEntity>& listed_entities() {
  static const std::vector<ListedEntity> entities{
      projects(),     tasks(),      sessions(),      agent_runs(), agents(),
      capabilities(), executions(), session_tasks(), messages(),   bookmarks(),
      evaluations(),  bindings(),   workers(),       config(),     events()};
  return entities;
}

}  // namespace tain::query
