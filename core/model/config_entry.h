#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "../json/document.h"
#include "../json/time.h"
#include "field.h"

namespace tain {

/// One setting of a project (seed 003). `config.json` holds them all: an object with a member for
/// each, named by its key.
struct ConfigEntry {
  Json value = nullptr;
  std::optional<Timestamp> updated_at = {};
  bool operator==(const ConfigEntry&) const = default;
};

template <>
struct Description<ConfigEntry> {
  static constexpr std::string_view name = "config";
  static constexpr auto fields = std::tuple{
      optional("value", &ConfigEntry::value, "any JSON"),
      optional("updated_at", &ConfigEntry::updated_at),
  };
};

}  // namespace tain
