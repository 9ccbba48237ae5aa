#pragma once

#include <vector>

#include "core/json/time.h"
#include "query/sql/read_only.h"
#include "report.h"

namespace tain::query {

/// Puts in place of each project among `values`, one for each of the report's parameters, what its
/// SQL can test: an id and a name stay as they are, and of a project's directory, or one in it, it
/// is the id, or the root where the id means others too. Throws NotFoundError for what the mirror
/// does not have.
void find_projects(const sqlite::Database& database, const Report& report,
                   std::vector<ReportValue>& values);

/// Binds `values` and `:now`. They must live as long as the query. Throws Error where the SQL and
/// the header do not name the same parameters.
void bind_report(ReadOnlyQuery& query, const Report& report, const std::vector<ReportValue>& values,
                 Timestamp now);

}  // namespace tain::query
