#include "mirror_comparison.h"

#include <sys/stat.h>

#include <optional>
#include <utility>

#include "syncd/mirror/binding.h"
#include "syncd/mirror/file_version.h"
#include "syncd/mirror/ledger.h"
#include "syncd/mirror/mirror_reader.h"

namespace tain::syncd {
namespace {

// What tells whether a path changed between two rounds: the file's version in both mirrors; of a
// project, which and how new its files are.
constexpr std::string_view kNarrow = R"sql(
UPDATE temp.found SET version = concat_of(main) || '/' || concat_of(fresh);
UPDATE temp.found SET is_changing =
  version IS NOT (SELECT version FROM temp.scope WHERE scope.path = found.path);
DELETE FROM temp.scope;
INSERT INTO temp.scope SELECT path, version, is_changing FROM temp.found;
)sql";

constexpr std::string_view kVersion =
    "coalesce((SELECT printf('%d %d %d %d %d', device, inode, size, mtime_ns, ctime_ns) "
    "FROM $.files WHERE path = found.path), '') || (SELECT printf(' %d %d %d', count(*), "
    "max(inode), max(ctime_ns)) FROM $.files JOIN $.projects USING (project_key) "
    "WHERE root = found.path)";

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string narrow_statements() {
  std::string sql(kNarrow);
  for (const char* schema : {"main", "fresh"}) {
    sql = replace_all(std::move(sql), std::string("concat_of(") + schema + ")",
                      replace_all(std::string(kVersion), "$", schema));
  }
  return sql;
}

mirror::Value value_at(const sqlite::Statement& row, int column) {
  switch (sqlite3_column_type(row.handle(), column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return row.integer(column);
    case SQLITE_FLOAT:
      return row.real(column);
    default:
      return std::string(row.text(column));
  }
}

// "position=3, level=…": what tells the row from the others of its file.
std::string describe_key(const ComparisonQuery& query, const sqlite::Statement& row, int first) {
  std::string text;
  for (std::size_t i = 0; i < query.key.size(); ++i) {
    const int column = first + static_cast<int>(i);
    if (row.is_null(column)) continue;
    const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(row.handle(), column));
    text.append(text.empty() ? "" : ", ").append(query.key[i]).append("=").append(value);
  }
  return text;
}

// Whether the mirror has seen the file that is there now.
class CaughtUp {
 public:
  explicit CaughtUp(const sqlite::Database& database)
      : find_(database.prepare("SELECT device, inode, size, mtime_ns, ctime_ns FROM main.files "
                               "WHERE path = ?1")) {}

  bool operator()(const std::string& path) {
    if (path != last_) {
      last_ = path;
      answer_ = in_mirror(path) == on_disk(path);
    }
    return answer_;
  }

 private:
  static std::optional<mirror::FileVersion> on_disk(const std::string& path) {
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return mirror::version_of(status);
  }
  std::optional<mirror::FileVersion> in_mirror(const std::string& path) {
    mirror::bind_path(find_, 1, path);
    std::optional<mirror::FileVersion> version;
    if (find_.step()) {
      version = {.device = static_cast<std::uint64_t>(find_.integer(0)),
                 .inode = static_cast<std::uint64_t>(find_.integer(1)),
                 .size = find_.integer(2),
                 .mtime_ns = find_.integer(3),
                 .ctime_ns = find_.integer(4)};
    }
    find_.reset();
    return version;
  }

  sqlite::Statement find_;
  std::string last_;
  bool answer_ = true;
};

// Tells the rows of the queries, but for the paths that are changing.
class Reporter {
 public:
  Reporter(const sqlite::Database& database, const ComparisonSink& sink)
      : sink_(sink),
        caught_up_(database),
        is_changing_(database.prepare("SELECT is_changing FROM temp.scope WHERE path = ?1")) {}

  // Returns how many differences the row holds.
  std::int64_t tell(const ComparisonQuery& query, const sqlite::Statement& row) {
    constexpr int kKey = 2;
    Difference difference;
    difference.path = row.text(0);
    if (is_changing(difference.path)) return 0;
    difference.table = query.table;
    difference.row = describe_key(query, row, kKey);
    difference.caught_up = caught_up_(difference.path);
    if (row.integer(1) != 0) {
      difference.kind = query.one_sided;
      sink_.difference(difference);
      return 1;
    }
    std::int64_t count = 0;
    int column = kKey + static_cast<int>(query.key.size());
    for (const std::string& name : query.columns) {
      if (row.integer(column) != 0) {
        difference.column = name;
        difference.live = value_at(row, column + 1);
        difference.expected = value_at(row, column + 2);
        sink_.difference(difference);
        ++count;
      }
      column += 3;
    }
    return count;
  }

 private:
  bool is_changing(const std::string& path) {
    mirror::bind_path(is_changing_, 1, path);
    const bool answer = is_changing_.step() && is_changing_.integer(0) != 0;
    is_changing_.reset();
    return answer;
  }

  const ComparisonSink& sink_;
  CaughtUp caught_up_;
  sqlite::Statement is_changing_;
};

void tell_not_compared(const sqlite::Database& database, const std::string& sql,
                       const ComparisonSink& sink) {
  sqlite::Statement rows = database.prepare(sql);
  while (rows.step()) sink.not_compared({std::string(rows.text(0)), std::string(rows.text(1))});
}

}  // namespace

MirrorComparison::MirrorComparison(const std::filesystem::path& live,
                                   const std::filesystem::path& fresh, const mirror::Schema& schema)
    : schema_(schema), database_(mirror::open_for_reading(live)) {
  // For the temporary tables; what keeps the mirrors from changes is how they are opened.
  database_.run("PRAGMA query_only = OFF");
  const std::string file = fresh.string();
  database_.prepare("ATTACH ?1 AS fresh").bind(1, std::string_view(file)).execute();
  database_.run(std::string(create_comparison_tables()));
}

MirrorComparison::Round MirrorComparison::compare() {
  // Of the last round: both mirrors have to be seen as they are now, and each at one moment.
  if (sqlite3_get_autocommit(database_.handle()) == 0) database_.run("COMMIT");
  database_.run("BEGIN");
  const bool scoped = !std::exchange(is_first_, false);
  database_.run(fill_comparison_tables(scoped));
  if (!scoped) {
    sqlite::Statement count = database_.prepare("SELECT count(*) FROM temp.pairs");
    count.step();
    files_ = count.integer(0);
  }
  collect(scoped);
  database_.run(narrow_statements());
  return last_round();
}

void MirrorComparison::collect(bool scoped) {
  database_.run("DELETE FROM temp.found");
  sqlite::Statement insert = database_.prepare("INSERT OR IGNORE INTO temp.found(path) VALUES(?1)");
  for (const ComparisonQuery& query : comparison_queries(schema_, scoped)) {
    sqlite::Statement rows = database_.prepare(query.sql);
    while (rows.step()) {
      mirror::bind_path(insert, 1, rows.text(0));
      insert.execute();
    }
  }
}

MirrorComparison::Round MirrorComparison::last_round() const {
  sqlite::Statement count =
      database_.prepare("SELECT count(*), count(*) FILTER (WHERE is_changing) FROM temp.scope");
  count.step();
  return {count.integer(0), count.integer(1)};
}

void MirrorComparison::for_each_different(
    const std::function<void(const std::string& path)>& look) const {
  sqlite::Statement rows = database_.prepare("SELECT path FROM temp.scope WHERE path <> ''");
  while (rows.step()) look(std::string(rows.text(0)));
}

std::int64_t MirrorComparison::report(const ComparisonSink& sink) const {
  std::int64_t count = 0;
  if (last_round().different > 0) {
    Reporter reporter(database_, sink);
    for (const ComparisonQuery& query : comparison_queries(schema_, true)) {
      sqlite::Statement rows = database_.prepare(query.sql);
      while (rows.step()) count += reporter.tell(query, rows);
    }
  }
  tell_not_compared(database_, select_not_compared(), sink);
  tell_not_compared(database_,
                    "SELECT path, 'it is still changing' FROM temp.scope WHERE is_changing", sink);
  return count;
}

}  // namespace tain::syncd
