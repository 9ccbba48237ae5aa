#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tain::testing {

/// What a shell command prints, without its last newline; nothing where it fails.
inline std::optional<std::string> output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe)) {
    output.append(buffer, size);
  }
  if (::pclose(pipe) != 0) return std::nullopt;
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

/// Installs an npm package where the build is, unless it is there; false where it cannot be had.
inline bool has_npm_package(const std::filesystem::path& directory, const std::string& package) {
  if (std::filesystem::is_directory(directory / "node_modules")) return true;
  std::filesystem::create_directories(directory);
  const std::string install = "cd '" + directory.string() +
                              "' && npm install --no-audit --no-fund --no-save " + package +
                              " >npm.log 2>&1";
  return std::system(install.c_str()) == 0;
}

/// The version whose rules and prices ours are, of those that npm has.
inline constexpr const char* kCcusage = "ccusage@20.0.24";

/// What `ccusage <program> daily` says of the transcripts in the home directory `home`; nothing
/// where it cannot be had, or does not run.
inline std::optional<nlohmann::json> ccusage_daily(const std::string& program,
                                                   const std::filesystem::path& home) {
  const std::filesystem::path npm = std::filesystem::path(TAIN_BIN_DIR) / ".." / "ccusage";
  if (!has_npm_package(npm, kCcusage)) return std::nullopt;
  const auto report =
      output_of("HOME='" + home.string() + "' CLAUDE_CONFIG_DIR='" + (home / ".claude").string() +
                "' CODEX_HOME='" + (home / ".codex").string() + "' '" +
                (npm / "node_modules/.bin/ccusage").string() + "' " + program +
                " daily --json --offline --timezone UTC 2>/dev/null");
  if (!report) return std::nullopt;
  return nlohmann::json::parse(*report);
}

}  // namespace tain::testing
