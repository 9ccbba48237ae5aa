#pragma once

#include <string>

namespace tain::syncd {

/// Whether `path` lies on a file system whose changes may be made where this kernel does not see
/// them: a network or FUSE mount. False where that cannot be asked.
bool is_on_remote_file_system(const std::string& path);

/// The same for the type that statfs(2) gives.
bool is_remote_file_system(long type);

}  // namespace tain::syncd
