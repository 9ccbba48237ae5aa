#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "syncd/mirror/sqlite/database.h"

namespace tain::query {

/// What is searched for, and where.
struct SearchRequest {
  std::string match;                         ///< in the syntax of FTS5
  std::optional<std::string> word = {};      ///< of search_words()
  std::optional<std::string> projects = {};  ///< see keys_in_scope()
  std::optional<std::int64_t> since = {};    ///< UTC ms
  std::optional<std::int64_t> until = {};    ///< UTC ms, not included
  std::int64_t limit = 20;
};

/// A row whose texts match.
struct SearchHit {
  std::string_view name;  ///< of what was found: "task"
  std::string id;         ///< what `tain show` takes: of a decision its session's
  std::string project;
  std::optional<std::int64_t> at;  ///< when it was changed last, or happened; UTC ms
  double rank = 0;                 ///< bm25: the smaller the better
  std::string snippet;             ///< kHitBegin and kHitEnd around the words
};

inline constexpr char kHitBegin = '\x01';
inline constexpr char kHitEnd = '\x02';

/// What can be searched, in the words of `tain ls` where that has one.
std::vector<std::string> search_words();

/// The words of a person, of which all have to be there, in the syntax of FTS5. Nothing in them
/// has a meaning there: `foo-bar` is the two words, one behind the other.
std::string match_all_words(std::string_view text);

/// The best hits first. Throws InvalidArgument where FTS5 does not understand `match`,
/// DatabaseError.
std::vector<SearchHit> search_texts(const sqlite::Database& database, const SearchRequest& request);

}  // namespace tain::query
