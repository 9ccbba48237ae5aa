#include "status_report.h"

#include <unistd.h>

#include <optional>

#include "syncd/mirror/binding.h"
#include "syncd/mirror/mirror_reader.h"
#include "syncd/version.h"

namespace tain::syncd {
namespace {

Json null_or(const sqlite::Statement& row, int column) {
  if (row.is_null(column)) return nullptr;
  if (sqlite3_column_type(row.handle(), column) == SQLITE_INTEGER) return row.integer(column);
  return std::string(row.text(column));
}

// A path is TEXT, or a BLOB where it is not UTF-8; the two are never equal, and below a root whose
// name is UTF-8 there may be either. '0' is the character behind '/'.
void add_what_the_mirror_knows(const sqlite::Database& database, const std::string& path,
                               Json& root) {
  sqlite::Statement find = database.prepare(
      "SELECT reason, last_full_scan_at, "
      "(SELECT count(*) FROM files WHERE files.root_id = roots.root_id), "
      "(SELECT count(*) FROM sync_errors WHERE path = ?1) + "
      "(SELECT count(*) FROM sync_errors WHERE path > ?2 AND path < ?3) + "
      "(SELECT count(*) FROM sync_errors WHERE path > ?4 AND path < ?5) "
      "FROM roots WHERE path = ?1");
  const std::string first = path + "/";
  const std::string last = path + "0";
  mirror::bind_path(find, 1, path);
  find.bind(2, std::string_view(first)).bind(3, std::string_view(last));
  find.bind_blob(4, first).bind_blob(5, last);
  if (!find.step()) return;
  root["reason"] = null_or(find, 0);
  root["last_full_scan_at"] = null_or(find, 1);
  root["files_mirrored"] = null_or(find, 2);
  root["errors"] = null_or(find, 3);
}

// The two numbers are compared, so they are of one count, be it an older one.
void add_count(const FileCount& count, Json& root) {
  const auto found = count.roots.find(root["path"].get<std::string>());
  if (found == count.roots.end()) return;
  if (found->second.on_disk) root["files_on_disk"] = *found->second.on_disk;
  if (found->second.mirrored) root["files_mirrored"] = *found->second.mirrored;
  root["counted_at"] = count.at.ms;
  root["settled"] = count.settled;
}

// Fills in what it can, also when the mirror fails in the middle.
void add_what_the_mirror_knows(const Config& config, Json& roots) {
  const sqlite::Database database = mirror::open_for_reading(config.db);
  for (Json& root : roots) {
    add_what_the_mirror_knows(database, root["path"].get<std::string>(), root);
  }
}

Json report_root(const std::string& path, const SharedStatus::Snapshot& status,
                 const DirtySet& dirty, const Watcher& watcher) {
  const auto available = status.available.find(path);
  const bool gone = available != status.available.end() && !available->second;
  const auto found = status.watches.find(path);
  const RootWatch watch = found == status.watches.end() ? RootWatch{} : found->second;
  const std::size_t watches = watcher.watched_below(path);
  const DirtySet::Backlog backlog = dirty.backlog_below(path);
  const auto event = status.last_events.find(path);
  Json root = {{"path", path},
               {"state", gone ? "unavailable" : "available"},
               {"reason", nullptr},
               {"watch_mode", watch.mode(watches)},
               {"watches_needed", watch.directories},
               {"watches", watches},
               {"watch_trouble", nullptr},
               {"pending", backlog.marks},
               {"lag_ms", backlog.lag.count()},
               {"last_event_at", nullptr},
               {"files_on_disk", nullptr},
               {"files_mirrored", nullptr},
               {"counted_at", nullptr},
               {"settled", false},
               {"errors", nullptr},
               {"last_full_scan_at", nullptr}};
  if (watch.scanned && !watch.complete) root["watch_trouble"] = watcher.trouble();
  if (event != status.last_events.end()) root["last_event_at"] = event->second.ms;
  return root;
}

}  // namespace

StatusReport status_report(const Config& config, const SharedStatus::Snapshot& status,
                           const DirtySet& dirty, const Watcher& watcher,
                           std::optional<std::size_t> watch_limit, const FileCount& count) {
  StatusReport result;
  result.report = {{"ok", true},
                   {"pid", ::getpid()},
                   {"version", kVersion},
                   {"db", config.db.string()},
                   {"started_at", status.started_at.ms},
                   {"pending", dirty.size()},
                   {"lag_ms", dirty.lag().count()},
                   {"seq", status.seq},
                   {"batches", status.counters.batches},
                   {"files_mirrored", status.counters.files},
                   {"overflows", status.overflows},
                   {"watch_limit", nullptr},
                   {"last_error", nullptr},
                   {"refused_config", nullptr},
                   {"rebuilding", status.rebuilding},
                   {"roots", Json::array()}};
  Json& report = result.report;
  if (!status.refused_config.empty()) report["refused_config"] = status.refused_config;
  if (watch_limit) report["watch_limit"] = *watch_limit;
  for (const std::string& path : config.roots) {
    report["roots"].push_back(report_root(path, status, dirty, watcher));
  }
  try {
    add_what_the_mirror_knows(config, report["roots"]);
  } catch (const sqlite::DatabaseError& error) {
    report["last_error"] = error.what();
    result.mirror_is_damaged = error.is_corrupt();
  } catch (const Error& error) {
    // While it is rebuilt, the mirror in place may be of another version.
    if (!status.rebuilding) report["last_error"] = error.what();
  }
  for (Json& root : report["roots"]) add_count(count, root);
  if (!status.last_error.empty()) report["last_error"] = status.last_error;
  return result;
}

}  // namespace tain::syncd
