#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace tain::testing {

/// Whether the program `jq` is there, which counts what we count and knows nothing of us.
inline bool has_jq() {
  return std::system("jq --version >/dev/null 2>&1") == 0;
}

/// What `jq -rs FILTER` prints of `files`, which it takes for one list of all values in them,
/// without the last newline. Throws where it fails.
inline std::string jq(const std::string& filter, const std::vector<std::filesystem::path>& files) {
  const auto quoted = [](const std::string& text) {
    std::string quote = "'";
    for (const char c : text) quote += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quote + "'";
  };
  std::string command = "jq -rs " + quoted(filter);
  for (const auto& file : files) command += " " + quoted(file.string());
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen: " + command);
  std::string output;
  char buffer[4096];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe)) {
    output.append(buffer, size);
  }
  if (::pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

}  // namespace tain::testing

/// For a test that counts with jq.
#define TAIN_JQ_OR_SKIP() \
  if (!::tain::testing::has_jq()) GTEST_SKIP() << "no jq to count with; install it"
