#include "sync_loop.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

#include "core/json/time.h"

namespace tain::syncd {
namespace {

constexpr std::chrono::milliseconds kFirstPause(100);
constexpr std::chrono::milliseconds kLongestPause(30'000);

}  // namespace

SyncLoop::SyncLoop(const Config& config, const Layouts& layouts, const mirror::Schema& schema,
                   DirtySet& dirty, Watcher& watcher, SharedStatus& status)
    : dirty_(dirty),
      status_(status),
      scanner_(layouts, watcher, config.pruned),
      files_(layouts, schema, config.limits),
      writer_(config.db, schema, now),
      step_(config.roots, dirty, scanner_, files_, layouts, writer_) {
  if (writer_.notice()) spdlog::warn("{}", *writer_.notice());
}

void SyncLoop::run() {
  while (!dirty_.closed()) {
    try {
      iterate();
      pause_ = {};
    } catch (const sqlite::DatabaseError& error) {
      corrupt_ = error.is_corrupt();
      report_failure(error.what());
    } catch (const std::exception& error) {
      report_failure(error.what());
    }
    if (pause_.count() > 0) dirty_.wait(pause_);
  }
}

void SyncLoop::iterate() {
  ensure_mirror();
  const bool worked = step_.run();
  // Complete as soon as what begin() marked is in it: what has changed since is dirty, and who
  // waits for that waits behind.
  if (writer_.is_rebuilding() && dirty_.reached(Generation{0})) {
    writer_.finish_rebuild();
    spdlog::info("the mirror is rebuilt");
  }
  publish();
  on_progress();
  if (!worked) dirty_.wait(std::nullopt);
}

void SyncLoop::catch_up() {
  try {
    work_off();
  } catch (const sqlite::DatabaseError& error) {
    if (!error.is_corrupt()) throw;
    corrupt_ = true;
    work_off();
  }
}

void SyncLoop::work_off() {
  ensure_mirror();
  while (step_.run()) {
  }
  if (writer_.is_rebuilding()) writer_.finish_rebuild();
  publish();
}

void SyncLoop::ensure_mirror() {
  if (corrupt_ || !writer_.is_in_place()) {
    if (!corrupt_) spdlog::warn("the mirror was removed or replaced; it is built anew");
    begun_ = false;  // until begin() has succeeded, however often it has to be tried
    writer_.reopen(corrupt_);
    corrupt_ = false;
    if (writer_.notice()) spdlog::error("{}", *writer_.notice());
  }
  if (begun_) return;
  if (!is_built_alike()) {
    writer_.begin_rebuild("was built with other settings");
    spdlog::warn("{}", *writer_.notice());
  }
  step_.begin();
  begun_ = true;
}

// A file that does not change is not read again: its rows would stay those of the old settings.
bool SyncLoop::is_built_alike() {
  if (writer_.is_rebuilding() || writer_.ledger().is_empty()) return true;
  const auto recorded = mirror::recorded_settings(writer_.database());
  const auto settings = parse_settings(recorded.value_or(""));
  return settings && give_same_rows(*settings, step_.settings());
}

void SyncLoop::publish() {
  status_.update([this](SharedStatus::Snapshot& snapshot) {
    snapshot.counters = step_.counters();
    snapshot.watches = step_.watches();
    for (const mirror::RootRecord& root : step_.roots()) {
      snapshot.available[root.path] = root.available;
    }
    snapshot.seq = writer_.ledger().seq();
    snapshot.last_error.clear();
    snapshot.rebuilding = writer_.is_rebuilding();
  });
}

void SyncLoop::report_failure(const std::string& what) {
  if (pause_.count() == 0) spdlog::error("{}; {} changes wait, trying again", what, dirty_.size());
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  status_.update([&](SharedStatus::Snapshot& snapshot) { snapshot.last_error = what; });
}

}  // namespace tain::syncd
