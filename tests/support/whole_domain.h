#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/fs/paths.h"
#include "core/state/agent_registry.h"
#include "core/state/bookmarks.h"
#include "core/state/config_store.h"
#include "core/state/evaluations.h"
#include "core/state/execution_queue.h"
#include "core/state/project_store.h"
#include "core/state/session_state_manager.h"
#include "core/state/session_tasks.h"
#include "core/state/task_store.h"
#include "core/state/tracer.h"
#include "core/state/worker_store.h"
#include "fake_clock.h"

namespace tain::testing {

/// One project that libtain writes, with every entity, each with every field that it can have, and
/// with every step of every lifecycle taken once.
class WholeDomain {
 public:
  WholeDomain(std::filesystem::path root, FakeClock& clock)
      : root_(std::move(root)), clock_(clock) {
    create_project(root_, {.name = "Whole", .id = "whole", .description = "everything"}, options());
    update_project(
        root_, [](Project& p) { p.working_dir = "/src"; }, options());
    add_agents();
    add_full_entities();
    step_tasks();
    step_sessions();
    step_phases();
    step_agent_runs();
    step_executions();
    step_session_tasks();
  }

  ProjectOptions options() const { return session_options(); }
  /// How many steps of lifecycles were taken, paths to their beginnings aside.
  int steps() const { return steps_; }

 private:
  SessionOptions session_options() const {
    SessionOptions options;
    options.durability = Durability::none;
    options.clock = clock_.clock();
    options.notifier = SyncNotifier(std::filesystem::path());
    return options;
  }
  SessionStateManager new_session(const std::string& id,
                                  SessionStatus status = SessionStatus::running,
                                  SessionType type = SessionType::full) {
    clock_.advance(1);
    return SessionStateManager::create(
        root_, {.topic = id, .type = type, .status = status, .id = id}, session_options());
  }

  /// The states on a shortest way from `from` to `to` along the table, without `from`.
  template <class S>
  static std::vector<S> way(S from, S to) {
    std::vector<std::vector<S>> ways{{from}};
    std::set<S> seen{from};
    for (std::size_t i = 0; i < ways.size(); ++i) {
      const std::vector<S> here = ways[i];
      if (here.back() == to) return {here.begin() + 1, here.end()};
      for (const auto& [source, target] : Lifecycle<S>::transitions) {
        if (source != here.back() || !seen.insert(target).second) continue;
        ways.push_back(here);
        ways.back().push_back(target);
      }
    }
    throw std::logic_error("no way");
  }
  /// Calls `make(name)` for every step of the lifecycle, then `take(name, state)` along the way to
  /// where the step begins, and for the step itself.
  template <class S>
  void for_each_step(const std::function<S(const std::string&, S from)>& make,
                     const std::function<void(const std::string&, S)>& take) {
    for (const auto& [from, to] : Lifecycle<S>::transitions) {
      const std::string name = std::string(to_text(from)).append("-").append(to_text(to));
      for (const S state : way(make(name, from), from)) step(name, state, take);
      step(name, to, take);
      ++steps_;
    }
  }
  template <class S>
  void step(const std::string& name, S state,
            const std::function<void(const std::string&, S)>& take) {
    clock_.advance(1000);
    take(name, state);
  }

  void add_agents() {
    Agent agent;
    agent.name = "Claude Code";
    agent.owner_id = "ann";
    agent.kind = AgentKind::builtin;
    agent.binary_path = "/usr/bin/claude";
    agent.base_args = {"-p"};
    agent.working_dir = "/src";
    agent.env_allowlist = {"HOME"};
    agent.max_concurrent = 1000;
    agent.discovery_method = DiscoveryMethod::path_scan;
    agent.version = "2.1";
    agent.package_name = "claude";
    agent.package_section = "ai";
    agent.tool_type = "ai-agent";
    agent.mcp_enabled = true;
    agent.session_config = Json{{"sessionIdSource", "json_field"}};
    agent.last_scanned_at = clock_.now();
    agent.metadata = Json{{"icon", "c"}};
    agent.capabilities = {{.key = "fix",
                           .label = "Fix",
                           .description = "fixes",
                           .source = CapabilitySource::llm_generated,
                           .interaction_mode = InteractionMode::prompt_mode,
                           .command_tokens = std::vector<std::string>{"fix", "{{file}}"},
                           .prompt_template = "Fix {{task_title}}",
                           .args_schema = Json{{"type", "object"}},
                           .requires_approval = true,
                           .danger_level = 2}};
    AgentRegistry(root_, options()).register_agent(agent);
  }

  void add_full_entities() {
    TaskStore tasks(root_, options());
    tasks.create({.title = "Above", .id = "above"});
    tasks.create({.title = "Before", .id = "before"});
    NewTask fresh;
    fresh.title = "Full";
    fresh.id = "full";
    fresh.owner_id = "ann";
    fresh.parent_id = "above";
    fresh.description = "d";
    fresh.initial_prompt = "please";
    fresh.priority = TaskPriority::urgent;
    fresh.kind = TaskKind::background;
    fresh.parent_session_id = "full";
    fresh.background_task_id = "b";
    fresh.runtime_source = "codex";
    fresh.assignee_agent_id = "claude-code";
    fresh.input_context = {.working_dir = "/src",
                           .env_overrides = Json{{"A", "1"}},
                           .args = Json{{"n", 1.5}},
                           .prompt_additions = "be quick"};
    fresh.due_at = Timestamp{clock_.now().ms + 1'000'000};
    fresh.skill_ids = {"cpp"};
    fresh.agent_ids = {"claude-code"};
    fresh.dependencies = {"before"};
    tasks.create(fresh);
    add_full_session();
    tasks.link("full", "full");
    tasks.set_status("full", TaskStatus::in_progress);
    tasks.set_status("full", TaskStatus::completed);
    const Event event = tasks.append_event("full", full_event());
    create_bookmark(root_,
                    {.task_id = "full",
                     .event_id = event.id,
                     .title = "here",
                     .note = "n",
                     .metadata = Json{{"x", 1}}},
                    options());
    evaluate(root_,
             {.task_id = "full",
              .rating = Rating::good,
              .use_case = "u",
              .workflow_tags = {"t"},
              .outcome_note = "o",
              .approach_note = "a",
              .reuse_when = "r",
              .watchouts = "w"},
             options());
    Tracer(root_, options())
        .ensure_runtime_session(
            {.runtime_source = "codex", .runtime_session_id = "c1", .title = "Traced"});
    WorkerStore(root_, options()).beat("w", {.metadata = Json{{"host", "h"}}});
    set_config(root_, "poll.ms", 500, options());
    set_config(root_, "modes", Json{"a", "b"}, options());
    add_full_execution();
    add_full_session_task();
  }

  static Event full_event() {
    Event event;
    event.type = "tool.used";
    event.session_id = "full";
    event.agent_run_id = "full";
    event.actor = {.type = ActorType::agent, .id = "claude-code"};
    event.title = "t";
    event.body = "b";
    event.message = "m";
    event.metadata = Json{{"tool_name", "Read"}};
    event.usage = {{1, 2, 3, 4, 0.5}, "large"};
    event.data = Json{1, "two"};
    return event;
  }

  void add_full_session() {
    NewSession fresh;
    fresh.topic = "Full";
    fresh.id = "full";
    fresh.description = "d";
    fresh.parent_session_id = "above";
    fresh.agent_id = "claude-code";
    fresh.env = Json{{"A", "1"}};
    fresh.metadata = {.skills = {"cpp"},
                      .spawn_source = SpawnSource::orchestrator,
                      .spawned_by = "above",
                      .spawn_reason = "r",
                      .context = Json{{"c", 1}}};
    fresh.runtime = {"codex", "c9"};
    new_session("above");
    auto session = SessionStateManager::create(root_, fresh, session_options());
    session.transition_to_phase(Phase::plan);
    session.transition_to_phase(Phase::build);
    session.init_build(3);
    session.complete_checkpoint(1);
    session.complete_checkpoint(2);
    session.add_commit("5eed", "message", 1);
    session.set_git({.branch = "b", .worktree = "w", .base_branch = "main"});
    session.add_decision("title", "rationale");
    session.set_goals({.high_level = {"h"}, .mid_level = {"m"}, .detailed = {"d1", "d2"}});
    session.update([](Session& state) {
      state.granularity = "fine";
      state.prior_session = "above";
      state.open_questions = {"why?"};
      state.artifacts = Json{{"spec", "spec.md"}};
      state.doc_updates = {Json{{"path", "README.md"}}};
      state.summary = "s";
      state.error = {.message = "e", .phase = "build"};
    });
    session.set_status(SessionStatus::failed);
    session.append_event(full_event());
    session.start_agent_run({.agent_type = "build",
                             .id = "full",
                             .name = "n",
                             .agent_id = "claude-code",
                             .sdk_session_id = "sdk",
                             .model = "large",
                             .checkpoint_id = 1,
                             .task_group_id = "g",
                             .working_dir = "/src",
                             .allowed_tools = {"Bash"},
                             .metadata = Json{{"m", 1}}});
    session.add_agent_run_usage("full", {10, 20, 30, 40, 1.25});
    session.fail_agent_run("full", "e");
  }

  void add_full_execution() {
    ExecutionQueue queue(root_, options());
    queue.enqueue(
        {.task_id = "above", .agent = "claude-code", .capability_key = "fix", .id = "x0"});
    queue.request_cancel("x0");
    queue.enqueue({.task_id = "full",
                   .agent = "claude-code",
                   .capability_key = "fix",
                   .args = Json{{"file", "a"}},
                   .prompt = "Fix Full",
                   .requested_by = "ann",
                   .max_retries = 1,
                   .parent_execution_id = "x0",
                   .id = "full"});
    queue.claim_next("w");
    queue.update("full", "w",
                 {.pid = 7,
                  .session_ref = "s",
                  .tmux_session_name = "t",
                  .log = LogDetails{.file_path = "out", .byte_size = 10, .line_count = 2}});
    queue.finish("full", "w", ExecutionStatus::failed, {.exit_code = 2, .error = "e"});
  }

  SessionTaskRegistry session_tasks(const std::string& session) const {
    return SessionTaskRegistry(session_directory(root_, session), options());
  }

  void add_full_session_task() {
    SessionTaskRegistry registry(session_directory(root_, "full"), options());
    registry.create({.kind = std::string(kTaskKindSubagent),
                     .id = "full",
                     .display_name = "Full",
                     .spec = Json{{"n", 1}},
                     .state = SessionTaskState::running,
                     .links = {"above", "remote", {"r1"}}});
    registry.update("full", 1,
                    {.state_detail = "d",
                     .progress = TaskProgress{1, 2.5, "files", "reading"},
                     .summary = "s",
                     .artifacts = {{"a", "file", "p", "https://example.org"}},
                     .worker_id = "w"});
    registry.update("full", 1, {.input_request = TaskInputRequest{"q", "Which?", Json{"a", "b"}}});
    registry.post_message("full", {.direction = MessageDirection::outbound,
                                   .content = {{.type = PartType::text, .text = "t"},
                                               {.type = PartType::data, .data = Json{{"d", 1}}},
                                               {.type = PartType::file, .path = "f"}},
                                   .attempt = 1});
    registry.heartbeat("full", 1);
    registry.request_cancel("full");
    // What waits keeps its request; what has ended has a result and an error.
    registry.create({.kind = "monitor", .id = "ended", .state = SessionTaskState::running});
    registry.write_result("ended", 1, Json{{"ok", false}});
    registry.update("ended", 1,
                    {.state = SessionTaskState::failed, .error = TaskError{"timeout", "too long"}});
    registry.create({.kind = "monitor", .id = "asked", .state = SessionTaskState::running});
    registry.update("asked", 1, {.input_request = TaskInputRequest{"q", "Which?", {}}});
    registry.post_message(
        "asked", {.content = {{.type = PartType::text, .text = "that"}}, .in_reply_to = "q"});
  }

  void step_tasks() {
    TaskStore tasks(root_, options());
    for_each_step<TaskStatus>(
        [&](const std::string& name, TaskStatus) {
          return tasks.create({.title = name, .id = name}).status;
        },
        [&](const std::string& name, TaskStatus to) { tasks.set_status(name, to); });
  }

  void step_sessions() {
    const auto open = [&](const std::string& name) {
      return SessionStateManager::open(session_directory(root_, name), session_options());
    };
    for_each_step<SessionStatus>(
        [&](const std::string& name, SessionStatus from) {
          const auto status = from == SessionStatus::spawning ? from : SessionStatus::running;
          return new_session(name, status).state().status;
        },
        [&](const std::string& name, SessionStatus to) { open(name).set_status(to); });
  }

  void step_phases() {
    for (const PhaseStep& last : kPhaseSteps) {
      const std::string name = std::string(to_text(last.type))
                                   .append("-")
                                   .append(to_text(last.from))
                                   .append("-")
                                   .append(to_text(last.to));
      auto session = new_session(name, SessionStatus::running, last.type);
      for (const PhaseStep& step : kPhaseSteps) {  // the table is in the order of the phases
        if (step.type != last.type || session.state().current_phase != step.from) continue;
        if (step.to == Phase::complete && step.from != last.from) continue;
        if (session.state().current_phase == last.from && step.to != last.to) continue;
        session.transition_to_phase(step.to);
        if (step.from == last.from) break;
      }
      if (session.state().current_phase != last.to) throw std::logic_error(name);
      ++steps_;
    }
  }

  void step_agent_runs() {
    auto session = new_session("runs");
    for_each_step<AgentRunStatus>(
        [&](const std::string& name, AgentRunStatus from) {
          const auto status = from == AgentRunStatus::pending ? from : AgentRunStatus::running;
          return session.start_agent_run({.agent_type = "x", .id = name, .status = status}).status;
        },
        [&](const std::string& name, AgentRunStatus to) {
          session.set_agent_run_status(name, to);
        });
  }

  void step_executions() {
    ExecutionQueue queue(root_, options());
    for_each_step<ExecutionStatus>(
        [&](const std::string& name, ExecutionStatus) {
          return queue
              .enqueue({.task_id = "above",
                        .agent = "claude-code",
                        .capability_key = "fix",
                        .max_retries = 1,
                        .id = name})
              .status;
        },
        [&](const std::string& name, ExecutionStatus to) { take(queue, name, to); });
  }
  static void take(ExecutionQueue& queue, const std::string& name, ExecutionStatus to) {
    const ExecutionStatus from = queue.get(name).status;
    switch (to) {
      case ExecutionStatus::queued:
        queue.retry(name);
        queue.request_cancel(name);  // else the next claim would take it
        return;
      case ExecutionStatus::running:
        queue.claim_next("w");
        return;
      case ExecutionStatus::cancelling:
        queue.request_cancel(name);
        return;
      case ExecutionStatus::cancelled:
        if (from == ExecutionStatus::queued) {
          queue.request_cancel(name);
          return;
        }
        [[fallthrough]];
      case ExecutionStatus::succeeded:
      case ExecutionStatus::failed:
      case ExecutionStatus::timed_out:
        queue.finish(name, "w", to);
        return;
    }
  }

  void step_session_tasks() {
    new_session("jobs");
    SessionTaskRegistry registry(session_directory(root_, "jobs"), options());
    for_each_step<SessionTaskState>(
        [&](const std::string& name, SessionTaskState) {
          return registry.create({.kind = "monitor", .id = name}).state;
        },
        [&](const std::string& name, SessionTaskState to) {
          SessionTaskUpdate update{.state = to};
          if (to == SessionTaskState::awaiting_input) update.input_request = {{}, "Which?", {}};
          registry.update(name, 1, update);
        });
  }

  std::filesystem::path root_;
  FakeClock& clock_;
  int steps_ = 0;
};

}  // namespace tain::testing
