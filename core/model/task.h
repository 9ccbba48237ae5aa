#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../json/document.h"
#include "../json/time.h"
#include "field.h"
#include "vocabulary.h"

namespace tain {

enum class TaskStatus { pending, in_progress, blocked, waiting, completed, failed, cancelled };

template <>
struct Vocabulary<TaskStatus> {
  using enum TaskStatus;
  static constexpr auto words = std::to_array<std::pair<TaskStatus, std::string_view>>({
      {pending, "pending"},
      {in_progress, "in_progress"},
      {blocked, "blocked"},
      {waiting, "waiting"},
      {completed, "completed"},
      {failed, "failed"},
      {cancelled, "cancelled"},
  });
};

template <>
struct Lifecycle<TaskStatus> {
  using enum TaskStatus;
  static constexpr std::string_view name = "task status";
  static constexpr auto transitions = std::to_array<std::pair<TaskStatus, TaskStatus>>({
      {pending, in_progress},
      {pending, cancelled},
      {in_progress, completed},
      {in_progress, blocked},
      {in_progress, waiting},
      {in_progress, failed},
      {in_progress, cancelled},
      {blocked, in_progress},
      {blocked, completed},
      {blocked, failed},
      {blocked, cancelled},
      {waiting, in_progress},
      {waiting, completed},
      {waiting, failed},
      {waiting, cancelled},
      {failed, in_progress},
  });
};

enum class TaskPriority { low, medium, high, urgent };

template <>
struct Vocabulary<TaskPriority> {
  using enum TaskPriority;
  static constexpr auto words = std::to_array<std::pair<TaskPriority, std::string_view>>({
      {low, "low"},
      {medium, "medium"},
      {high, "high"},
      {urgent, "urgent"},
  });
};

/// A background task was started by a session of another task (seed 000).
enum class TaskKind { primary, background };

template <>
struct Vocabulary<TaskKind> {
  using enum TaskKind;
  static constexpr auto words = std::to_array<std::pair<TaskKind, std::string_view>>({
      {primary, "primary"},
      {background, "background"},
  });
};

/// What an agent that works on the task is started with (seed 003).
struct InputContext {
  std::optional<std::string> working_dir = {};
  Json env_overrides = Json::object();
  Json args = Json::object();
  std::optional<std::string> prompt_additions = {};
  bool operator==(const InputContext&) const = default;
};

/// One goal of a user, or a part of one: `tasks/<id>/task.json` (seeds 000, 001, 003).
///
/// Its history is in `events.jsonl` beside it, so that a save costs the same however long that is.
struct Task {
  std::string id;
  std::string project_id;
  std::optional<std::string> owner_id;
  std::optional<std::string> parent_id;
  std::string title;
  std::string slug;
  std::optional<std::string> description;
  std::optional<std::string> initial_prompt;
  TaskStatus status = TaskStatus::pending;
  TaskPriority priority = TaskPriority::medium;
  std::int64_t sort_order = 0;
  TaskKind kind = TaskKind::primary;
  std::optional<std::string> parent_session_id;
  std::optional<std::string> background_task_id;
  std::optional<std::string> runtime_source;
  std::optional<std::string> assignee_agent_id;
  InputContext input_context;
  std::optional<Timestamp> due_at;
  std::vector<std::string> session_ids;
  std::vector<std::string> skill_ids;
  std::vector<std::string> agent_ids;
  std::vector<std::string> dependencies;
  Timestamp created_at;
  Timestamp updated_at;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> completed_at;
  bool operator==(const Task&) const = default;
};

template <>
struct Description<InputContext> {
  static constexpr auto fields = std::tuple{
      optional("working_dir", &InputContext::working_dir),
      optional("env_overrides", &InputContext::env_overrides, "name → value"),
      optional("args", &InputContext::args),
      optional("prompt_additions", &InputContext::prompt_additions),
  };
};

template <>
struct Description<Task> {
  static constexpr std::string_view name = "task";
  static constexpr auto fields = std::tuple{
      required("id", &Task::id),
      required("project_id", &Task::project_id),
      optional("owner_id", &Task::owner_id, "the person whose task it is"),
      optional("parent_id", &Task::parent_id, "the task that it is a part of"),
      required("title", &Task::title),
      optional("slug", &Task::slug, "the title as it was first, fit for a file name or a branch"),
      optional("description", &Task::description),
      optional("initial_prompt", &Task::initial_prompt, "what the user asked for, verbatim"),
      required("status", &Task::status),
      optional("priority", &Task::priority),
      optional("sort_order", &Task::sort_order, "its place among its status; gaps of 1000"),
      optional("kind", &Task::kind),
      optional("parent_session_id", &Task::parent_session_id,
               "the session that started a background task"),
      optional("background_task_id", &Task::background_task_id,
               "the id that the runtime gave to the background work"),
      optional("runtime_source", &Task::runtime_source, "the runtime that it came from"),
      optional("assignee_agent_id", &Task::assignee_agent_id),
      nested("input_context", &Task::input_context, "input_context_"),
      optional("due_at", &Task::due_at),
      optional("session_ids", &Task::session_ids, "the sessions that worked on it"),
      optional("skill_ids", &Task::skill_ids),
      optional("agent_ids", &Task::agent_ids),
      optional("dependencies", &Task::dependencies, "the tasks that must be completed before it"),
      required("created_at", &Task::created_at),
      optional("updated_at", &Task::updated_at),
      optional("started_at", &Task::started_at, "when it was first in progress"),
      optional("completed_at", &Task::completed_at),
  };
};

/// Distance between the `sort_order` of neighbours when they are made, so that a task can be moved
/// between two others without touching them (seed 003).
inline constexpr std::int64_t kSortOrderGap = 1000;

/// The title in lower-case ASCII letters and digits, with a dash for whatever stands between them;
/// at most 60 characters, "task" when none is left.
std::string slug_of(std::string_view title);

/// What a list shows for the task (seed 000): the first line of its title; or of its initial prompt
/// where the title says nothing ("Untitled", "New task"). Cut to 80 characters. Never stored.
std::string display_title(const Task& task);

/// Whether nothing more is expected of a task: completed, failed or cancelled.
constexpr bool is_over(TaskStatus status) {
  return status == TaskStatus::completed || status == TaskStatus::failed ||
         status == TaskStatus::cancelled;
}

}  // namespace tain
