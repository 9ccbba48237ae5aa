#pragma once

#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "core/json/document.h"
#include "cursor.h"
#include "entity_columns.h"

namespace tain::query {

/// One row of the mirror, as core's struct, and where it comes from.
template <class E>
struct Mirrored {
  /// What has no column of its own (a session's goals, decisions, commits, phase history and
  /// artifacts; an agent's capabilities) is as a new entity has it: those are tables, and
  /// MirrorReader::document() has them too.
  E entity;
  std::string path;          ///< its file; empty for a project that has no project.json
  std::string project_root;  ///< the directory of its project
  std::string project;       ///< the project's name; empty where it has no project.json
  /// The columns that could not be read into their field (a word that core does not know, no value
  /// where core wants one), and those whose text is too long and was left in the file. Those fields
  /// are as a new entity has them.
  std::vector<std::string> unread;
};

/// The rows of a list: an input range, which holds one row. It is one statement, so all of its rows
/// are of one moment of the mirror, however long the reading takes; and while it lasts the daemon's
/// log (the -wal file) cannot be cut. Used by the thread of its reader.
template <class E>
class Rows {
 public:
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = Mirrored<E>;

    Iterator() = default;
    explicit Iterator(Rows& rows) : rows_(&rows) {}
    const Mirrored<E>& operator*() const { return rows_->row_; }
    const Mirrored<E>* operator->() const { return &rows_->row_; }
    Iterator& operator++() {
      rows_->fetch();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return rows_->at_end_; }

   private:
    Rows* rows_ = nullptr;
  };

  /// The first columns of `cursor` are kSelectOrigin's, then come select_list()'s.
  explicit Rows(Cursor cursor) : cursor_(std::move(cursor)) {}

  /// Fetches the first row; may be called once. Throws Error, as ++ does, where SQLite fails.
  Iterator begin() {
    fetch();
    return Iterator(*this);
  }
  static std::default_sentinel_t end() { return std::default_sentinel; }

 private:
  void fetch() {
    at_end_ = !cursor_.step();
    if (at_end_) return;
    row_.path = cursor_.text(0);
    row_.project_root = cursor_.text(1);
    row_.project = cursor_.text(2);
    row_.unread.clear();
    if (!cursor_.is_null(3)) {
      entity_columns_detail::read_json(cursor_.text(3), row_.unread);
    }
    row_.entity = read_entity<E>(cursor_, 4, row_.unread);
  }

  Cursor cursor_;
  Mirrored<E> row_;
  bool at_end_ = false;
};

}  // namespace tain::query
