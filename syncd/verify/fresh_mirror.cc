#include "fresh_mirror.h"

#include <utility>

#include "core/json/time.h"

namespace tain::syncd {

FreshMirror::FreshMirror(const std::filesystem::path& directory, std::vector<std::string> roots,
                         const SyncSettings& settings)
    : directory_(directory),
      path_(directory_.path() / "mirror.db"),
      layouts_(schema_, settings.layouts),
      scanner_(layouts_, nobody_, settings.pruned),
      files_(layouts_, schema_, settings.limits, settings.redaction),
      writer_(path_, schema_, now),
      step_(std::move(roots), dirty_, scanner_, files_, layouts_, writer_) {
  // Nothing of it has to outlive this process.
  writer_.database().run("PRAGMA synchronous = OFF");
  writer_.begin_load();
  step_.begin();
}

void FreshMirror::catch_up(const Progress& progress) {
  const Generation barrier = dirty_.barrier();
  while (!dirty_.reached(barrier)) {
    step_.run();
    const std::int64_t done = step_.counters().files;
    progress(done, done + static_cast<std::int64_t>(dirty_.size()));
  }
  if (writer_.is_loading()) writer_.finish_load();
}

}  // namespace tain::syncd
