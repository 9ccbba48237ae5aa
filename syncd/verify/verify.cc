#include "verify.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/error.h"
#include "core/fs/paths.h"
#include "syncd/mirror/ledger.h"
#include "syncd/mirror/mirror_reader.h"

namespace tain::syncd {
namespace fs = std::filesystem;
namespace {

constexpr int kRounds = 5;

// What the mirror says of how it was made.
struct Origin {
  std::vector<std::string> roots;
  SyncSettings settings;
};

Origin read_origin(const fs::path& mirror) {
  const sqlite::Database database = mirror::open_for_reading(mirror);
  Origin origin{{}, settings_of(database)};
  sqlite::Statement rows = database.prepare("SELECT path FROM roots ORDER BY path");
  while (rows.step()) origin.roots.emplace_back(rows.text(0));
  return origin;
}

std::vector<std::string> choose_roots(const std::vector<std::string>& known,
                                      const std::vector<std::string>& wanted) {
  if (wanted.empty()) return known;
  std::vector<std::string> chosen;
  for (const std::string& root : wanted) {
    const std::string path = resolved_path(root).string();
    if (std::find(known.begin(), known.end(), path) == known.end()) {
      std::string list;
      for (const std::string& name : known) list.append(list.empty() ? "" : ", ").append(name);
      throw InvalidArgument("--root", "a root of the mirror (" + list + ")", path);
    }
    if (std::find(chosen.begin(), chosen.end(), path) == chosen.end()) chosen.push_back(path);
  }
  return chosen;
}

// A large mirror does not belong into a /tmp that is made of memory.
fs::path scratch_place(const fs::path& mirror) {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? fs::path(chosen)
                                              : fs::absolute(mirror).parent_path();
}

}  // namespace

VerifyResult verify(const VerifyOptions& options, const ComparisonSink& sink) {
  options.flush();
  const Origin origin = read_origin(options.mirror);
  FreshMirror fresh(scratch_place(options.mirror), choose_roots(origin.roots, options.roots),
                    origin.settings);
  fresh.catch_up(options.progress);
  options.flush();
  MirrorComparison comparison(options.mirror, fresh.path(), fresh.schema());
  MirrorComparison::Round found = comparison.compare();
  for (int round = 1; found.changing > 0 && round < kRounds; ++round) {
    options.flush();
    comparison.for_each_different([&](const std::string& path) { fresh.mark(path); });
    fresh.catch_up(options.progress);
    options.flush();
    found = comparison.compare();
  }
  VerifyResult result;
  const ComparisonSink counting = {sink.difference, [&](const NotCompared& left_out) {
                                     ++result.not_compared;
                                     sink.not_compared(left_out);
                                   }};
  result.differences = comparison.report(counting);
  result.files = comparison.files();
  return result;
}

}  // namespace tain::syncd
