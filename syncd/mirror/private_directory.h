#pragma once

#include <filesystem>
#include <system_error>

namespace tain::mirror {

/// Makes the directory that the mirror will be in, for its owner only where it has to be made.
inline void make_private_directory(const std::filesystem::path& directory) {
  std::error_code failure;  // what is wrong with it, whoever opens the file will say
  if (std::filesystem::create_directories(directory, failure)) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failure);
  }
}

}  // namespace tain::mirror
