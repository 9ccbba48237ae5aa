// What was spent. A file, a line or a whole directory may stand twice; a run and a message cost
// what they cost once.

#include <array>

#include "concat.h"
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

// How much it says: of two copies the one that says more is the later one, for usage only grows. Of
// two that say the same it is the first that counts, which SQLite meets first: a log of nothing but
// copies is read in linear time.
std::string amount(std::string_view table) {
  return fill(
      "coalesce(?.input_tokens, 0) + coalesce(?.output_tokens, 0) + "
      "coalesce(?.cache_read_tokens, 0) + coalesce(?.cache_write_tokens, 0), "
      "coalesce(?.cost_usd, 0), -?.file_id",
      table);
}

std::string columns(std::string_view table) {
  return fill(
      "?.input_tokens, ?.output_tokens, ?.cache_read_tokens, ?.cache_write_tokens, ?.cost_usd",
      table);
}

std::string usage_of_runs() {
  return concat(
      "SELECT coalesce(r.started_at, r.created_at) AS at, r.model, r.file_id, "
      "r.project_key, r.session_id, r.id AS agent_run_id, ",
      columns("r"), "\nFROM agent_runs r\nWHERE ", has_usage("r"),
      "\n  AND NOT EXISTS (SELECT 1 FROM agent_runs o WHERE o.session_id IS r.session_id "
      "AND o.id = r.id AND o.project_key = r.project_key AND (",
      amount("o"), ") > (", amount("r"), "))");
}

// The runs that event `e` may mean.
constexpr std::string_view kRunOfItsSession =
    "SELECT r.model FROM agent_runs r WHERE r.session_id IS e.session_id AND r.id = e.agent_run_id "
    "AND r.project_key = e.project_key";
constexpr std::string_view kRunOfItsProject =
    "SELECT 1 FROM agent_runs r WHERE r.id = e.agent_run_id AND r.project_key = e.project_key";

// Events that are no detail of a run which carries usage. The run that an event names is that of
// its own session; one of another session only where its own has none of that name.
std::string usage_of_events() {
  const std::string with_usage = " AND " + has_usage("r");
  return concat("SELECT e.at, coalesce(e.model, (", kRunOfItsSession,
                " ORDER BY r.file_id LIMIT 1)) AS model, e.file_id, e.project_key, e.session_id, "
                "e.agent_run_id, ",
                columns("e"), "\nFROM events e\nWHERE ", has_usage("e"),
                "\n  AND NOT EXISTS (SELECT 1 FROM events o WHERE o.id = e.id "
                "AND o.project_key = e.project_key AND ",
                has_usage("o"), " AND (", amount("o"), ", -o.line_offset) > (", amount("e"),
                ", -e.line_offset))\n  AND NOT EXISTS (", kRunOfItsSession, with_usage,
                ")\n  AND (EXISTS (", kRunOfItsSession, ") OR NOT EXISTS (", kRunOfItsProject,
                with_usage, "))");
}

// Which tokens have the price of those beyond 200,000 of a message.
enum class Beyond { none, of_message, of_sums };

// What a message costs by its price `p`, where ? is the message, or the sums of some. It is
// computed when somebody asks, so that other prices need no other mirror.
std::string cost(std::string_view of_messages, Beyond beyond) {
  struct Kind {
    std::string_view tokens;
    std::string_view rate;
  };
  constexpr auto kKinds = std::to_array<Kind>({
      {"?.input_tokens", "input"},
      {"?.output_tokens", "output"},
      {"?.cache_read_tokens", "cache_read"},
      {"(?.cache_write_tokens - ?.cache_write_1h_tokens)", "cache_write"},
      {"?.cache_write_1h_tokens", "cache_write_1h"},
  });
  std::string sum;
  for (const Kind& kind : kKinds) {
    const std::string tokens = fill(kind.tokens, of_messages);
    sum += concat(sum.empty() ? "(" : "\n  + ", tokens, " * p.", kind.rate);
    if (beyond == Beyond::none) continue;
    sum += concat(" + ",
                  beyond == Beyond::of_sums ? concat(of_messages, ".long_", kind.rate, "_tokens")
                                            : concat("max(", tokens, " - 200000, 0)"),
                  " * (p.beyond_", kind.rate, " - p.", kind.rate, ")");
  }
  return sum + ") / 1e6";
}

// Nearly every message is so short that nothing of it is beyond: to say so saves those who add up
// all of them a quarter of the time.
std::string cost_of_message() {
  return concat(
      "CASE WHEN m.input_tokens + m.output_tokens + m.cache_read_tokens + m.cache_write_tokens "
      "<= 200000\n  THEN ",
      cost("m", Beyond::none), "\n  ELSE ", cost("m", Beyond::of_message), " END");
}

std::string usage_of_messages() {
  return concat(
      "SELECT m.at, m.model, m.file_id, m.project_key, m.session_id, m.agent_run_id, "
      "m.input_tokens, m.output_tokens, m.cache_read_tokens, m.cache_write_tokens, "
      "coalesce(m.cost_usd, ",
      cost_of_message(),
      ")\nFROM message_usage m LEFT JOIN model_prices p ON p.model = m.model AND p.is_long = "
      "(m.input_tokens + m.cache_read_tokens + m.cache_write_tokens > 272000)\n"
      "WHERE m.standing = 2");
}

// The same by day. Of runs and events, of which there are few, each row is there; what messages
// took has been added up by the writer.
std::string daily_usage() {
  const auto singly = [](const std::string& rows) {
    return concat(
        "SELECT date(at / 1000, 'unixepoch'), model, file_id, project_key, session_id, "
        "agent_run_id, 1, input_tokens, output_tokens, cache_read_tokens, "
        "cache_write_tokens, cost_usd FROM (\n",
        rows, ")");
  };
  return concat(
      "SELECT nullif(d.day, '') AS day, nullif(d.model, '') AS model, d.file_id, d.project_key, "
      "nullif(d.session_id, '') AS session_id, nullif(d.agent_run_id, '') AS agent_run_id, "
      "d.messages, d.input_tokens, d.output_tokens, d.cache_read_tokens, d.cache_write_tokens, "
      "CASE WHEN d.has_cost THEN d.cost_nano_usd / 1e9 ELSE ",
      cost("d", Beyond::of_sums),
      " END AS cost_usd\nFROM usage_days d LEFT JOIN model_prices p ON p.model = d.model AND "
      "p.is_long = d.is_long\nUNION ALL\n",
      singly(usage_of_runs()), "\nUNION ALL\n", singly(usage_of_events()));
}

// The sums of `daily_usage u` for each `group`, as a window: of a group that is asked for alone,
// SQLite then looks at that alone, which it does not for GROUP BY over a view of two parts. What
// nobody knows is NULL. Not sum() for tokens: that throws where a hostile number makes it overflow,
// and total() does not.
std::string sums(std::string_view group) {
  const std::string window = fill(" OVER (PARTITION BY ?)", group);
  std::string sql;
  for (const std::string_view column : kTokens) {
    sql += concat(fill("CASE WHEN count(u.?)", column), window,
                  fill(" > 0 THEN CAST(total(u.?)", column), window,
                  fill(" AS INTEGER) END AS ?, ", column));
  }
  return sql + "sum(u.cost_usd)" + window + " AS cost_usd";
}

}  // namespace

std::string create_cost_views() {
  return concat("\nCREATE VIEW usage AS\n", usage_of_runs(), "\nUNION ALL\n", usage_of_events(),
                "\nUNION ALL\n", usage_of_messages(), ";\n\nCREATE VIEW daily_usage AS\n",
                daily_usage(),
                ";\n\nCREATE VIEW session_costs AS\nSELECT DISTINCT p.name AS project, "
                "u.session_id, (SELECT s.topic FROM sessions s WHERE s.session_id = u.session_id "
                "AND s.project_key = u.project_key ORDER BY s.file_id LIMIT 1) AS topic, ",
                sums("u.project_key, u.session_id"),
                ", u.project_key\nFROM daily_usage u JOIN projects p USING (project_key)\n"
                "WHERE u.session_id IS NOT NULL;\n"
                "\nCREATE VIEW project_costs AS\nSELECT DISTINCT p.name AS project, ",
                sums("u.project_key"),
                ", u.project_key\nFROM daily_usage u JOIN projects p USING (project_key);\n");
}

}  // namespace tain::mirror
