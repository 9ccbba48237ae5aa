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
inline constexpr std::string_view kTasksDirectory = "tasks";
inline constexpr std::string_view kTaskFile = "task.json";
inline constexpr std::string_view kEvaluationFile = "evaluation.json";
inline constexpr std::string_view kExecutionsDirectory = "executions";
inline constexpr std::string_view kMessagesFile = "messages.jsonl";
inline constexpr std::string_view kResultFile = "result.json";
inline constexpr std::string_view kAgentsDirectory = "agents";
inline constexpr std::string_view kBookmarksDirectory = "bookmarks";
inline constexpr std::string_view kBindingsDirectory = "bindings";
inline constexpr std::string_view kWorkersDirectory = "workers";
inline constexpr std::string_view kConfigFile = "config.json";
inline constexpr std::string_view kJsonSuffix = ".json";

/// `<root>/.tain`, which makes `root` a project.
std::filesystem::path project_directory(const std::filesystem::path& root);
std::filesystem::path project_file(const std::filesystem::path& root);
std::filesystem::path sessions_directory(const std::filesystem::path& root);
std::filesystem::path session_directory(const std::filesystem::path& root,
                                        std::string_view session_id);
/// The event log beside a session's state or a task.
std::filesystem::path events_file(const std::filesystem::path& directory);
std::filesystem::path agent_runs_directory(const std::filesystem::path& session_directory);
/// The name of the file of the entity `id` inside the directory of its kind.
std::string entity_file_name(std::string_view id);
/// The directory of a session's task.
std::filesystem::path session_task_directory(const std::filesystem::path& session_directory,
                                             std::string_view task_id);
/// A session task's result as `result_path` has it: relative to the session's directory.
std::filesystem::path session_task_result(std::string_view task_id);

std::filesystem::path tasks_directory(const std::filesystem::path& root);
std::filesystem::path task_directory(const std::filesystem::path& root, std::string_view task_id);
std::filesystem::path executions_directory(const std::filesystem::path& task_directory);
std::filesystem::path agents_directory(const std::filesystem::path& root);
std::filesystem::path bookmarks_directory(const std::filesystem::path& root);
std::filesystem::path bindings_directory(const std::filesystem::path& root,
                                         std::string_view runtime_source);
std::filesystem::path workers_directory(const std::filesystem::path& root);
std::filesystem::path config_file(const std::filesystem::path& root);

/// The nearest directory at or above `start` that holds `.tain`, as `git` finds a repository.
std::optional<std::filesystem::path> find_project_root(const std::filesystem::path& start);

/// `path`, absolute, by the one name that does not depend on what is there now: without `.`, `..`
/// and a slash at its end, and with every symbolic link followed that can be read, also one that
/// leads to what is missing, as a disk that is not mounted. What cannot be read stays as it is.
std::filesystem::path resolved_path(const std::filesystem::path& path);

/// A new hidden name, unique on this machine, for what will be renamed to `name`.
std::string temporary_name(std::string_view name);
/// Whether `candidate` is a temporary_name of `name`. Exact, because what matches may be deleted:
/// other programs' temporaries and people's hidden files do not.
bool is_temporary_of(std::string_view candidate, std::string_view name);

/// Where a user's own things are (XDG Base Directory), unless TAIN_CONFIG, TAIN_DB or TAIN_SOCKET
/// say otherwise. Throws NotFoundError where neither XDG_*_HOME nor HOME is set.
std::filesystem::path default_config_file();
std::filesystem::path default_mirror_file();
/// Where the user's own reports are, whatever these variables say.
std::filesystem::path user_reports_directory();
/// The daemon's control socket: `$XDG_RUNTIME_DIR/tain/tain.sock`; without a runtime directory,
/// beside the mirror.
std::filesystem::path default_socket();
/// The datagram socket that save notifications go to, beside the control socket.
std::filesystem::path notification_socket(const std::filesystem::path& control_socket);

}  // namespace tain
