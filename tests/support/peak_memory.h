#pragma once

#include <sys/types.h>

#include <cstddef>
#include <fstream>
#include <string>

namespace tain::testing {

/// The most memory that a process has had, in MiB.
inline std::size_t peak_memory(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) / 1024;
  }
  return 0;
}

}  // namespace tain::testing
