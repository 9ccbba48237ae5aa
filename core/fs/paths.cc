#include "paths.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

#include "../error.h"
#include "../json/ids.h"

namespace tain {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::size_t kRandomSize = 9;
constexpr int kMostLinks = 40;  // as many as the kernel follows

std::optional<fs::path> from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return fs::path(value);
}

// XDG asks to ignore relative paths in its variables.
std::optional<fs::path> xdg(const char* name) {
  const std::optional<fs::path> value = from_environment(name);
  return value && value->is_absolute() ? value : std::nullopt;
}

fs::path user_directory(const char* variable, const char* below_home) {
  if (const auto directory = xdg(variable)) return *directory / "tain";
  if (const auto home = from_environment("HOME")) return *home / below_home / "tain";
  throw NotFoundError("find", below_home,
                      std::string("neither ") + variable + " nor HOME is set; set one of them");
}

}  // namespace

fs::path project_directory(const fs::path& root) {
  return root / kProjectMarker;
}
fs::path project_file(const fs::path& root) {
  return project_directory(root) / kProjectFile;
}
fs::path sessions_directory(const fs::path& root) {
  return project_directory(root) / kSessionsDirectory;
}
fs::path session_directory(const fs::path& root, std::string_view session_id) {
  return sessions_directory(root) / session_id;
}
fs::path events_file(const fs::path& directory) {
  return directory / kEventsFile;
}
fs::path agent_runs_directory(const fs::path& session) {
  return session / kAgentRunsDirectory;
}
std::string entity_file_name(std::string_view id) {
  return std::string(id).append(kJsonSuffix);
}
fs::path session_task_directory(const fs::path& session, std::string_view task_id) {
  return session / kTasksDirectory / task_id;
}
fs::path session_task_result(std::string_view task_id) {
  return session_task_directory({}, task_id) / kResultFile;
}
fs::path tasks_directory(const fs::path& root) {
  return project_directory(root) / kTasksDirectory;
}
fs::path task_directory(const fs::path& root, std::string_view task_id) {
  return tasks_directory(root) / task_id;
}
fs::path executions_directory(const fs::path& task) {
  return task / kExecutionsDirectory;
}
fs::path agents_directory(const fs::path& root) {
  return project_directory(root) / kAgentsDirectory;
}
fs::path bookmarks_directory(const fs::path& root) {
  return project_directory(root) / kBookmarksDirectory;
}
fs::path bindings_directory(const fs::path& root, std::string_view runtime_source) {
  return project_directory(root) / kBindingsDirectory / runtime_source;
}
fs::path workers_directory(const fs::path& root) {
  return project_directory(root) / kWorkersDirectory;
}
fs::path config_file(const fs::path& root) {
  return project_directory(root) / kConfigFile;
}

std::optional<fs::path> find_project_root(const fs::path& start) {
  for (fs::path directory = fs::absolute(start).lexically_normal();;
       directory = directory.parent_path()) {
    std::error_code ignored;
    if (fs::is_directory(project_directory(directory), ignored)) return directory;
    if (!directory.has_relative_path()) return std::nullopt;
  }
}

fs::path resolved_path(const fs::path& path) {
  const fs::path absolute = fs::absolute(path);
  std::vector<fs::path> left;  // the next one last
  const auto put = [&left](const fs::path& names) {
    const auto first = static_cast<std::ptrdiff_t>(left.size());
    for (const fs::path& name : names.relative_path()) left.push_back(name);
    std::reverse(left.begin() + first, left.end());
  };
  put(absolute);
  fs::path resolved = absolute.root_path();
  for (int links = 0; !left.empty();) {
    const fs::path name = std::move(left.back());
    left.pop_back();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      resolved = resolved.parent_path();
      continue;
    }
    std::error_code no_link;
    const fs::path target = fs::read_symlink(resolved / name, no_link);
    if (no_link || ++links > kMostLinks) {
      resolved /= name;
      continue;
    }
    if (target.is_absolute()) resolved = target.root_path();
    put(target);
  }
  return resolved;
}

std::string temporary_name(std::string_view name) {
  return "." + std::string(name) + "." + std::to_string(::getpid()) + "." +
         random_text(kRandomSize) + std::string(kTemporarySuffix);
}

bool is_temporary_of(std::string_view candidate, std::string_view name) {
  const std::string head = "." + std::string(name) + ".";
  if (!candidate.starts_with(head) || !candidate.ends_with(kTemporarySuffix)) return false;
  if (candidate.size() < head.size() + kTemporarySuffix.size()) return false;
  const std::string_view middle =
      candidate.substr(head.size(), candidate.size() - head.size() - kTemporarySuffix.size());
  const std::size_t dot = middle.find('.');
  return dot != 0 && dot != std::string_view::npos &&
         middle.find_first_not_of("0123456789") == dot && middle.size() == dot + 1 + kRandomSize &&
         middle.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789", dot + 1) ==
             std::string_view::npos;
}

fs::path default_config_file() {
  if (const auto file = from_environment("TAIN_CONFIG")) return *file;
  return user_directory("XDG_CONFIG_HOME", ".config") / "config.json";
}

fs::path default_mirror_file() {
  if (const auto file = from_environment("TAIN_DB")) return *file;
  return user_directory("XDG_DATA_HOME", ".local/share") / "mirror.db";
}

fs::path user_reports_directory() {
  return user_directory("XDG_CONFIG_HOME", ".config") / "reports";
}

fs::path default_socket() {
  if (const auto socket = from_environment("TAIN_SOCKET")) return *socket;
  const fs::path directory = xdg("XDG_RUNTIME_DIR")
                                 ? *xdg("XDG_RUNTIME_DIR") / "tain"
                                 : user_directory("XDG_DATA_HOME", ".local/share");
  return directory / "tain.sock";
}

fs::path notification_socket(const fs::path& control_socket) {
  fs::path socket = control_socket;
  socket += ".notify";
  return socket;
}

}  // namespace tain
