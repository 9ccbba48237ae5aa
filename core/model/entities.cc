#include "entities.h"

#include <string>
#include <utility>

#include "../fs/paths.h"
#include "agent.h"
#include "agent_run.h"
#include "bookmark.h"
#include "config_entry.h"
#include "evaluation.h"
#include "event.h"
#include "execution.h"
#include "json_schema.h"
#include "project.h"
#include "runtime_binding.h"
#include "session.h"
#include "session_task.h"
#include "task.h"
#include "worker.h"

namespace tain {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kAnyId = "*";

template <Described E>
EntityKind one_a_file(fs::path file) {
  return {Description<E>::name, {std::move(file)}, false, &json_schema_of<E>};
}

template <Described E>
EntityKind one_a_line(std::vector<fs::path> files) {
  return {Description<E>::name, std::move(files), true, &json_schema_of<E>};
}

// One file for all settings: an object with a member for each.
Json config_schema(std::string_view description) {
  namespace detail = json_schema_detail;
  Json schema = detail::begin_schema(Description<ConfigEntry>::name, description);
  schema.update(detail::of_type("object"));
  schema["additionalProperties"] = detail::SchemaOf<ConfigEntry>::make();
  return schema;
}

}  // namespace

Json EntityKind::json_schema() const {
  std::string description = is_log ? "A line of" : "The file";
  for (const fs::path& file : files) {
    description.append(&file == &files.front() ? " " : " or ").append(file.generic_string());
  }
  return make_schema(description);
}

std::vector<EntityKind> entity_kinds() {
  const fs::path root;
  const fs::path any_file = entity_file_name(kAnyId);
  const fs::path session = session_directory(root, kAnyId);
  const fs::path session_task = session_task_directory(session, kAnyId);
  const fs::path task = task_directory(root, kAnyId);
  return {
      one_a_file<Project>(project_file(root)),
      one_a_file<Session>(session / kStateFile),
      one_a_file<AgentRun>(agent_runs_directory(session) / any_file),
      one_a_line<Event>({events_file(session), events_file(task)}),
      one_a_file<Task>(task / kTaskFile),
      one_a_file<Agent>(agents_directory(root) / any_file),
      one_a_file<Execution>(executions_directory(task) / any_file),
      one_a_file<SessionTask>(session_task / kTaskFile),
      one_a_line<TaskMessage>({session_task / kMessagesFile}),
      one_a_file<RuntimeBinding>(bindings_directory(root, kAnyId) / any_file),
      one_a_file<Bookmark>(bookmarks_directory(root) / any_file),
      one_a_file<Evaluation>(task / kEvaluationFile),
      one_a_file<Worker>(workers_directory(root) / any_file),
      {Description<ConfigEntry>::name, {config_file(root)}, false, &config_schema},
  };
}

}  // namespace tain
