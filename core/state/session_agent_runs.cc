// The part of SessionStateManager that keeps `agents/<run>.json`.

#include "../fs/paths.h"
#include "../json/ids.h"
#include "session_state_manager.h"

namespace tain {
namespace {

std::filesystem::path run_path(const std::filesystem::path& session, std::string_view run_id) {
  require_valid_id("run id", run_id);
  return agent_runs_directory(session) / entity_file_name(run_id);
}

AgentRun new_run(const NewAgentRun& fresh, const std::string& session_id, Timestamp time) {
  AgentRun run;
  run.id = fresh.id.value_or(make_id("run", time));
  run.session_id = session_id;
  run.agent_type = fresh.agent_type;
  run.name = fresh.name;
  run.agent_id = fresh.agent_id;
  run.sdk_session_id = fresh.sdk_session_id;
  run.model = fresh.model;
  run.checkpoint_id = fresh.checkpoint_id;
  run.task_group_id = fresh.task_group_id;
  run.working_dir = fresh.working_dir;
  run.allowed_tools = fresh.allowed_tools;
  run.metadata = fresh.metadata;
  run.status = fresh.status;
  run.created_at = time;
  if (run.status == AgentRunStatus::running) run.started_at = time;
  return run;
}

void take_step(const std::filesystem::path& path, AgentRun& run, AgentRunStatus status,
               Timestamp time) {
  require_transition(path, run.status, status);
  run.status = status;
  (is_terminal(status) ? run.completed_at : run.started_at) = time;
}

}  // namespace

AgentRun SessionStateManager::start_agent_run(const NewAgentRun& fresh) {
  require_text("agent type", fresh.agent_type);
  if (fresh.status != AgentRunStatus::running && fresh.status != AgentRunStatus::pending) {
    throw InvalidArgument("status of a new agent run", "running or pending",
                          std::string(to_text(fresh.status)));
  }
  AgentRun run = new_run(fresh, state().session_id, options_.clock());
  const std::filesystem::path path = run_path(directory_, run.id);
  announce([&] {
    make_directories(*options_.file_system, path.parent_path(),
                     options_.durability == Durability::full);
    EntityFile<AgentRun>::create(path, run, options_);
  });
  return run;
}

AgentRun SessionStateManager::update_agent_run(std::string_view run_id,
                                               const std::function<void(AgentRun&)>& change) {
  const std::filesystem::path path = run_path(directory_, run_id);
  auto file = EntityFile<AgentRun>::open(path, options_);
  announce([&] { file.update(change, [](AgentRun&) {}); });
  return file.entity();
}

AgentRun SessionStateManager::add_agent_run_usage(std::string_view run_id, const Usage& usage) {
  return update_agent_run(run_id, [&](AgentRun& run) { run.usage += usage; });
}

AgentRun SessionStateManager::set_agent_run_status(std::string_view run_id, AgentRunStatus status) {
  return update_agent_run(run_id, [&](AgentRun& run) {
    take_step(run_path(directory_, run_id), run, status, options_.clock());
  });
}

AgentRun SessionStateManager::finish_agent_run(std::string_view run_id) {
  return set_agent_run_status(run_id, AgentRunStatus::completed);
}

AgentRun SessionStateManager::fail_agent_run(std::string_view run_id,
                                             const std::string& error_message) {
  return update_agent_run(run_id, [&](AgentRun& run) {
    take_step(run_path(directory_, run_id), run, AgentRunStatus::failed, options_.clock());
    run.error_message = error_message;
  });
}

AgentRun SessionStateManager::agent_run(std::string_view run_id) const {
  return EntityFile<AgentRun>::open(run_path(directory_, run_id), options_).entity();
}

}  // namespace tain
