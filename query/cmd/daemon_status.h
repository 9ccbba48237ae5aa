#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json/document.h"
#include "query/sql/mirror_status.h"

namespace tain::query {

/// The daemon's answer to `status`. A field that the answer lacks, or that holds something else
/// than it should, is absent: what cannot be read is not known.
struct DaemonStatus {
  std::optional<std::int64_t> pid;
  std::optional<std::string> version;
  std::optional<std::string> db;
  std::optional<Timestamp> started_at;
  std::optional<std::int64_t> pending;
  std::optional<std::int64_t> lag_ms;
  std::optional<std::int64_t> seq;
  std::optional<std::int64_t> batches;
  std::optional<std::int64_t> files_mirrored;
  std::optional<std::int64_t> overflows;
  std::optional<std::int64_t> watch_limit;
  bool knows_last_error = false;  ///< whether the answer has a `last_error`, be it null
  std::optional<std::string> last_error;
  std::optional<std::string> refused_config;  ///< why the configuration was, when last read again
  std::optional<bool> rebuilding;             ///< a mirror, or a new one beside it, is being built
  std::vector<RootStatus> roots;
};

/// Reads the answer.
DaemonStatus read_daemon_status(const Json& answer);

/// Asks the daemon at `socket`. Throws as ask_daemon.
DaemonStatus ask_daemon_status(const std::filesystem::path& socket);

/// Returns when everything that was saved before the call is in the daemon's mirror, and which one
/// that is. Throws as ask_daemon, and Error where the daemon does not say it.
std::string flush_daemon(const std::filesystem::path& socket, std::chrono::milliseconds timeout);
/// Returns when everything that was saved before the call is in the mirror `db`. Throws as
/// ask_daemon, and Error where the daemon mirrors into another one.
void flush_daemon(const std::filesystem::path& socket, const std::filesystem::path& db,
                  std::chrono::milliseconds timeout);

/// Whether both name the same file, whichever way they lead there.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace tain::query
