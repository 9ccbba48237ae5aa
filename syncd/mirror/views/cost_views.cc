// What was spent. A file, a line or a whole directory may stand twice; a run and a message cost
// what they cost once.

#include <array>

#include "views.h"

namespace tain::mirror {
namespace {

constexpr auto kTokens = std::to_array<std::string_view>(
    {"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"});

// `text` with every "?" replaced by `with`.
std::string fill(std::string_view text, std::string_view with) {
  std::string filled;
  for (const char c : text) c == '?' ? filled.append(with) : filled.append(1, c);
  return filled;
}

// Whether a row says anything of usage. The indexes `events_of_usage…` have the same condition.
std::string has_usage(std::string_view table) {
  return fill(
      "coalesce(?.input_tokens, ?.output_tokens, ?.cache_read_tokens, ?.cache_write_tokens, "
      "?.cost_usd) IS NOT NULL",
      table);
}

// How much it says; of two copies the one that says more is the later one, for usage only grows.
std::string amount(std::string_view table) {
  return fill(
      "coalesce(?.input_tokens, 0) + coalesce(?.output_tokens, 0) + "
      "coalesce(?.cache_read_tokens, 0) + coalesce(?.cache_write_tokens, 0), "
      "coalesce(?.cost_usd, 0), ?.file_id",
      table);
}

std::string columns(std::string_view table) {
  return fill(
      "?.input_tokens, ?.output_tokens, ?.cache_read_tokens, ?.cache_write_tokens, ?.cost_usd",
      table);
}

std::string usage_of_runs() {
  return "SELECT coalesce(r.started_at, r.created_at) AS at, r.model, r.file_id, r.project_key, "
         "r.session_id, r.id AS agent_run_id, " +
         columns("r") + "\nFROM agent_runs r\nWHERE " + has_usage("r") +
         "\n  AND NOT EXISTS (SELECT 1 FROM agent_runs o WHERE o.session_id IS r.session_id "
         "AND o.id = r.id AND o.project_key = r.project_key AND (" +
         amount("o") + ") > (" + amount("r") + "))";
}

// The run that an event names is that of its own session; one of another session only where its own
// has none of that name.
std::string usage_of_events() {
  return "SELECT e.at, coalesce(e.model, (SELECT r.model FROM agent_runs r WHERE "
         "r.session_id IS e.session_id AND r.id = e.agent_run_id AND "
         "r.project_key = e.project_key ORDER BY r.file_id LIMIT 1)), e.file_id, e.project_key, "
         "e.session_id, e.agent_run_id, " +
         columns("e") + "\nFROM events e\nWHERE " + has_usage("e") +
         "\n  AND NOT EXISTS (SELECT 1 FROM events o WHERE o.id = e.id "
         "AND o.project_key = e.project_key AND " +
         has_usage("o") + " AND (" + amount("o") + ", o.line_offset) > (" + amount("e") +
         ", e.line_offset))"
         "\n  AND NOT EXISTS (SELECT 1 FROM agent_runs r WHERE r.id = e.agent_run_id "
         "AND r.project_key = e.project_key AND " +
         has_usage("r") +
         " AND (r.session_id IS e.session_id OR NOT EXISTS (SELECT 1 FROM agent_runs own "
         "WHERE own.session_id = e.session_id AND own.id = e.agent_run_id "
         "AND own.project_key = e.project_key)))";
}

// The sums of `usage u` for each `group`, as a window: of a group that is asked for alone, SQLite
// then looks at that alone, which it does not for GROUP BY over a view of two parts. What nobody
// knows is NULL. Not sum() for tokens: that throws where a hostile number makes it overflow, and
// total() does not.
std::string sums(std::string_view group) {
  const std::string window = fill(" OVER (PARTITION BY ?)", group);
  std::string sql;
  for (const std::string_view column : kTokens) {
    sql += fill("CASE WHEN count(u.?)", column) + window + " > 0 THEN CAST(total(" +
           fill("u.?)", column) + window + fill(" AS INTEGER) END AS ?, ", column);
  }
  return sql + "sum(u.cost_usd)" + window + " AS cost_usd";
}

}  // namespace

std::string create_cost_views() {
  return "\nCREATE VIEW usage AS\n" + usage_of_runs() + "\nUNION ALL\n" + usage_of_events() +
         ";\n\nCREATE VIEW session_costs AS\nSELECT DISTINCT p.name AS project, u.session_id, "
         "(SELECT s.topic FROM sessions s WHERE s.session_id = u.session_id "
         "AND s.project_key = u.project_key ORDER BY s.file_id LIMIT 1) AS topic, " +
         sums("u.project_key, u.session_id") +
         ", u.project_key\nFROM usage u JOIN projects p USING (project_key)\n"
         "WHERE u.session_id IS NOT NULL;\n"
         "\nCREATE VIEW project_costs AS\nSELECT DISTINCT p.name AS project, " +
         sums("u.project_key") +
         ", u.project_key\nFROM usage u JOIN projects p USING (project_key);\n";
}

}  // namespace tain::mirror
