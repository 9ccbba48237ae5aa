// The part of SessionTaskRegistry that keeps `messages.jsonl`.

#include <utility>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "session_task_calls.h"
#include "session_tasks.h"

namespace tain {
namespace {

void require_valid(const MessagePart& part) {
  const bool has_data = part.data && !part.data->is_null();
  if (part.text.has_value() == (part.type == PartType::text) &&
      has_data == (part.type == PartType::data) &&
      part.path.has_value() == (part.type == PartType::file)) {
    return;
  }
  std::string found = std::string(to_text(part.type)) + " with";
  if (part.text) found += " text";
  if (has_data) found += " data";
  if (part.path) found += " path";
  throw InvalidArgument("part of a task message",
                        "text with text, data with data that is not null, or file with path",
                        found);
}

void require_valid(const NewTaskMessage& fresh) {
  if (fresh.content.empty()) {
    throw InvalidArgument("content of a task message", "one part or more", "none");
  }
  for (const MessagePart& part : fresh.content) require_valid(part);
}

void require_pending(const LockedSessionTask& locked, const std::string& request) {
  const std::optional<std::string>& pending = locked.task().input_request.id;
  if (pending == request) return;
  throw NotFoundError("reply to", locked.path(),
                      "task " + locked.task().id + " does not wait for input " + request +
                          (pending ? ", but for " + *pending : ", nor for any other"));
}

TaskMessage new_message(const NewTaskMessage& fresh, std::string_view task_id, Timestamp time) {
  return {.id = make_id("tmsg", time),
          .task_id = std::string(task_id),
          .direction = fresh.direction,
          .content = fresh.content,
          .in_reply_to = fresh.in_reply_to,
          .created_at = time};
}

}  // namespace

std::string task_message_text(const TaskMessage& message) {
  std::string text;
  for (const MessagePart& part : message.content) {
    const std::optional<std::string>& line = part.type == PartType::file ? part.path : part.text;
    if (part.type == PartType::data || !line) continue;
    text.append(text.empty() ? "" : "\n").append(*line);
  }
  return text;
}

TaskMessage SessionTaskRegistry::post_message(std::string_view id, const NewTaskMessage& fresh) {
  require_valid(fresh);
  const bool inbound = fresh.direction == MessageDirection::inbound;
  const bool reply = inbound && fresh.in_reply_to;
  TaskMessage message;
  const TaskChange done = change(id, [&](LockedSessionTask& locked) {
    if (fresh.attempt) locked.require_attempt(*fresh.attempt);
    if (reply) require_pending(locked, *fresh.in_reply_to);
    message = new_message(fresh, id, place_.options.clock());
    // The message first: a crash in between leaves a question that can be answered again, not a
    // task that goes on without its answer.
    locked.append(message);
    if (reply) locked.apply({.state = SessionTaskState::running});
  });
  if (inbound) deliver(done.after, message);
  settle(done);
  return message;
}

std::vector<TaskMessage> SessionTaskRegistry::messages(std::string_view id) const {
  get(id);  // so that a task that is not there has no messages, rather than none yet
  return read_task_messages(*place_.options.file_system,
                            session_task_file(place_, id).parent_path() / kMessagesFile);
}

void SessionTaskRegistry::deliver(const SessionTask& task, const TaskMessage& message) {
  TaskExecutor* executor = find_executor(task);
  const bool started = task.state != SessionTaskState::queued && !is_terminal(task.state);
  if (executor == nullptr || !started) return;
  if (const auto failure = failure_of([&] { executor->deliver(task, message); })) {
    note_failure(task.id, "delivering " + message.id, *failure);
  }
}

}  // namespace tain
