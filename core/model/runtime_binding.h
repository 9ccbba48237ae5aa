#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "../json/time.h"
#include "field.h"

namespace tain {

/// Which task and session a runtime's own session is:
/// `bindings/<runtime_source>/<runtime_session_id>.json` (seed 000). The task outlives it.
struct RuntimeBinding {
  std::string runtime_source = {};
  std::string runtime_session_id = {};
  std::string task_id = {};
  std::string session_id = {};
  Timestamp created_at = {};
  Timestamp updated_at = {};
  bool operator==(const RuntimeBinding&) const = default;
};

template <>
struct Description<RuntimeBinding> {
  static constexpr std::string_view name = "runtime_binding";
  static constexpr auto fields = std::tuple{
      required("runtime_source", &RuntimeBinding::runtime_source, "the runtime's name"),
      required("runtime_session_id", &RuntimeBinding::runtime_session_id,
               "the runtime's own id of the session or thread"),
      required("task_id", &RuntimeBinding::task_id),
      required("session_id", &RuntimeBinding::session_id),
      required("created_at", &RuntimeBinding::created_at),
      optional("updated_at", &RuntimeBinding::updated_at),
  };
};

}  // namespace tain
