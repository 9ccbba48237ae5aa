#pragma once

#include <vector>

#include "core/json/time.h"
#include "query/sql/read_only.h"
#include "report.h"

namespace tain::query {

/// Binds `values`, one for each of the report's parameters, and `:now`. They must live as long as
/// the query. Throws Error where the SQL and the header do not name the same parameters,
/// NotFoundError for a project that the mirror does not have.
void bind_report(const sqlite::Database& database, ReadOnlyQuery& query, const Report& report,
                 const std::vector<ReportValue>& values, Timestamp now);

}  // namespace tain::query
