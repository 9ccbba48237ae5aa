#pragma once

#include <filesystem>
#include <string_view>

#include "atomic_file.h"
#include "file_system.h"

namespace tain {

/// Appends `line` and a newline to the JSON Lines file `path`, creating it where it is missing.
///
/// One `write(2)` with O_APPEND under an exclusive `flock` of the file itself: lines of concurrent
/// writers never mix. A last line that a crash left torn is sealed with a newline first, so that it
/// damages only itself. With Durability::full the line and, for a new file, its name survive a
/// power loss; with `file` the line. Throws InvalidArgument for a line that holds a newline,
/// IoError (nothing was appended, or a part of the line, which is then torn), and NotDurableError
/// (the whole line was appended: appending it again would repeat it).
void append_line(FileSystem& fs, const std::filesystem::path& path, std::string_view line,
                 Durability durability);

}  // namespace tain
