#include "sync_loop.h"

#include <malloc.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/json/time.h"
#include "syncd/version.h"

namespace tain::syncd {
namespace {

// Somebody else's lock and a full disk come and go, and leave the connection as it was.
bool outlasts(const sqlite::DatabaseError& error) {
  return error.code() == SQLITE_BUSY || error.code() == SQLITE_LOCKED ||
         error.code() == SQLITE_FULL;
}

}  // namespace
SyncLoop::Engine::Engine(const Config& config, SyncLoop& loop)
    : scanner(loop.layouts_, loop.watcher_, config.pruned),
      files(loop.layouts_, loop.schema_, config.limits, config.redaction),
      step(config.roots, loop.dirty_, scanner, files, loop.layouts_, loop.writer_,
           [&progress = loop.progress_] { ++progress; }) {}

SyncLoop::SyncLoop(Config config, const Layouts& layouts, const mirror::Schema& schema,
                   DirtySet& dirty, Watcher& watcher, SharedStatus& status,
                   mirror::WriterLock* lock)
    : config_(std::move(config)),
      layouts_(layouts),
      schema_(schema),
      dirty_(dirty),
      watcher_(watcher),
      status_(status),
      lock_(lock),
      writer_(config_.db, schema, now, lock) {
  writer_.use_prices(config_.prices);
  engine_.emplace(config_, *this);
  status_.update([this](auto& snapshot) { snapshot.rebuilding = is_building(); });
  if (writer_.notice()) spdlog::warn("{}", *writer_.notice());
}

std::uint64_t SyncLoop::reconfigure(Config config) {
  std::uint64_t order = 0;
  {
    const std::lock_guard lock(orders_mutex_);
    orders_.config = std::move(config);
    order = ++orders_.last;
  }
  dirty_.wake();
  return order;
}

std::uint64_t SyncLoop::rebuild() {
  std::uint64_t order = 0;
  {
    const std::lock_guard lock(orders_mutex_);
    orders_.rebuild = true;
    order = ++orders_.last;
  }
  dirty_.wake();
  return order;
}

void SyncLoop::run() {
  while (!dirty_.closed()) {
    switch (turn()) {
      case Turn::worked:
        break;
      case Turn::idle:
        wait(std::nullopt);
        break;
      case Turn::failed:
        wait(pause());
        break;
    }
  }
  leave();
}

Turn SyncLoop::turn() {
  ++progress_;
  try {
    const bool worked = iterate();
    backoff_.reset();
    return worked ? Turn::worked : Turn::idle;
  } catch (const mirror::LockLost&) {
    throw;
  } catch (const ScanStopped&) {
    return Turn::worked;  // the dirty set is closed
  } catch (const ReadingStopped&) {
    return Turn::worked;  // the same
  } catch (const sqlite::DatabaseError& error) {
    damaged_ = damaged_ || error.is_corrupt();
    to_reopen_ = to_reopen_ || !outlasts(error);
    report_failure(error.what());
  } catch (const std::exception& error) {
    report_failure(error.what());
  }
  return Turn::failed;
}

void SyncLoop::distrust() {
  distrusted_ = true;
  dirty_.wake();
}

void SyncLoop::wait(std::optional<std::chrono::milliseconds> longest) {
  waiting_ = true;
  dirty_.wait(longest);
  waiting_ = false;
}

bool SyncLoop::is_alive() {
  const std::uint64_t progress = progress_;
  return progress_seen_.exchange(progress) != progress || waiting_;
}

bool SyncLoop::iterate() {
  take_orders();
  ensure_mirror();
  const bool worked = engine_->step.run();
  note_progress();
  on_progress();
  return worked;
}

// Of each layout once, however many files have it: they all say so in the mirror.
void SyncLoop::say_newer_formats() {
  for (const auto& [layout, notice] : engine_->files.take_notices()) {
    if (newer_layouts_.insert(layout).second) spdlog::warn("{}", notice);
  }
}

void SyncLoop::catch_up() {
  try {
    work_off();
  } catch (const sqlite::DatabaseError& error) {
    if (!error.is_corrupt()) throw;
    damaged_ = true;
    work_off();
  }
  leave();
}

void SyncLoop::work_off() {
  ensure_mirror();
  while (engine_->step.run()) note_progress();
  note_progress();
}

// An order that fails is given again, unless a newer one is there.
void SyncLoop::take_orders() {
  Orders orders;
  {
    const std::lock_guard lock(orders_mutex_);
    if (orders_.last == orders_taken_) return;
    orders = orders_;
  }
  begun_ = false;  // and so everything is scanned before the order is done
  if (orders.config) reconfigure_now(*orders.config);
  if (orders.rebuild) writer_.begin_rebuild("was to be built anew");
  orders_taken_ = orders.last;
  const std::lock_guard lock(orders_mutex_);
  if (orders_.last == orders.last) orders_ = {.last = orders.last, .config = {}, .rebuild = false};
}

void SyncLoop::reconfigure_now(const Config& config) {
  writer_.use_prices(config.prices);  // may fail, and then nothing is changed
  for (const std::string& root : config_.roots) {
    const auto& kept = config.roots;
    if (std::find(kept.begin(), kept.end(), root) == kept.end()) watcher_.forget(root);
  }
  unwatched_.clear();
  config_ = config;
  engine_.emplace(config_, *this);
}

// Whoever had the lock meanwhile may have written.
void SyncLoop::hold_the_lock() {
  if (lock_ == nullptr || lock_->is_held()) return;
  to_reopen_ = true;
  lock_->regain();
  spdlog::warn("the mirror's lock file was removed or replaced; it is taken again");
}

void SyncLoop::ensure_mirror() {
  hold_the_lock();
  damaged_ = distrusted_.exchange(false) || damaged_;
  switch (writer_.condition()) {
    case mirror::Condition::sound:
      break;
    case mirror::Condition::closed:
      to_reopen_ = true;
      break;
    case mirror::Condition::gone:
      spdlog::warn("the mirror was removed or replaced; it is built anew");
      to_reopen_ = true;
      break;
    case mirror::Condition::damaged:
      damaged_ = true;
      break;
  }
  if (to_reopen_ || damaged_) reopen();
  if (begun_) return;
  if (!is_built_alike()) {
    writer_.begin_rebuild("was built with other settings");
    spdlog::warn("{}", *writer_.notice());
  }
  if (writer_.ledger().is_empty()) writer_.begin_load();
  // Before any mark is done, so that no barrier is taken for reached while readers see the old one.
  status_.update([this](auto& snapshot) { snapshot.rebuilding = is_building(); });
  engine_->step.begin();
  beat();
  caught_up_ = dirty_.barrier();
  caught_up_told_ = false;
  files_before_ = engine_->step.counters().files;
  begun_ = true;
}

// What is in the mirror now is to be found out: until begin() has succeeded, however often it has
// to be tried.
void SyncLoop::reopen() {
  begun_ = false;
  to_reopen_ = true;
  writer_.reopen(std::exchange(damaged_, false));
  to_reopen_ = false;
  if (writer_.notice()) spdlog::error("{}", *writer_.notice());
}

// A file that does not change is not read again: its rows would stay those of the old settings.
bool SyncLoop::is_built_alike() {
  if (writer_.is_rebuilding() || writer_.ledger().is_empty()) return true;
  const auto recorded = mirror::recorded_settings(writer_.database());
  const auto settings = parse_settings(recorded.value_or(""));
  return settings && give_same_rows(*settings, engine_->step.settings());
}

void SyncLoop::note_progress() {
  say_newer_formats();
  const bool caught_up = dirty_.reached(caught_up_);
  if (caught_up && writer_.is_loading() && !finish_load()) return;
  if (caught_up && writer_.is_rebuilding()) {
    writer_.finish_rebuild();
    spdlog::info("the mirror is rebuilt");
  }
  publish();
  tell_of_watches();
  tell_of_empty_roots();
  if (!caught_up) {
    const std::int64_t done = engine_->step.counters().files - files_before_;
    on_catching_up(done, done + static_cast<std::int64_t>(dirty_.size()));
  }
  if (caught_up && !std::exchange(caught_up_told_, true)) {
    spdlog::info("caught up: {} files looked at", engine_->step.counters().files);
    ::malloc_trim(0);  // what all files at once have taken stays the process's otherwise
  }
  const bool is_due = std::chrono::steady_clock::now() - beaten_ >= config_.heartbeat_interval;
  if (is_due || beaten_scans_ != engine_->step.counters().root_scans) beat();
}

// As prompt to stop as a scan, and as much a sign of life. False: it is left to the next start.
bool SyncLoop::finish_load() {
  return writer_.finish_load([this] {
    ++progress_;
    return dirty_.closed();
  });
}

bool SyncLoop::is_building() const {
  return writer_.is_rebuilding() || writer_.is_loading();
}

void SyncLoop::publish() {
  const SyncStep& step = engine_->step;
  const std::uint64_t failures = watcher_.failures();
  const bool caught_up = dirty_.reached(caught_up_);
  status_.update([&](SharedStatus::Snapshot& snapshot) {
    snapshot.counters = step.counters();
    snapshot.watches = step.watches();
    snapshot.watch_failures = failures;
    snapshot.available.clear();
    for (const mirror::RootRecord& root : step.roots()) {
      snapshot.available[root.path] = root.available;
    }
    snapshot.seq = writer_.ledger().seq();
    snapshot.last_error.clear();
    snapshot.rebuilding = is_building();
    if (caught_up) snapshot.orders_done = orders_taken_;
  });
}

// Once when it begins, and once when it is over.
void SyncLoop::tell_of_watches() {
  for (const auto& [root, watch] : engine_->step.watches()) {
    if (!watch.scanned) continue;
    const bool was_unwatched = std::exchange(unwatched_[root], !watch.complete);
    if (was_unwatched == !watch.complete) continue;
    if (watch.complete) {
      spdlog::info("{} is watched wholly again", root);
    } else {
      spdlog::warn("{}: {} of {} directories are watched; {}; until then it is scanned often", root,
                   watcher_.watched_below(root), watch.directories, watcher_.trouble());
    }
  }
}

// Perhaps its projects are still to come; or else somebody wonders why the mirror is empty.
void SyncLoop::tell_of_empty_roots() {
  for (const auto& [root, watch] : engine_->step.watches()) {
    if (!watch.scanned || watch.files > 0 || !told_empty_.insert(root).second) continue;
    spdlog::info(
        "{}: no layout recognises a file there yet; `tain roots discover` looks for trees "
        "elsewhere",
        root);
  }
}

// So that whoever has only the mirror can tell how fresh it is.
void SyncLoop::beat() {
  const SharedStatus::Snapshot status = status_.get();
  writer_.transact([&] {
    mirror::Ledger& ledger = writer_.ledger();
    ledger.record_writer({.pid = ::getpid(),
                          .version = kVersion,
                          .started_at = status.started_at,
                          .pending = static_cast<std::int64_t>(dirty_.size()),
                          .overflows = status.overflows,
                          .last_error = status.last_failure,
                          .last_error_at = status.last_failure_at});
    for (const mirror::RootRecord& root : engine_->step.roots()) {
      const auto found = engine_->step.watches().find(root.path);
      const RootWatch watch = found == engine_->step.watches().end() ? RootWatch{} : found->second;
      const auto watches = watcher_.watched_below(root.path);
      const auto event = status.last_events.find(root.path);
      ledger.root_watched(root.root_id, {.mode = watch.mode(watches),
                                         .directories = watch.directories,
                                         .watches = static_cast<std::int64_t>(watches),
                                         .last_event_at = event == status.last_events.end()
                                                              ? std::nullopt
                                                              : std::optional(event->second)});
    }
  });
  beaten_ = std::chrono::steady_clock::now();
  beaten_scans_ = engine_->step.counters().root_scans;
}

void SyncLoop::leave() {
  try {
    if (!begun_ || !writer_.is_in_place()) return;
    sqlite3_busy_timeout(writer_.database().handle(), 0);  // a stop has to be prompt
    writer_.transact([this] { writer_.ledger().record_stop(); });
  } catch (const Error& error) {
    spdlog::warn("{}", error.what());  // all else is committed
  }
}

void SyncLoop::report_failure(const std::string& what) {
  bool is_new = false;
  status_.update([&](SharedStatus::Snapshot& snapshot) {
    is_new = snapshot.last_error != what;
    snapshot.last_error = snapshot.last_failure = what;
    snapshot.last_failure_at = now();
  });
  if (is_new) spdlog::error("{}; {} changes wait, trying again", what, dirty_.size());
  backoff_.next();
}

}  // namespace tain::syncd
