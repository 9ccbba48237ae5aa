#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "../model/bookmark.h"
#include "listing.h"
#include "state_options.h"

namespace tain {

/// What a new bookmark is given; the rest is filled in.
struct NewBookmark {
  std::string task_id = {};
  std::optional<std::string> event_id = {};  ///< one of the task's events; nothing: the whole task
  std::optional<std::string> kind = {};   ///< "event" or "task", as it has an event, unless given
  std::optional<std::string> title = {};  ///< the task's unless given
  std::optional<std::string> note = {};
  Json metadata = Json::object();
  std::optional<std::string> id = {};  ///< generated unless given
};

/// Writes `bookmarks/<id>.json`. Throws NotFoundError for a task that is not there,
/// AlreadyExistsError, InvalidArgument, IoError. Durable as `options` says. (Seed 000.)
Bookmark create_bookmark(const std::filesystem::path& project_root, const NewBookmark& fresh,
                         const ProjectOptions& options = {});
/// Removes a bookmark. Throws NotFoundError, IoError.
void delete_bookmark(const std::filesystem::path& project_root, std::string_view id,
                     const ProjectOptions& options = {});
/// The bookmarks, in the order of their age; those of one task where it is given.
Listing<Bookmark> list_bookmarks(const std::filesystem::path& project_root,
                                 const std::optional<std::string>& task_id = {},
                                 const StateOptions& options = {});

}  // namespace tain
