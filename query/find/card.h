#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "query/list/listed_entity.h"
#include "thing.h"

namespace tain::query {

/// A column of the thing's row.
struct CardField {
  std::string name;
  ColumnType type = ColumnType::text;
  Cell value;
};

/// What a list inside of it says, such as a decision or a commit.
struct CardNote {
  std::string kind;
  std::string text;
};

/// Another thing that it has to do with.
struct CardLink {
  std::string relation;  ///< what the other one is to it: "parent", "session"
  std::string kind;      ///< "task"
  std::string id;
  std::string title;   ///< empty where it has none, or does not exist
  std::string status;  ///< likewise
};

/// What the mirror has about one thing.
struct Card {
  std::vector<CardField> fields;
  std::vector<CardNote> notes;
  std::vector<CardLink> links;
  /// Why a long text that the mirror left in the file could not be read there.
  std::optional<std::string> trouble;
};

/// Reads it, and what the mirror left in the thing's file, from there. Throws DatabaseError.
Card read_card(const sqlite::Database& database, const Thing& thing);

}  // namespace tain::query
