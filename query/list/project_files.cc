#include "project_files.h"

#include <span>
#include <string_view>
#include <system_error>

#include "core/fs/paths.h"

namespace tain::query {
namespace {

namespace fs = std::filesystem;
using syncd::FileKind;

// The names on the way from the project's root; the two that are no names stand for any.
using Way = std::vector<std::string_view>;
constexpr std::string_view kAny = "*";        // one file or directory, whatever it is called
constexpr std::string_view kAllBelow = "**";  // all files, however deep

Way inside(std::initializer_list<std::string_view> names) {
  Way way{kProjectMarker};
  way.insert(way.end(), names);
  return way;
}

// Sessions may lie in each other's directories, and an event log anywhere; and both in the trees
// of the other layout that is at home in a project's directory.
std::vector<Way> ways_to(FileKind kind) {
  const Way foreign_sessions{kAgentsDirectory, kSessionsDirectory, kAllBelow};
  switch (kind) {
    case FileKind::project:
      return {inside({kProjectFile})};
    case FileKind::config:
      return {inside({kConfigFile})};
    case FileKind::task:
      return {inside({kTasksDirectory, kAny, kTaskFile})};
    case FileKind::evaluation:
      return {inside({kTasksDirectory, kAny, kEvaluationFile})};
    case FileKind::execution:
      return {inside({kTasksDirectory, kAny, kExecutionsDirectory, kAny})};
    case FileKind::agent:
      return {inside({kAgentsDirectory, kAny})};
    case FileKind::bookmark:
      return {inside({kBookmarksDirectory, kAny})};
    case FileKind::worker:
      return {inside({kWorkersDirectory, kAny})};
    case FileKind::runtime_binding:
      return {inside({kBindingsDirectory, kAny, kAny})};
    case FileKind::agent_run:
    case FileKind::session_task:
    case FileKind::messages:
    case FileKind::tasks:
      return {inside({kSessionsDirectory, kAllBelow})};
    case FileKind::session:
      return {inside({kSessionsDirectory, kAllBelow}), foreign_sessions};
    case FileKind::events:
    case FileKind::transcript:
    case FileKind::document:
      return {inside({kAllBelow}), foreign_sessions};
  }
  return {};
}

class Search {
 public:
  Search(const fs::path& root, FileKind kind, const syncd::Layouts& layouts)
      : root_(root), kind_(kind), layouts_(layouts) {}

  // Goes on from `here`, which is a directory.
  void follow(const fs::path& here, std::span<const std::string_view> way) {
    const std::string_view name = way.front();
    if (name == kAny || name == kAllBelow) return visit_all(here, way);
    if (way.size() == 1) return take(here / name);
    std::error_code failure;
    const fs::file_status status = fs::symlink_status(here / name, failure);
    if (status.type() == fs::file_type::directory) return follow(here / name, way.subspan(1));
    if (status.type() == fs::file_type::none) give_up(here / name, failure);
  }

  ProjectFiles found;

 private:
  void visit_all(const fs::path& here, std::span<const std::string_view> way) {
    std::error_code failure;
    for (fs::directory_iterator entry(here, failure), end; !failure && entry != end;
         entry.increment(failure)) {
      visit(*entry, way);
    }
    if (failure) give_up(here, failure);
  }

  // The entry knows what it is, on most file systems without being asked.
  void visit(const fs::directory_entry& entry, std::span<const std::string_view> way) {
    std::error_code ignored;
    if (entry.is_symlink(ignored)) return;
    const bool is_last = way.size() == 1;
    if (!entry.is_directory(ignored)) {
      if (is_last) take(entry.path());
    } else if (!is_last) {
      follow(entry.path(), way.subspan(1));
    } else if (way.front() == kAllBelow) {
      follow(entry.path(), way);
    }
  }

  // What has vanished meanwhile is not there.
  void give_up(const fs::path& directory, const std::error_code& failure) {
    if (failure == std::errc::no_such_file_or_directory) return;
    found.unreadable.push_back({directory.string(), std::nullopt, failure.message()});
  }

  void take(const fs::path& path) {
    auto role = layouts_.classify(path.native());
    if (!role || role->kind != kind_ || role->project_root != root_.native()) return;
    found.files.push_back({path.native(), std::move(*role)});
  }

  const fs::path& root_;
  FileKind kind_;
  const syncd::Layouts& layouts_;
};

}  // namespace

ProjectFiles find_files(const fs::path& root, FileKind kind, const syncd::Layouts& layouts) {
  Search search(root, kind, layouts);
  for (const Way& way : ways_to(kind)) search.follow(root, way);
  return std::move(search.found);
}

}  // namespace tain::query
