#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tain {

// Every name that Tain gives to a file or a directory stands here and nowhere else.

inline constexpr std::string_view kProjectMarker = ".tain";
inline constexpr std::string_view kProjectFile = "project.json";
inline constexpr std::string_view kSessionsDirectory = "sessions";
inline constexpr std::string_view kStateFile = "state.json";
inline constexpr std::string_view kEventsFile = "events.jsonl";
inline constexpr std::string_view kAgentRunsDirectory = "agents";
inline constexpr std::string_view kJsonSuffix = ".json";

/// `<root>/.tain`, which makes `root` a project.
std::filesystem::path project_directory(const std::filesystem::path& root);
std::filesystem::path project_file(const std::filesystem::path& root);
std::filesystem::path session_directory(const std::filesystem::path& root,
                                        std::string_view session_id);
std::filesystem::path events_file(const std::filesystem::path& session_directory);
std::filesystem::path agent_runs_directory(const std::filesystem::path& session_directory);
/// The name of a run's file inside its directory.
std::string agent_run_file(std::string_view run_id);

/// The nearest directory at or above `start` that holds `.tain`, as `git` finds a repository.
std::optional<std::filesystem::path> find_project_root(const std::filesystem::path& start);

/// A new hidden name, unique on this machine, for what will be renamed to `name`.
std::string temporary_name(std::string_view name);
/// Whether `candidate` is a temporary_name of `name`. Exact, because what matches may be deleted:
/// other programs' temporaries and people's hidden files do not.
bool is_temporary_of(std::string_view candidate, std::string_view name);

/// Where a user's own things are (XDG Base Directory), unless TAIN_CONFIG, TAIN_DB or TAIN_SOCKET
/// say otherwise. Throws NotFoundError where neither XDG_*_HOME nor HOME is set.
std::filesystem::path default_config_file();
std::filesystem::path default_mirror_file();
/// The daemon's control socket: `$XDG_RUNTIME_DIR/tain/tain.sock`; without a runtime directory,
/// beside the mirror.
std::filesystem::path default_socket();
/// The datagram socket that save notifications go to, beside the control socket.
std::filesystem::path notification_socket(const std::filesystem::path& control_socket);

}  // namespace tain
