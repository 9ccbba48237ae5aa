#pragma once

#include <filesystem>

#include "core/fs/file_system.h"

namespace tain::mirror {

// How a new mirror takes the place of the old one `m.db`, by renaming, which takes no time whatever
// their sizes, and in such an order that one of them is whole whenever the process dies:
//
//   m.db.new       grows                                 a process that dies leaves it to be
//   removed m.db.whole     .new, complete                        the same, as long as m.db is there
//   m.db.replaced  the old one, which readers may have   there is no m.db: the next process puts
//                  open; its journals are removed        .whole there
//   m.db           .whole, renamed                       the next process removes .replaced

/// Where a new mirror grows.
std::filesystem::path growing_beside(const std::filesystem::path& mirror);
/// Puts the complete one, which has no journal that it needs, in the place of `mirror`. Throws
/// IoError; then the next process, or the next attempt to open it, does the rest.
void put_in_place(const std::filesystem::path& mirror, FileSystem& files);
/// Where there is no `mirror`, puts a complete one there that a process has left, if there is one.
/// Throws IoError.
void finish_replacement(const std::filesystem::path& mirror, FileSystem& files);
/// Removes what processes have left that died or failed meanwhile, when `mirror` is in its place.
void forget_replacement(const std::filesystem::path& mirror, FileSystem& files);

}  // namespace tain::mirror
