#include "bookmarks.h"

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_directory.h"
#include "task_store.h"

namespace tain {

Bookmark create_bookmark(const std::filesystem::path& project_root, const NewBookmark& fresh,
                         const ProjectOptions& options) {
  if (fresh.id) require_valid_id("bookmark id", *fresh.id);
  if (fresh.event_id) require_valid_id("event id", *fresh.event_id);
  const Task task = TaskStore(project_root, options).get(fresh.task_id);
  const Timestamp time = options.clock();
  Bookmark bookmark{.id = fresh.id.value_or(make_id("bm", time)),
                    .task_id = task.id,
                    .event_id = fresh.event_id,
                    .kind = fresh.kind.value_or(fresh.event_id ? "event" : "task"),
                    .title = fresh.title.value_or(display_title(task)),
                    .note = fresh.note,
                    .metadata = fresh.metadata,
                    .created_at = time,
                    .updated_at = time};
  const std::filesystem::path directory =
      bookmarks_directory(std::filesystem::absolute(project_root));
  require_writable("bookmark", bookmark);
  make_entity_directory(project_root, directory, options);
  write_and_notify(options, directory, [&] {
    const DirectoryLock lock(*options.file_system, directory);
    require_project(project_root, options);
    EntityFile<Bookmark>::create(lock, directory / entity_file_name(bookmark.id), bookmark,
                                 options);
  });
  return bookmark;
}

void delete_bookmark(const std::filesystem::path& project_root, std::string_view id,
                     const ProjectOptions& options) {
  require_valid_id("bookmark id", id);
  const std::filesystem::path path =
      bookmarks_directory(std::filesystem::absolute(project_root)) / entity_file_name(id);
  write_and_notify(options, path.parent_path(), [&] {
    if (options.file_system->unlink(path.c_str()) == 0) return;
    if (errno != ENOENT) throw IoError("delete", path, errno);
    throw NotFoundError("delete", path, "there is no bookmark " + std::string(id));
  });
}

Listing<Bookmark> list_bookmarks(const std::filesystem::path& project_root,
                                 const std::optional<std::string>& task_id,
                                 const StateOptions& options) {
  Listing<Bookmark> listing = read_listing<Bookmark>(
      entity_files(options, bookmarks_directory(project_root)), options,
      [&](const Bookmark& bookmark) { return !task_id || bookmark.task_id == *task_id; });
  std::sort(listing.entities.begin(), listing.entities.end(),
            [](const Bookmark& a, const Bookmark& b) {
              return std::tie(a.created_at, a.id) < std::tie(b.created_at, b.id);
            });
  return listing;
}

}  // namespace tain
