#include "text_search.h"

#include <algorithm>
#include <array>
#include <exception>
#include <tuple>

#include "core/error.h"
#include "syncd/mirror/search_tables.h"

namespace tain::query {
namespace {

struct SearchedKind {
  std::string_view word;
  std::string_view name;
  std::string_view table;
  // SQL, of a row `t`.
  std::string_view id;
  std::string_view at;
};

constexpr auto kSearchedKinds = std::to_array<SearchedKind>({
    {"projects", "project", "projects", "t.id", "coalesce(t.updated_at, t.created_at)"},
    {"tasks", "task", "tasks", "t.id", "coalesce(t.updated_at, t.created_at)"},
    {"sessions", "session", "sessions", "t.session_id", "coalesce(t.updated_at, t.created_at)"},
    {"decisions", "decision", "session_decisions",
     "(SELECT session_id FROM sessions s WHERE s.file_id = t.file_id)",
     "(SELECT coalesce(s.updated_at, s.created_at) FROM sessions s WHERE s.file_id = t.file_id)"},
    {"runs", "run", "agent_runs", "t.id", "coalesce(t.completed_at, t.started_at, t.created_at)"},
    {"events", "event", "events", "t.id", "t.at"},
    {"evaluations", "evaluation", "evaluations", "t.task_id", "t.evaluated_at"},
    {"bookmarks", "bookmark", "bookmarks", "t.id", "t.created_at"},
});

// A hit in the first column, the title, counts as much as four elsewhere.
constexpr std::string_view kTitleWeight = "4.0";
constexpr std::string_view kSnippetWords = "16";

struct RankedRow {
  std::size_t kind;
  std::int64_t row;
  SearchHit hit;
};

std::string index_of_kind(const SearchedKind& kind) {
  return std::string(kind.table) + "_search";
}

// The names come from the table above. A hit is ranked before its snippet is made: that is the
// dear part, and only the best need one.
std::string ranking_query(const SearchedKind& kind) {
  const std::string index = index_of_kind(kind);
  const std::string at(kind.at);
  return "SELECT t.rowid, " + std::string(kind.id) + ", p.name, " + at + " AS at, bm25(" + index +
         ", " + std::string(kTitleWeight) + ") AS score FROM " + index + " CROSS JOIN " +
         std::string(kind.table) + " t ON t.rowid = " + index +
         ".rowid JOIN projects p ON p.project_key = t.project_key WHERE " + index +
         " MATCH ?1 AND (?2 IS NULL OR t.project_key IN (SELECT value FROM json_each(?2))) AND "
         "(?3 IS NULL OR " +
         at + " >= ?3) AND (?4 IS NULL OR " + at +
         " < ?4) ORDER BY score, at DESC, 2, t.rowid LIMIT ?5";
}

std::string snippet_query(const SearchedKind& kind) {
  const std::string index = index_of_kind(kind);
  return "SELECT snippet(" + index + ", -1, char(1), char(2), '…', " + std::string(kSnippetWords) +
         ") FROM " + index + " WHERE " + index + " MATCH ?1 AND rowid = ?2";
}

// FTS5 says what it does not understand only when it is asked.
[[noreturn]] void refuse_match(const sqlite::DatabaseError& error, const std::string& match) {
  if (error.code() != SQLITE_ERROR) throw;
  throw InvalidArgument("--match", "the syntax of FTS5: words, \"phrases\", AND, OR, NOT, word*",
                        "\"" + match + "\" (" + error.what() + ")");
}

class TextSearch {
 public:
  TextSearch(const sqlite::Database& database, const SearchRequest& request)
      : database_(database), request_(request) {}

  std::vector<SearchHit> run() {
    rank_all();
    std::stable_sort(found_.begin(), found_.end(), [](const RankedRow& a, const RankedRow& b) {
      return std::tuple(a.hit.rank, a.kind) < std::tuple(b.hit.rank, b.kind);
    });
    if (found_.size() > static_cast<std::size_t>(request_.limit)) {
      found_.resize(static_cast<std::size_t>(request_.limit));
    }
    std::vector<SearchHit> hits;
    for (RankedRow& row : found_) hits.push_back(with_snippet(row));
    return hits;
  }

 private:
  // `title: map` asks for a column that some tables have. What no table understands is refused.
  void rank_all() {
    bool is_understood = false;
    std::exception_ptr refused;
    for (std::size_t i = 0; i < kSearchedKinds.size(); ++i) {
      if (request_.word && *request_.word != kSearchedKinds[i].word) continue;
      try {
        rank(i);
        is_understood = true;
      } catch (const sqlite::DatabaseError& error) {
        if (error.code() != SQLITE_ERROR) throw;
        refused = std::current_exception();
      }
    }
    if (!is_understood) std::rethrow_exception(refused);
  }

  void rank(std::size_t index) {
    const SearchedKind& kind = kSearchedKinds[index];
    sqlite::Statement rows = database_.prepare(ranking_query(kind));
    rows.bind(1, std::string_view(request_.match)).bind(3, request_.since);
    rows.bind(4, request_.until).bind(5, request_.limit);
    if (request_.projects) rows.bind(2, std::string_view(*request_.projects));
    while (rows.step()) {
      SearchHit hit;
      hit.name = kind.name;
      hit.id = rows.text(1);
      hit.project = rows.text(2);
      hit.at = rows.optional_integer(3);
      hit.rank = rows.real(4);
      found_.push_back({index, rows.integer(0), std::move(hit)});
    }
  }

  SearchHit with_snippet(RankedRow& row) {
    sqlite::Statement snippet = database_.prepare(snippet_query(kSearchedKinds[row.kind]));
    snippet.bind(1, std::string_view(request_.match)).bind(2, row.row);
    if (snippet.step()) row.hit.snippet = snippet.text(0);
    return std::move(row.hit);
  }

  const sqlite::Database& database_;
  const SearchRequest& request_;
  std::vector<RankedRow> found_;
};

}  // namespace

std::vector<std::string> search_words() {
  std::vector<std::string> words;
  words.reserve(kSearchedKinds.size());
  for (const SearchedKind& kind : kSearchedKinds) words.emplace_back(kind.word);
  return words;
}

std::string match_all_words(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  std::string match;
  for (std::size_t begin = text.find_first_not_of(kSpaces); begin != std::string_view::npos;) {
    const std::size_t end = text.find_first_of(kSpaces, begin);
    match += match.empty() ? "\"" : " \"";
    for (const char c : text.substr(begin, end == std::string_view::npos ? end : end - begin)) {
      match.append(c == '"' ? 2 : 1, c);
    }
    match += '"';
    begin = end == std::string_view::npos ? end : text.find_first_not_of(kSpaces, end);
  }
  return match;
}

std::vector<SearchHit> search_texts(const sqlite::Database& database,
                                    const SearchRequest& request) {
  try {
    return TextSearch(database, request).run();
  } catch (const sqlite::DatabaseError& error) {
    refuse_match(error, request.match);
  }
}

}  // namespace tain::query
