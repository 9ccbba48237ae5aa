#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/state/execution_queue.h"
#include "project_test.h"

namespace tain::testing {

/// The executions of a project with the task `t1` and the agent `codex`, which may run two at once:
/// `ask` is its prompt, `build` its template.
class ExecutionTest : public ProjectTest {
 protected:
  ExecutionTest() {
    create_task("t1");
    register_agent("codex", 2);
  }

  AgentRegistry agents() { return AgentRegistry(root_.path(), options()); }
  ExecutionQueue queue() { return ExecutionQueue(root_.path(), options()); }
  WorkerStore workers() { return WorkerStore(root_.path(), options()); }

  Agent register_agent(const std::string& slug, std::int64_t max_concurrent) {
    return agents().register_agent(
        {.name = slug,
         .slug = slug,
         .max_concurrent = max_concurrent,
         .capabilities = {{.key = "ask", .interaction_mode = InteractionMode::prompt_mode},
                          {.key = "build", .command_tokens = {{"make"}}}}});
  }
  /// A millisecond passes with each, so that the first is the oldest.
  Execution enqueue(const std::string& id, const std::string& agent = "codex",
                    std::int64_t max_retries = 0) {
    clock_.advance(1);
    return queue().enqueue({.task_id = "t1",
                            .agent = agent,
                            .capability_key = "ask",
                            .max_retries = max_retries,
                            .id = id});
  }
  /// The id of what the worker gets, or nothing.
  std::string claim(const std::string& worker = "w1") {
    const auto claimed = queue().claim_next(worker);
    return claimed ? claimed->id : "";
  }
  Execution get(const std::string& id) { return queue().get(id); }
  ExecutionStatus status(const std::string& id) { return get(id).status; }
  std::int64_t current_executions(const std::string& worker) {
    return workers().find(worker).value().current_executions;
  }

  std::filesystem::path executions() const {
    return executions_directory(task_directory(root_.path(), "t1"));
  }
  std::filesystem::path file_of(const std::string& id) const {
    return executions() / entity_file_name(id);
  }
  std::filesystem::path agent_file(const std::string& slug) const {
    return agents_directory(root_.path()) / entity_file_name(slug);
  }
  /// The types of the events about the execution, without "execution.".
  std::vector<std::string> history(const std::string& id) const {
    std::vector<std::string> types;
    for (const Json& event : timeline("t1")) {
      if (!event.contains("data") || event["data"].value("execution_id", "") != id) continue;
      types.push_back(event["type"].get<std::string>().substr(std::string("execution.").size()));
    }
    return types;
  }
};

/// The names of seed 003's tests.
class Seed003ExecutionQueue : public ExecutionTest {};

}  // namespace tain::testing
