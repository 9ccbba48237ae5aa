#pragma once

#include <string>
#include <string_view>

namespace tain::mirror {

// The questions that the mirror exists for (DOMAIN: tables and views). Columns ending in `_at`, and
// `at`, are UTC milliseconds; a view gives a time to read under a name without `_at`.
//
// A copied file is two rows of one id, which `anomalies` shows; every other view counts a run, a
// message and a task once all the same.

std::string create_cost_views();
std::string_view create_session_views();
std::string create_task_views();
std::string create_anomaly_views();

}  // namespace tain::mirror
