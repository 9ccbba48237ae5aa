#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/state/session_task_executor.h"
#include "core/state/session_tasks.h"
#include "session_test.h"

namespace tain::testing {

inline MessagePart text_part(const std::string& text) {
  return {.type = PartType::text, .text = text};
}

/// An executor in this process: it keeps what it is told, and the sinks.
struct RecordingExecutor : TaskExecutor {
  void start(const SessionTask& task, std::unique_ptr<TaskSink> sink) override {
    log.push_back("start " + task.id + " attempt " + std::to_string(task.attempt));
    sinks.push_back(std::move(sink));
    if (on_start) on_start(task, *sinks.back());
  }
  void deliver(const SessionTask& task, const TaskMessage& message) override {
    log.push_back("deliver " + task.id + " " + task_message_text(message));
    if (on_deliver) on_deliver(task, message);
  }
  void cancel(const SessionTask& task) override {
    log.push_back("cancel " + task.id);
    if (on_cancel) on_cancel(task);
  }
  TaskStanding reconcile(const SessionTask& task) override {
    log.push_back("reconcile " + task.id);
    return on_reconcile(task);
  }

  std::vector<std::string> log;
  std::vector<std::unique_ptr<TaskSink>> sinks;
  std::function<void(const SessionTask&, TaskSink&)> on_start;
  std::function<void(const SessionTask&, const TaskMessage&)> on_deliver;
  std::function<void(const SessionTask&)> on_cancel;
  std::function<TaskStanding(const SessionTask&)> on_reconcile = [](const SessionTask&) {
    return TaskStanding::unknown;
  };
};

/// The session tasks of a session `s1`, with an executor for the kind `work`.
class Seed004SessionTasks : public SessionTest {
 protected:
  using enum SessionTaskState;

  Seed004SessionTasks() {
    auto executor = std::make_unique<RecordingExecutor>();
    executor_ = executor.get();
    executors_.add("work", std::move(executor));
  }

  SessionTask add(const std::string& id, SessionTaskState state = SessionTaskState::running,
                  WakePolicy wake_policy = WakePolicy::silent) {
    return tasks_.create({.kind = "work", .id = id, .state = state, .wake_policy = wake_policy});
  }
  SessionTask ask(const std::string& id, const std::string& request) {
    return tasks_.update(id, 1, {.input_request = TaskInputRequest{.id = request, .prompt = "?"}});
  }
  TaskMessage say(const std::string& id, const std::string& text,
                  MessageDirection direction = MessageDirection::inbound) {
    return tasks_.post_message(id, {.direction = direction, .content = {text_part(text)}});
  }
  TaskMessage reply(const std::string& id, const std::string& request) {
    return tasks_.post_message(id, {.content = {text_part("yes")}, .in_reply_to = request});
  }
  SessionTaskState state_of(const std::string& id) const { return tasks_.get(id).state; }

  std::filesystem::path directory(const std::string& id) const {
    return session_task_directory(session(), id);
  }
  std::filesystem::path task_json(const std::string& id) const { return directory(id) / kTaskFile; }

  std::vector<Json> events() const {
    std::vector<Json> events;
    std::istringstream lines(read(events_file(session())));
    for (std::string line; std::getline(lines, line);) events.push_back(Json::parse(line));
    return events;
  }
  std::vector<std::string> event_types() const {
    std::vector<std::string> types;
    for (const Json& event : events()) types.push_back(event["type"]);
    return types;
  }
  std::vector<std::string> woken() const {
    std::vector<std::string> texts;
    for (const SessionTask& task : woken_) {
      texts.push_back(task.id + " " + std::string(to_text(task.state)));
    }
    return texts;
  }

  RecordingExecutor* executor_ = nullptr;
  TaskExecutors executors_;
  std::vector<SessionTask> woken_;
  SessionStateManager manager_ = SessionTest::create();
  SessionTaskRegistry tasks_{session(), options(),
                             [this](const SessionTask& task) { woken_.push_back(task); },
                             &executors_};
};

}  // namespace tain::testing
