#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "conditions.h"
#include "core/model/agent.h"
#include "core/model/agent_run.h"
#include "core/model/bookmark.h"
#include "core/model/evaluation.h"
#include "core/model/event.h"
#include "core/model/execution.h"
#include "core/model/project.h"
#include "core/model/runtime_binding.h"
#include "core/model/session.h"
#include "core/model/session_task.h"
#include "core/model/task.h"
#include "core/model/worker.h"

namespace tain::query {

/// Where the mirror has the rows of an entity, and in which order a list has them.
struct Listing {
  std::string_view table;
  std::string_view order;
  /// Lines of logs: a line's long texts may have been left in the file.
  bool has_left_in_file = false;
};

/// One line an entity: what has one can be listed.
template <class E>
struct ListingOf;
template <>
struct ListingOf<Project> {
  static constexpr Listing value{"projects", "t.created_at, t.id"};
};
template <>
struct ListingOf<Session> {
  static constexpr Listing value{"sessions", "t.created_at, t.session_id"};
};
template <>
struct ListingOf<Task> {
  static constexpr Listing value{"tasks", "t.sort_order, t.created_at, t.id"};
};
template <>
struct ListingOf<AgentRun> {
  static constexpr Listing value{"agent_runs", "t.created_at, t.id"};
};
template <>
struct ListingOf<Event> {
  static constexpr Listing value{"events", "t.at, t.id", true};
};
template <>
struct ListingOf<Execution> {
  static constexpr Listing value{"executions", "t.created_at, t.id"};
};
template <>
struct ListingOf<Agent> {
  static constexpr Listing value{"agents", "t.slug, t.id"};
};
template <>
struct ListingOf<SessionTask> {
  static constexpr Listing value{"session_tasks", "t.created_at, t.id"};
};
template <>
struct ListingOf<TaskMessage> {
  static constexpr Listing value{"session_task_messages", "t.created_at, t.id", true};
};
template <>
struct ListingOf<RuntimeBinding> {
  static constexpr Listing value{"runtime_bindings", "t.runtime_source, t.runtime_session_id"};
};
template <>
struct ListingOf<Bookmark> {
  static constexpr Listing value{"bookmarks", "t.created_at, t.id"};
};
template <>
struct ListingOf<Evaluation> {
  static constexpr Listing value{"evaluations", "t.evaluated_at, t.task_id"};
};
template <>
struct ListingOf<Worker> {
  static constexpr Listing value{"workers", "t.worker_id"};
};

/// Which rows of an entity a list has: all that every member that is given allows. `project` is a
/// project's id or its name.
template <class E>
struct Filter {
  std::optional<std::string> project = {};

  void add_to(Conditions& rows) const { rows.of_project(project); }
};

template <>
struct Filter<Session> {
  std::optional<std::string> project = {};
  std::optional<SessionStatus> status = {};
  std::optional<Phase> phase = {};
  std::optional<bool> active = {};              ///< neither completed, failed nor cancelled
  std::optional<std::string> task = {};         ///< the id of a task that it works on
  std::optional<Timestamp> created_since = {};  ///< at this time or later
  std::optional<Timestamp> updated_since = {};  ///< the same

  void add_to(Conditions& rows) const {
    rows.of_project(project);
    rows.equal("status", status);
    rows.equal("current_phase", phase);
    rows.holds("t.status NOT IN ('completed', 'failed', 'cancelled')", active);
    rows.linked("session_task_ids", "task_id", task);
    rows.since("created_at", created_since);
    rows.since("updated_at", updated_since);
  }
};

template <>
struct Filter<Task> {
  std::optional<std::string> project = {};
  std::optional<TaskStatus> status = {};
  std::optional<bool> has_parent = {};       ///< is a part of another task
  std::optional<std::string> parent = {};    ///< the id of that one
  std::optional<std::string> session = {};   ///< the id of a session that worked on it
  std::optional<std::string> assignee = {};  ///< the id of an agent
  std::optional<TaskKind> kind = {};
  std::optional<Timestamp> updated_since = {};

  void add_to(Conditions& rows) const {
    rows.of_project(project);
    rows.equal("status", status);
    rows.equal("kind", kind);
    rows.holds("t.parent_id IS NOT NULL", has_parent);
    rows.equal("parent_id", parent);
    rows.linked("task_sessions", "session_id", session);
    rows.equal("assignee_agent_id", assignee);
    rows.since("updated_at", updated_since);
  }
};

template <>
struct Filter<AgentRun> {
  std::optional<std::string> project = {};
  std::optional<std::string> session = {};  ///< the id of its session
  std::optional<AgentRunStatus> status = {};
  std::optional<std::string> agent_type = {};
  std::optional<std::string> model = {};
  std::optional<Timestamp> created_since = {};

  void add_to(Conditions& rows) const {
    rows.of_project(project);
    rows.equal("session_id", session);
    rows.equal("status", status);
    rows.equal("agent_type", agent_type);
    rows.equal("model", model);
    rows.since("created_at", created_since);
  }
};

template <>
struct Filter<Event> {
  std::optional<std::string> project = {};
  std::optional<std::string> session = {};  ///< the id of its session
  std::optional<std::string> task = {};     ///< the id of its task
  std::optional<std::string> run = {};      ///< the id of its agent run
  std::optional<std::string> type = {};
  std::optional<Lane> lane = {};
  std::optional<Timestamp> since = {};   ///< at this time or later
  std::optional<Timestamp> before = {};  ///< earlier than this

  void add_to(Conditions& rows) const {
    rows.of_project(project);
    rows.equal("session_id", session);
    rows.equal("task_id", task);
    rows.equal("agent_run_id", run);
    rows.equal("type", type);
    rows.equal("lane", lane);
    rows.since("at", since);
    rows.before("at", before);
  }
};

template <>
struct Filter<Execution> {
  std::optional<std::string> project = {};
  std::optional<std::string> task = {};    ///< the id of its task
  std::optional<std::string> agent = {};   ///< the id of its agent
  std::optional<std::string> worker = {};  ///< the id of the worker that claimed it
  std::optional<ExecutionStatus> status = {};
  std::optional<Timestamp> created_since = {};

  void add_to(Conditions& rows) const {
    rows.of_project(project);
    rows.equal("task_id", task);
    rows.equal("agent_id", agent);
    rows.equal("worker_id", worker);
    rows.equal("status", status);
    rows.since("created_at", created_since);
  }
};

template <>
struct Filter<Agent> {
  std::optional<std::string> project = {};
  std::optional<AgentKind> kind = {};
  std::optional<bool> is_active = {};

  void add_to(Conditions& rows) const {
    rows.of_project(project);
    rows.equal("kind", kind);
    rows.equal("is_active", is_active);
  }
};

template <>
struct Filter<SessionTask> {
  std::optional<std::string> project = {};
  std::optional<std::string> session = {};  ///< the id of its session
  std::optional<SessionTaskState> state = {};

  void add_to(Conditions& rows) const {
    rows.of_project(project);
    rows.equal("session_id", session);
    rows.equal("state", state);
  }
};

}  // namespace tain::query
