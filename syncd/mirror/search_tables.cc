// Full-text search.
//
// The index of a table is an FTS5 table with external content: it stores words and where they
// stand, and reads texts from the table itself. It equals the rows after every transaction: a
// deletion or a change takes effect at once, through a trigger, because FTS5 has to be told the old
// words; what the writer inserts it notes in `unindexed`, and indexes together before it commits.
// To index each row by a trigger lost: every file is applied inside a savepoint, at each of which
// FTS5 writes out what it holds: 15 s instead of 3 s for the events of 10,000 sessions, 20 each. So
// did to note each row by a trigger: a statement with a trigger keeps a journal of its own, with
// which the mirror of those sessions took 20 s instead of 10.
//
// detail=full, because a name such as `foo-bar` is a phrase of two words; columnsize=1, because
// bm25() would otherwise read the text of every hit.

#include "search_tables.h"

#include <algorithm>
#include <array>

namespace tain::mirror {
namespace {

constexpr std::array<std::string_view, 2> kProjectTexts{"name", "description"};
constexpr std::array<std::string_view, 3> kTaskTexts{"title", "description", "initial_prompt"};
constexpr std::array<std::string_view, 4> kSessionTexts{"topic", "description", "summary",
                                                        "error_message"};
constexpr std::array<std::string_view, 2> kDecisionTexts{"title", "rationale"};
constexpr std::array<std::string_view, 2> kRunTexts{"name", "error_message"};
constexpr std::array<std::string_view, 3> kEventTexts{"title", "message", "body"};
constexpr std::array<std::string_view, 6> kEvaluationTexts{
    "use_case", "workflow_tags", "outcome_note", "approach_note", "reuse_when", "watchouts"};
constexpr std::array<std::string_view, 2> kBookmarkTexts{"title", "note"};

constexpr auto kSearched = std::to_array<SearchedTable>({
    {"projects", kProjectTexts},
    {"tasks", kTaskTexts},
    {"sessions", kSessionTexts},
    {"session_decisions", kDecisionTexts},
    {"agent_runs", kRunTexts},
    {"events", kEventTexts},
    {"evaluations", kEvaluationTexts},
    {"bookmarks", kBookmarkTexts},
});

// Of FTS5's 2 to 16, and 4 unless told: a quarter less work for a mirror that is built from
// nothing, and a search has a few more segments to look into.
constexpr std::string_view kSegmentsMerged = "8";

// So many segments of one size are merged at once, whatever that takes; 16 unless told. A load can
// leave nearly so many large ones, and the small ones of some commits would then have them merged
// in the midst of one: 0.8 to 1.4 s. Up to 64 are no slower to search, and are merged in steps.
constexpr std::string_view kSegmentsTooMany = "64";

constexpr std::string_view kUnindexed = R"sql(
CREATE TABLE unindexed(
  relation TEXT NOT NULL,
  row      INTEGER NOT NULL,
  PRIMARY KEY (relation, row)
) STRICT, WITHOUT ROWID;
)sql";

std::string search_columns(const SearchedTable& searched, std::string_view row) {
  std::string list;
  for (const std::string_view column : searched.columns) {
    list.append(", ").append(row).append(column);
  }
  return list;
}

std::string note_new(const std::string& table) {
  return "  INSERT INTO unindexed VALUES ('" + table + "', new.rowid);\n";
}

std::string take_out_old(const SearchedTable& searched) {
  const std::string index = search_table(searched);
  const std::string noted =
      "unindexed WHERE relation = '" + std::string(searched.table) + "' AND row = old.rowid";
  return "  INSERT INTO " + index + "(" + index + ", rowid" + search_columns(searched, "") +
         ")\n  SELECT 'delete', old.rowid" + search_columns(searched, "old.") +
         "\n  WHERE NOT EXISTS (SELECT 1 FROM " + noted + ");\n  DELETE FROM " + noted + ";\n";
}

std::string create_trigger(const std::string& index, const std::string& event,
                           const std::string& columns, const std::string& table,
                           const std::string& condition, const std::string& body) {
  return "CREATE TRIGGER " + index + "_after_" + event + " AFTER " + event + columns + " ON " +
         table + condition + " BEGIN\n" + body + "END;\n";
}

std::string when_changed(const SearchedTable& searched) {
  std::string condition;
  for (const std::string_view column : searched.columns) {
    condition.append(condition.empty() ? " WHEN old." : " OR old.").append(column);
    condition.append(" IS NOT new.").append(column);
  }
  return condition;
}

// Which adds a project with a statement of its own, and seldom.
bool is_the_ledgers(const SearchedTable& searched) {
  return searched.table == "projects";
}

std::string configure_index(const std::string& index, const std::string& option,
                            std::string_view value) {
  return "INSERT INTO " + index + "(" + index + ", rank) VALUES('" + option + "', " +
         std::string(value) + ");\n";
}

std::string create_index(const SearchedTable& searched) {
  const std::string index = search_table(searched);
  return "CREATE VIRTUAL TABLE " + index + " USING fts5(" + search_columns(searched, "").substr(2) +
         ", content='" + std::string(searched.table) +
         "', tokenize='unicode61 remove_diacritics 2');\n" +
         configure_index(index, "automerge", kSegmentsMerged) +
         configure_index(index, "crisismerge", kSegmentsTooMany);
}

std::string create_triggers(const SearchedTable& searched) {
  const std::string table(searched.table);
  const std::string index = search_table(searched);
  const std::string added = note_new(table);
  const std::string removed = take_out_old(searched);
  return (is_the_ledgers(searched) ? create_trigger(index, "insert", "", table, "", added) : "") +
         create_trigger(index, "delete", "", table, "", removed) +
         create_trigger(index, "update", " OF " + search_columns(searched, "").substr(2), table,
                        when_changed(searched), removed + added);
}

}  // namespace

std::span<const SearchedTable> searched_tables() {
  return kSearched;
}

bool is_searched(std::string_view table) {
  return std::any_of(kSearched.begin(), kSearched.end(),
                     [&](const SearchedTable& searched) { return searched.table == table; });
}

std::string search_table(const SearchedTable& searched) {
  return std::string(searched.table).append("_search");
}

std::string create_search() {
  std::string sql(kUnindexed);
  for (const SearchedTable& searched : kSearched) sql += create_index(searched);
  return sql;
}

std::string create_search_triggers() {
  std::string sql;
  for (const SearchedTable& searched : kSearched) sql += create_triggers(searched);
  return sql;
}

std::string index_all_rows(const SearchedTable& searched) {
  const std::string index = search_table(searched);
  return "INSERT INTO " + index + "(" + index + ") VALUES('rebuild')";
}

std::string index_new_rows(const SearchedTable& searched) {
  const std::string table(searched.table);
  // In the order of rowids, which is how FTS5 likes to be told of them.
  return "INSERT INTO " + search_table(searched) + "(rowid" + search_columns(searched, "") +
         ") SELECT t.rowid" + search_columns(searched, "t.") + " FROM unindexed u CROSS JOIN " +
         table + " t ON t.rowid = u.row WHERE u.relation = '" + table + "' ORDER BY u.row";
}

std::string_view note_unindexed() {
  return "INSERT INTO unindexed(relation, row) VALUES(?1, ?2)";
}

std::string_view find_unindexed() {
  return "SELECT DISTINCT relation FROM unindexed";
}

std::string_view forget_unindexed() {
  return "DELETE FROM unindexed";
}

}  // namespace tain::mirror
