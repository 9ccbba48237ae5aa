#include "daemon_status.h"

#include <type_traits>

#include "core/error.h"
#include "core/fs/paths.h"
#include "syncd/service/control_client.h"

namespace tain::query {
namespace {

constexpr std::chrono::seconds kStatusTimeout{5};

template <class T>
void read(const Json& object, const char* key, std::optional<T>& out) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  if constexpr (std::is_same_v<T, std::string>) {
    if (found->is_string()) out = found->template get<std::string>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (found->is_boolean()) out = found->template get<bool>();
  } else if constexpr (std::is_same_v<T, Timestamp>) {
    if (found->is_number_integer()) out = Timestamp{found->template get<std::int64_t>()};
  } else {
    if (found->is_number_integer()) out = found->template get<T>();
  }
}

RootStatus read_root(const Json& json) {
  RootStatus root;
  if (!json.is_object()) return root;
  std::optional<std::string> path;
  std::optional<std::string> state;
  read(json, "path", path);
  read(json, "state", state);
  root.path = path.value_or("");
  root.state = state.value_or("unknown");
  read(json, "reason", root.reason);
  read(json, "watch_mode", root.watch_mode);
  read(json, "watches_needed", root.watches_needed);
  read(json, "watches", root.watches);
  read(json, "watch_trouble", root.watch_trouble);
  read(json, "pending", root.pending);
  read(json, "lag_ms", root.lag_ms);
  read(json, "last_event_at", root.last_event_at);
  read(json, "files_on_disk", root.files_on_disk);
  read(json, "files_mirrored", root.files_mirrored);
  read(json, "counted_at", root.counted_at);
  read(json, "settled", root.settled);
  read(json, "errors", root.errors);
  read(json, "last_full_scan_at", root.last_full_scan_at);
  return root;
}

bool is_text_or_null(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && (found->is_string() || found->is_null());
}

}  // namespace

DaemonStatus read_daemon_status(const Json& answer) {
  DaemonStatus status;
  read(answer, "pid", status.pid);
  read(answer, "version", status.version);
  read(answer, "db", status.db);
  read(answer, "started_at", status.started_at);
  read(answer, "pending", status.pending);
  read(answer, "lag_ms", status.lag_ms);
  read(answer, "seq", status.seq);
  read(answer, "batches", status.batches);
  read(answer, "files_mirrored", status.files_mirrored);
  read(answer, "overflows", status.overflows);
  read(answer, "watch_limit", status.watch_limit);
  read(answer, "last_error", status.last_error);
  read(answer, "refused_config", status.refused_config);
  read(answer, "rebuilding", status.rebuilding);
  status.knows_last_error = is_text_or_null(answer, "last_error");
  const auto roots = answer.find("roots");
  if (roots == answer.end() || !roots->is_array()) return status;
  for (const Json& root : *roots) status.roots.push_back(read_root(root));
  return status;
}

DaemonStatus ask_daemon_status(const std::filesystem::path& socket) {
  return read_daemon_status(syncd::ask_daemon(socket, {{"command", "status"}}, kStatusTimeout));
}

std::string flush_daemon(const std::filesystem::path& socket, std::chrono::milliseconds timeout) {
  const Json answer = syncd::ask_daemon(socket, {{"command", "flush"}}, timeout);
  std::optional<std::string> mirrored;
  read(answer, "db", mirrored);
  if (!mirrored) throw Error("flush", socket, "the daemon does not say which mirror it writes");
  return *mirrored;
}

void flush_daemon(const std::filesystem::path& socket, const std::filesystem::path& db,
                  std::chrono::milliseconds timeout) {
  const std::string mirrored = flush_daemon(socket, timeout);
  if (is_same_file(mirrored, db)) return;
  throw Error("flush", db,
              "the daemon at " + socket.string() + " mirrors into " + mirrored +
                  "; ask that one with --db, or its own daemon with --socket");
}

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  return resolved_path(a) == resolved_path(b);
}

}  // namespace tain::query
