#pragma once

#include "card.h"
#include "query/print/io.h"
#include "task_nodes.h"

namespace tain::query {

/// An event of the thing's history.
struct CardEvent {
  std::int64_t at = 0;  ///< UTC ms
  std::string type;
  std::string text;
  std::string id;
  std::string session_id;
};

/// All that is shown of a thing.
struct Shown {
  Thing thing;
  Card card;
  std::vector<TaskNode> tree;  ///< of a task that has parts
  std::vector<CardEvent> events;
};

/// For people. What is empty is left out.
void print_card(const Shown& shown, const Io& io);
/// For programs: `{"entity", "id", "project", "path", "fields", "notes", "links", "tree",
/// "events"}`.
Json card_json(const Shown& shown);

}  // namespace tain::query
