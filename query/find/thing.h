#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "syncd/mirror/sqlite/database.h"

namespace tain::query {

/// A kind of what a person can point at by an id.
struct ThingKind {
  std::string_view word;   ///< as `tain ls` has it: "tasks"
  std::string_view name;   ///< of one: "task"
  std::string_view table;  ///< in the mirror
  std::string_view id;     ///< its column
  std::string_view alias;  ///< another column by which people know it; or the same
  std::string_view title;  ///< SQL, of a row `t`
};

/// All of them, in the order in which people look for them.
std::span<const ThingKind> thing_kinds();
/// Their words, for a flag.
std::vector<std::string> thing_words();

/// One row of the mirror.
struct Thing {
  const ThingKind* kind = nullptr;
  std::string id;
  std::string title;
  std::string project;  ///< its name
  std::int64_t project_key = 0;
  std::int64_t row = 0;  ///< its rowid
  std::string path;      ///< of its file; empty for a project that no file describes
};

/// Which things.
struct ThingFilter {
  std::optional<std::string> word = {};      ///< of one kind
  std::optional<std::string> projects = {};  ///< see project_keys()
};

/// More of a kind than these, and no person reads on.
inline constexpr std::size_t kMostThings = 20;

/// What `name` means: the things that are called so, else those that the file of this path
/// describes, else those whose id begins with it, else the sessions whose directory is called so,
/// or begins so. Of each kind at most one more than kMostThings.
std::vector<Thing> find_things(const sqlite::Database& database, const std::string& name,
                               const ThingFilter& filter);

}  // namespace tain::query
