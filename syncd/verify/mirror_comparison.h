#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "comparison_queries.h"
#include "syncd/mirror/row.h"
#include "syncd/mirror/sqlite/database.h"

namespace tain::syncd {

/// One value, row or file that is not as it should be.
struct Difference {
  std::string path;  ///< the file, or a project's directory; empty: no file owns the row
  std::string table;
  std::string row;  ///< which of the file's rows, as "line_offset=120"; empty: it has one
  DifferenceKind kind = DifferenceKind::changed;
  std::string column;  ///< of a row that changed, as all below
  mirror::Value live;
  mirror::Value expected;
  bool caught_up = true;  ///< false: the file has changed since the mirror last saw it
};

/// What the comparison says nothing about.
struct NotCompared {
  std::string path;  ///< a file, or a root
  std::string why;
};

/// Where a comparison's findings go, one by one.
struct ComparisonSink {
  std::function<void(const Difference&)> difference;
  std::function<void(const NotCompared&)> not_compared;
};

/// Compares a mirror with one that it should equal, row for row, in rounds: the first looks at
/// everything, each further one at the paths that differed in the last. Surrogate keys, `seq` and
/// times of mirroring do not count. Holds one row in memory at a time.
class MirrorComparison {
 public:
  /// Opens both mirrors, and only reads them. Throws as mirror::open_for_reading.
  MirrorComparison(const std::filesystem::path& live, const std::filesystem::path& fresh,
                   const mirror::Schema& schema);

  struct Round {
    std::int64_t different = 0;  ///< paths
    std::int64_t changing = 0;   ///< of them, those whose file changed since the last round
  };
  /// Compares both mirrors as they are now; the first round takes every difference for a change.
  Round compare();
  /// Calls `look(path)` for each path that differed in the last round.
  void for_each_different(const std::function<void(const std::string& path)>& look) const;
  /// Tells what the last round found. Returns how many differences that were.
  std::int64_t report(const ComparisonSink& sink) const;
  /// How many files were in both mirrors, in the first round.
  std::int64_t files() const { return files_; }

 private:
  void collect(bool scoped);
  void narrow();
  Round last_round() const;

  const mirror::Schema& schema_;
  sqlite::Database database_;
  std::int64_t files_ = 0;
  bool is_first_ = true;
};

}  // namespace tain::syncd
