#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tain::testing {

/// A folder of the corpus of real files, which is not part of the repository: below $TAIN_CORPUS,
/// else below the nearest `shared/corpus` above this file. Nothing where it is absent.
inline std::optional<std::filesystem::path> corpus(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto existing = [&](const fs::path& root) -> std::optional<fs::path> {
    return fs::is_directory(root / folder) ? std::optional(root / folder) : std::nullopt;
  };
  if (const char* root = std::getenv("TAIN_CORPUS")) return existing(root);
  for (fs::path up = fs::path(__FILE__).parent_path(); up.has_relative_path();
       up = up.parent_path()) {
    if (const auto found = existing(up / "shared" / "corpus")) return found;
  }
  return std::nullopt;
}

/// The files below `folder` that `wanted` selects, in a stable order.
inline std::vector<std::filesystem::path> files_below(
    const std::filesystem::path& folder,
    const std::function<bool(const std::filesystem::path&)>& wanted) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && wanted(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace tain::testing

/// For a test that needs the corpus: `TAIN_CORPUS_OR_SKIP(folder, "agent-session");`
#define TAIN_CORPUS_OR_SKIP(variable, name)                                                      \
  const auto variable##_found = ::tain::testing::corpus(name);                                   \
  if (!variable##_found) {                                                                       \
    GTEST_SKIP() << "no corpus folder " << (name) << "; set TAIN_CORPUS to where the corpus is"; \
  }                                                                                              \
  const std::filesystem::path& variable = *variable##_found
