#pragma once

#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "syncd/mirror/row.h"

namespace tain::fuzz {

/// Ends the program, which libFuzzer reports with its input, unless what must hold does.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "expected: %s\n", what);
  std::abort();
}

/// What every row must be, whatever it was made from: complete, and text for SQLite.
inline void expect_fits_its_table(const mirror::Row& row) {
  expect(row.values.size() == row.table->columns.size(), "a value for each column");
  for (const mirror::Value& value : row.values) {
    const std::string* text = std::get_if<std::string>(&value);
    expect(text == nullptr || simdjson::validate_utf8(text->data(), text->size()),
           "text in UTF-8 in each column");
  }
}

}  // namespace tain::fuzz
