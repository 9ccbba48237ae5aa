#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "../json/document.h"
#include "../json/time.h"
#include "field.h"

namespace tain {

/// A process that claims executions: `workers/<worker_id>.json` (seed 003).
struct Worker {
  std::string worker_id = {};
  Timestamp last_seen_at = {};
  std::int64_t current_executions = 0;
  Json metadata = Json::object();
  bool operator==(const Worker&) const = default;
};

template <>
struct Description<Worker> {
  static constexpr std::string_view name = "worker";
  static constexpr auto fields = std::tuple{
      required("worker_id", &Worker::worker_id),
      required("last_seen_at", &Worker::last_seen_at),
      optional("current_executions", &Worker::current_executions),
      optional("metadata", &Worker::metadata),
  };
};

}  // namespace tain
