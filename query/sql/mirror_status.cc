#include "mirror_status.h"

#include "syncd/mirror/mirror_reader.h"

namespace tain::query {
namespace {

constexpr std::string_view kTotals = R"sql(
SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM sync_errors),
       (SELECT max(mirrored_at) FROM files)
)sql";

// Paths are BLOBs where they are not UTF-8, and a TEXT never equals a BLOB, hence the casts.
constexpr std::string_view kRoots = R"sql(
SELECT CAST(r.path AS BLOB), r.state, r.reason, r.files_on_disk, r.last_full_scan_at,
       r.last_event_at,
       (SELECT count(*) FROM files f WHERE f.root_id = r.root_id),
       (SELECT count(*) FROM sync_errors e
        WHERE substr(CAST(e.path AS BLOB), 1, length(CAST(r.path AS BLOB)) + 1)
              = CAST(r.path || '/' AS BLOB))
FROM roots r ORDER BY r.path
)sql";

std::optional<Timestamp> optional_time(const sqlite::Statement& row, int column) {
  const std::optional<std::int64_t> ms = row.optional_integer(column);
  if (!ms) return std::nullopt;
  return Timestamp{*ms};
}

RootStatus root_of(const sqlite::Statement& row) {
  RootStatus root;
  root.path = row.text(0);
  root.state = row.text(1);
  if (!row.is_null(2)) root.reason = row.text(2);
  root.files_on_disk = row.optional_integer(3);
  root.last_full_scan_at = optional_time(row, 4);
  root.last_event_at = optional_time(row, 5);
  root.files_mirrored = row.integer(6);
  root.errors = row.integer(7);
  return root;
}

}  // namespace

bool is_loading(const sqlite::Database& database) {
  return database.prepare("SELECT 1 FROM meta WHERE key = 'loading'").step();
}

MirrorStatus read_mirror_status(const std::filesystem::path& path) {
  const sqlite::Database database = mirror::open_for_reading(path);
  MirrorStatus status;
  sqlite::Statement totals = database.prepare(kTotals);
  totals.step();
  status.files = totals.integer(0);
  status.errors = totals.integer(1);
  status.last_mirrored_at = optional_time(totals, 2);
  status.loading = is_loading(database);
  sqlite::Statement roots = database.prepare(kRoots);
  while (roots.step()) status.roots.push_back(root_of(roots));
  return status;
}

}  // namespace tain::query
