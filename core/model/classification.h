#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "field.h"
#include "lane.h"

namespace tain {

struct Event;

/// Where an event belongs in a timeline, and why (seed 000).
struct Classification {
  std::optional<Lane> lane = {};
  std::vector<std::string> tags = {};
  std::vector<std::string> matches = {};
  bool operator==(const Classification&) const = default;
};

template <>
struct Description<Classification> {
  static constexpr auto fields = std::tuple{
      optional("lane", &Classification::lane),
      optional("tags", &Classification::tags),
      optional("matches", &Classification::matches, "the rules that decided"),
  };
};

/// The lane of events of a well-known `type`; nothing for any other type.
std::optional<Lane> default_lane(std::string_view type);

/// Classifies `event`: by what its metadata says of questions and todos, else by the tool that it
/// used, else by its type. Nothing where no rule knows it.
std::optional<Classification> classify(const Event& event);

}  // namespace tain
