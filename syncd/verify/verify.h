#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fresh_mirror.h"
#include "mirror_comparison.h"

namespace tain::syncd {

struct VerifyOptions {
  std::filesystem::path mirror;
  std::vector<std::string> roots = {};  ///< of the mirror's; empty: all of them
  /// Returns when all that is saved by now is in the mirror, as far as anybody takes care of that.
  std::function<void()> flush = [] {};
  Progress progress = [](std::int64_t, std::int64_t) {};
};

struct VerifyResult {
  std::int64_t files = 0;  ///< that were compared
  std::int64_t differences = 0;
  std::int64_t not_compared = 0;
};

/// Builds a mirror from nothing, with the settings and of the roots that the mirror has recorded,
/// and tells where the two differ. The mirror is only read; the other one is built in $TMPDIR, else
/// beside the mirror, and removed.
///
/// A file that changes meanwhile is no difference: what differs is looked at again, up to five
/// times, and left out if its file keeps changing. What says nothing of the tree as it is now is
/// left out too: files that went bad (stale), and roots that are not available.
///
/// Throws InvalidArgument for a root that the mirror does not know, NotFoundError, Error, IoError.
VerifyResult verify(const VerifyOptions& options, const ComparisonSink& sink);

}  // namespace tain::syncd
