#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "temp_dir.h"

namespace tain::testing {

/// Expects `text` to be what tests/query/golden/`name` holds. With TAIN_UPDATE_GOLDEN=1 in the
/// environment the file is written instead, for a person to read what has changed.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file =
      std::filesystem::path(TAIN_SOURCE_DIR) / "tests/query/golden" / name;
  const char* update = std::getenv("TAIN_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    write(file, text);
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(file)) << file << " is not there; see tests/README.md";
  EXPECT_EQ(read(file), text) << name;
}

}  // namespace tain::testing
