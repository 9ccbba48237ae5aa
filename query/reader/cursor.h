#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "conditions.h"

namespace tain::query {

/// The answer to one statement on the mirror, row by row. Keeps its connection open; goes back to
/// the statements that its reader has ready when it is destroyed. Used by its reader's thread.
class Cursor {
 public:
  struct State;

  explicit Cursor(std::unique_ptr<State> state);
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  /// True while there is a row. Throws Error where SQLite fails.
  bool step();

  // Of the row, by the place of the column, from 0.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  /// Valid until the next step().
  std::string_view text(int column) const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace tain::query
