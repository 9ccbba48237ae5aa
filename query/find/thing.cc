#include "thing.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace tain::query {
namespace {

constexpr std::string_view kNoTitle = "NULL";

constexpr auto kKinds = std::to_array<ThingKind>({
    {"projects", "project", "projects", "id", "name", "t.name"},
    {"tasks", "task", "tasks", "id", "id", "t.display_title"},
    {"sessions", "session", "sessions", "session_id", "session_id", "t.topic"},
    {"runs", "run", "agent_runs", "id", "id", "coalesce(t.name, t.agent_type)"},
    {"agents", "agent", "agents", "id", "slug", "t.name"},
    {"executions", "execution", "executions", "id", "id", "t.capability_key"},
    {"session-tasks", "session task", "session_tasks", "id", "id", "t.display_name"},
    {"messages", "message", "session_task_messages", "id", "id", "t.direction"},
    {"bookmarks", "bookmark", "bookmarks", "id", "id", "t.title"},
    {"workers", "worker", "workers", "worker_id", "worker_id", kNoTitle},
    {"events", "event", "events", "id", "id", "coalesce(t.title, t.message, t.type)"},
});

// Above every id that begins with the same letters.
constexpr std::string_view kLast = "\U0010FFFF";

std::string select_things(const ThingKind& kind, const std::string& condition) {
  // The names come from the table above.
  return "SELECT t." + std::string(kind.id) + ", " + std::string(kind.title) +
         ", p.name, t.project_key, t.rowid, CAST(f.path AS BLOB) FROM " + std::string(kind.table) +
         " t JOIN projects p USING (project_key) LEFT JOIN files f ON f.file_id = t.file_id WHERE "
         "(?3 IS NULL OR t.project_key IN (SELECT value FROM json_each(?3))) AND (" +
         condition + ") ORDER BY 1, CAST(p.root AS BLOB), 6, t.rowid LIMIT ?4";
}

std::string is_between(std::string_view column) {
  return "t." + std::string(column) + " >= ?1 AND t." + std::string(column) + " < ?2";
}

Thing thing_of(const ThingKind& kind, const sqlite::Statement& row) {
  return {.kind = &kind,
          .id = std::string(row.text(0)),
          .title = std::string(row.text(1)),
          .project = std::string(row.text(2)),
          .project_key = row.integer(3),
          .row = row.integer(4),
          .path = std::string(row.text(5))};
}

class Finder {
 public:
  Finder(const sqlite::Database& database, const std::string& name, const ThingFilter& filter)
      : database_(database), name_(name), last_(name + std::string(kLast)), filter_(filter) {}

  std::vector<Thing> by_exact_name() const {
    return all([](const ThingKind& kind) {
      return "t." + std::string(kind.id) + " = ?1 OR t." + std::string(kind.alias) + " = ?1";
    });
  }
  std::vector<Thing> by_prefix() const {
    return all([](const ThingKind& kind) {
      return is_between(kind.id) + (kind.id == kind.alias ? "" : " OR " + is_between(kind.alias));
    });
  }
  // A session says its id itself; the name of its directory may be another.
  std::vector<Thing> sessions_by_directory() const {
    std::vector<Thing> found;
    add(
        "sessions", [](const ThingKind&) { return std::string("true"); }, -1, found);
    std::erase_if(
        found, [this](const Thing& session) { return !directory_of(session).starts_with(name_); });
    std::vector<Thing> exact = found;
    std::erase_if(exact, [this](const Thing& session) { return directory_of(session) != name_; });
    return exact.empty() ? found : exact;
  }
  // The thing that a file describes; a log's lines have ids of their own.
  std::vector<Thing> by_file() const {
    if (name_.find('/') == std::string::npos) return {};
    return all([](const ThingKind& kind) {
      const bool is_line = kind.word == "events" || kind.word == "messages";
      return std::string(is_line ? "false" : "f.path = ?1");
    });
  }

 private:
  static std::string directory_of(const Thing& thing) {
    return std::filesystem::path(thing.path).parent_path().filename().string();
  }

  template <class Condition>
  std::vector<Thing> all(const Condition& condition) const {
    std::vector<Thing> found;
    for (const ThingKind& kind : kKinds) {
      add(kind.word, condition, std::int64_t{kMostThings} + 1, found);
    }
    return found;
  }

  template <class Condition>
  void add(std::string_view word, const Condition& condition, std::int64_t limit,
           std::vector<Thing>& found) const {
    if (filter_.word && *filter_.word != word) return;
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const ThingKind& known) { return known.word == word; });
    sqlite::Statement rows = database_.prepare(select_things(*kind, condition(*kind)));
    rows.bind(1, std::string_view(name_)).bind(2, std::string_view(last_)).bind(4, limit);
    if (filter_.projects) rows.bind(3, std::string_view(*filter_.projects));
    while (rows.step()) found.push_back(thing_of(*kind, rows));
  }

  const sqlite::Database& database_;
  const std::string& name_;
  const std::string last_;
  const ThingFilter& filter_;
};

}  // namespace

std::span<const ThingKind> thing_kinds() {
  return kKinds;
}

std::vector<std::string> thing_words() {
  std::vector<std::string> words;
  words.reserve(kKinds.size());
  for (const ThingKind& kind : kKinds) words.emplace_back(kind.word);
  return words;
}

std::vector<Thing> find_things(const sqlite::Database& database, const std::string& name,
                               const ThingFilter& filter) {
  const Finder finder(database, name, filter);
  std::vector<Thing> found = finder.by_exact_name();
  if (found.empty()) found = finder.by_file();
  if (found.empty()) found = finder.by_prefix();
  if (found.empty()) found = finder.sessions_by_directory();
  return found;
}

}  // namespace tain::query
