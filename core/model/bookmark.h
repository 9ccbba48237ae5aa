#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "../json/document.h"
#include "../json/time.h"
#include "field.h"

namespace tain {

/// A task, or one of its events, kept to be found again: `bookmarks/<id>.json` (seed 000).
struct Bookmark {
  std::string id = {};
  std::string task_id = {};
  std::optional<std::string> event_id = {};
  std::string kind = {};
  std::string title = {};
  std::optional<std::string> note = {};
  Json metadata = Json::object();
  Timestamp created_at = {};
  Timestamp updated_at = {};
  bool operator==(const Bookmark&) const = default;
};

template <>
struct Description<Bookmark> {
  static constexpr std::string_view name = "bookmark";
  static constexpr auto fields = std::tuple{
      required("id", &Bookmark::id),
      required("task_id", &Bookmark::task_id),
      optional("event_id", &Bookmark::event_id),
      optional("kind", &Bookmark::kind, "task, event, or a word of the user's"),
      optional("title", &Bookmark::title),
      optional("note", &Bookmark::note),
      optional("metadata", &Bookmark::metadata),
      required("created_at", &Bookmark::created_at),
      optional("updated_at", &Bookmark::updated_at),
  };
};

}  // namespace tain
