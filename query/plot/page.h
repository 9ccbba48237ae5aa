#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chart.h"
#include "core/json/time.h"

namespace tain::query {

/// A report's answer as one HTML page that needs nothing else: no network, no script.
struct Page {
  const Report& report;
  std::vector<std::pair<std::string, std::string>> asked;  ///< the parameters' names and values
  const AnswerTable& answer;
  std::optional<Chart> chart;
  Timestamp at;
};

/// HTML that is also well-formed XML, with the table, the chart and the SQL.
std::string write_page(const Page& page);

}  // namespace tain::query
