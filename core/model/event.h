#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../json/document.h"
#include "../json/time.h"
#include "classification.h"
#include "field.h"
#include "lane.h"
#include "usage.h"
#include "vocabulary.h"

namespace tain {

enum class ActorType { user, agent, system };

template <>
struct Vocabulary<ActorType> {
  using enum ActorType;
  static constexpr auto words = std::to_array<std::pair<ActorType, std::string_view>>({
      {user, "user"},
      {agent, "agent"},
      {system, "system"},
  });
};

struct Actor {
  std::optional<ActorType> type = {};
  std::optional<std::string> id = {};
  bool operator==(const Actor&) const = default;
};

template <>
struct Description<Actor> {
  static constexpr auto fields = std::tuple{
      optional("type", &Actor::type),
      optional("id", &Actor::id, "whose id, type says"),
  };
};

/// An event may say which model the tokens were spent on.
struct EventUsage : Usage {
  std::optional<std::string> model = {};
  bool operator==(const EventUsage&) const = default;
};

template <>
struct Description<EventUsage> {
  static constexpr auto fields =
      std::tuple_cat(std::tuple{optional("model", &EventUsage::model,
                                         "the language model that the tokens were spent on")},
                     Description<Usage>::fields);
};

/// One line of an `events.jsonl`: something that happened. Only ever appended.
///
/// `type` is free-form; what is well known, and its lane, stands in classification.cc.
struct Event {
  std::string id = {};
  Timestamp at = {};
  std::string type = {};
  std::optional<std::string> task_id = {};
  std::optional<std::string> session_id = {};
  std::optional<std::string> agent_run_id = {};
  Actor actor = {};
  std::optional<Lane> lane = {};
  std::optional<std::string> title = {};
  std::optional<std::string> body = {};
  std::optional<std::string> message = {};
  std::optional<Classification> classification = {};
  std::optional<Json> metadata = {};
  EventUsage usage = {};
  std::optional<Json> data = {};
  bool operator==(const Event&) const = default;
};

template <>
struct Description<Event> {
  static constexpr std::string_view name = "event";
  static constexpr auto fields = std::tuple{
      required("id", &Event::id),
      required("at", &Event::at, "when it happened"),
      required("type", &Event::type,
               "session_started, milestone, task.start, tool.used, …: any word"),
      optional("task_id", &Event::task_id),
      optional("session_id", &Event::session_id),
      optional("agent_run_id", &Event::agent_run_id),
      nested("actor", &Event::actor, "actor_", "who did it"),
      optional("lane", &Event::lane, "where a timeline shows it"),
      optional("title", &Event::title),
      optional("body", &Event::body, "the long text below the title"),
      optional("message", &Event::message, "a line of a log"),
      optional("classification", &Event::classification, "why it is in its lane"),
      optional("metadata", &Event::metadata, "relation_type, question_phase, todo_state, …"),
      nested("usage", &Event::usage),
      optional("data", &Event::data, "any JSON, as its type has it"),
  };
};

}  // namespace tain
