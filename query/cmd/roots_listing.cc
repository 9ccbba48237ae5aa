#include "roots_listing.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "core/error.h"
#include "core/json/document.h"
#include "daemon_status.h"
#include "syncd/discovery/survey.h"
#include "syncd/mirror/mirror_reader.h"
#include "syncd/service/configured_roots.h"

namespace tain::query {
namespace {

using RootsByPath = std::map<std::string, ListedRoot>;

// Paths are BLOBs where they are not UTF-8.
constexpr std::string_view kMirroredRoots = R"sql(
SELECT CAST(r.path AS BLOB),
       (SELECT count(*) FROM sessions JOIN files USING (file_id) WHERE root_id = r.root_id),
       (SELECT count(*) FROM tasks JOIN files USING (file_id) WHERE root_id = r.root_id)
FROM roots r
)sql";

void add_mirrored(const std::filesystem::path& db, RootsByPath& roots) try {
  const sqlite::Database database = mirror::open_for_reading(db);
  sqlite::Statement row = database.prepare(kMirroredRoots);
  while (row.step()) {
    ListedRoot& root = roots[std::string(row.text(0))];
    root.sessions = row.integer(1);
    root.tasks = row.integer(2);
  }
} catch (const Error&) {
  return;  // `tain status` says why; the roots are the same
}

// As it stands in JSON: with a U+FFFD for each piece that is not UTF-8.
std::string as_json(const std::string& path) {
  return Json(path).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The root that the daemon calls so.
ListedRoot& root_called(const std::string& path, RootsByPath& roots) {
  const auto found = std::find_if(roots.begin(), roots.end(), [&](const auto& known) {
    return as_json(known.first) == as_json(path) && !known.second.is_watched.value_or(false);
  });
  return found == roots.end() ? roots[path] : found->second;
}

void add_watched(const std::filesystem::path& socket, RootsByPath& roots) try {
  const DaemonStatus daemon = ask_daemon_status(socket);
  for (auto& [path, root] : roots) root.is_watched = false;
  for (const RootStatus& root : daemon.roots) root_called(root.path, roots).is_watched = true;
} catch (const Error&) {
  return;
}

std::string state_of(const std::string& path) {
  std::error_code unknown;
  switch (std::filesystem::status(path, unknown).type()) {
    case std::filesystem::file_type::directory:
      return ::access(path.c_str(), R_OK | X_OK) == 0 ? "readable" : "not readable";
    case std::filesystem::file_type::not_found:
      return "missing";
    case std::filesystem::file_type::none:
    case std::filesystem::file_type::unknown:
      return "not readable";
    case std::filesystem::file_type::regular:
    case std::filesystem::file_type::symlink:
    case std::filesystem::file_type::block:
    case std::filesystem::file_type::character:
    case std::filesystem::file_type::fifo:
    case std::filesystem::file_type::socket:
      return "no directory";
  }
  return "not readable";
}

}  // namespace

std::vector<ListedRoot> list_roots(const syncd::Config& config) {
  RootsByPath roots;
  if (!config.file.empty()) {
    for (const std::string& path : syncd::configured_roots(config.file)) {
      roots[path].is_configured = true;
    }
  }
  add_mirrored(config.db, roots);
  add_watched(config.socket, roots);
  const mirror::Schema schema;
  const syncd::Layouts layouts(schema, config.layouts, config.file);
  std::vector<ListedRoot> listed;
  for (auto& [path, root] : roots) {
    root.path = path;
    root.state = state_of(path);
    const syncd::Survey found = syncd::survey(path, layouts, config.pruned);
    for (const syncd::LayoutCount& count : found.layouts) {
      root.layouts.append(root.layouts.empty() ? "" : ", ").append(count.layout);
    }
    listed.push_back(std::move(root));
  }
  return listed;
}

}  // namespace tain::query
