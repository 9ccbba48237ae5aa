#include "sync_step.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "core/error.h"

namespace tain::syncd {
namespace {

// Marks: enough that a commit's cost does not count.
constexpr std::size_t kBatch = 4096;
// A batch that takes longer is cut short, so that readers see progress and a stop is prompt. What
// was read for it by then is written.
constexpr std::chrono::milliseconds kLongestBatch(250);
// With fewer new files a batch is done before other threads have begun.
constexpr std::size_t kWorthReadingAhead = 16;
constexpr unsigned kMostReaders = 3;  // one writer cannot keep more busy

bool is_read(const std::optional<ReadAhead>& ahead, const Mark& mark) {
  return ahead && !ahead->is_done() && mark.scope == Scope::file && ahead->next() == mark.path;
}

}  // namespace

std::string_view RootWatch::mode(std::size_t watches) const {
  if (!scanned) return "starting";
  if (complete) return "inotify";
  return watches == 0 ? "polling" : "partial";
}

SyncStep::SyncStep(std::vector<std::string> roots, DirtySet& dirty, Scanner& scanner,
                   FileSync& files, const Layouts& layouts, mirror::MirrorWriter& writer,
                   std::function<void()> on_progress)
    : root_paths_(std::move(roots)),
      dirty_(dirty),
      scanner_(scanner),
      files_(files),
      layouts_(layouts),
      writer_(writer),
      on_progress_(std::move(on_progress)) {}

// Asked by what takes long, so whoever asks has got on.
bool SyncStep::must_stop() const {
  on_progress_();
  return dirty_.closed();
}

void SyncStep::begin() {
  writer_.transact([this] {
    roots_.clear();
    for (const std::string& path : writer_.ledger().retain_roots(root_paths_)) {
      if (must_stop()) throw ScanStopped();  // and nothing is removed: the next start does it
      FileSync::remove(writer_, path);
    }
    for (const std::string& path : root_paths_) roots_.push_back(writer_.ledger().root(path));
    writer_.ledger().save_settings(to_text(settings()));
  });
  // Older than everything: a barrier that is there already waits for these scans too.
  for (const std::string& path : root_paths_) dirty_.mark_first(path, Scope::tree);
}

bool SyncStep::run() {
  const std::vector<Mark> marks = dirty_.take(kBatch);
  if (marks.empty()) return false;
  const SyncCounters before = counters_;
  try {
    writer_.transact([&] {
      counters_ = before;  // it may be begun anew
      apply(marks);
      // What finds nothing new, as most of what several events tell of one change, writes nothing.
      const auto pending = static_cast<std::int64_t>(dirty_.size() - marks.size());
      mirror::Ledger& ledger = writer_.ledger();
      if (writer_.has_changed() || ledger.pending() != pending) ledger.record_batch(pending);
    });
    // Else nobody will ever read what was committed, and no barrier may pass it.
    if (!writer_.is_in_place()) {
      throw Error("write", writer_.path(), "the mirror was removed or replaced meanwhile");
    }
  } catch (...) {
    dirty_.put_back();
    throw;
  }
  dirty_.done();
  ++counters_.batches;
  return true;
}

void SyncStep::apply(const std::vector<Mark>& marks) {
  std::vector<std::string> gone;
  std::optional<ReadAhead> ahead = read_ahead(marks);
  const auto deadline = std::chrono::steady_clock::now() + kLongestBatch;
  for (const Mark& mark : marks) {
    const bool is_late = std::chrono::steady_clock::now() > deadline;
    if (is_late && ahead) ahead->read_no_more();
    if (is_late && !is_read(ahead, mark)) {
      dirty_.mark(mark.path, mark.scope, mark);  // the next batch's
    } else if (mark.scope == Scope::tree) {
      scan(mark);
    } else {
      sync_file(mark, ahead, gone);
    }
  }
  // After what was added, so that a file that moved is never in neither place.
  remove_gone(gone);
}

mirror::RootRecord* SyncStep::root_of(std::string_view path) {
  for (mirror::RootRecord& root : roots_) {
    if (is_at_or_below(path, root.path)) return &root;
  }
  return nullptr;
}

void SyncStep::scan(const Mark& mark) {
  mirror::RootRecord* root = root_of(mark.path);
  if (root == nullptr || !scanner_.reaches(root->path, mark.path + "/")) return;
  ++counters_.scans;
  const auto begin = std::chrono::steady_clock::now();
  const ScanResult found =
      scanner_.scan(root->path, mark.path, writer_.ledger(), [this] { return must_stop(); });
  if (!found.root_is_there) return make_unavailable(*root, found.root_trouble);
  // Another device: with our files, the disk has a new number; without, it is not mounted, whatever
  // was written meanwhile to where it should be. The whole root has to be seen to tell.
  const bool moved = root->device && *root->device != found.device;
  if (moved && mark.path != root->path) return dirty_.mark(root->path, Scope::tree, mark);
  if (moved && found.vanished.size() > found.renumbered) {
    return make_unavailable(*root,
                            "another device is mounted there, without most of the files; if they "
                            "are gone for good: tain rebuild");
  }
  note_scan(*root, mark, found, begin);
  for (const std::string& path : found.changed) dirty_.mark(path, Scope::file, mark);
  for (const std::string& path : found.vanished) dirty_.mark(path, Scope::file, mark);
  for (const std::string& path : found.readable) writer_.ledger().clear_errors(path);
  for (const mirror::SyncError& error : found.unreadable) writer_.ledger().record_error(error);
  if (mark.path != root->path) return;
  root->device = found.device;
  root->available = true;
  writer_.ledger().root_scanned(*root, found.files);
}

void SyncStep::note_scan(const mirror::RootRecord& root, const Mark& mark, const ScanResult& found,
                         std::chrono::steady_clock::time_point begin) {
  RootWatch& watch = watches_[root.path];
  if (mark.path != root.path) {
    watch.complete = watch.complete && found.all_watched;
    return;
  }
  ++counters_.root_scans;
  watch.scanned = true;
  watch.complete = found.all_watched;
  watch.identity = found.identity;
  watch.directories = found.directories;
  watch.files = found.files;
  watch.scanned_at = std::chrono::steady_clock::now();
  watch.scan_time = std::chrono::duration_cast<std::chrono::milliseconds>(watch.scanned_at - begin);
}

// The new files among them, while there are many, as in a mirror that is built.
std::optional<ReadAhead> SyncStep::read_ahead(const std::vector<Mark>& marks) {
  std::vector<ReadAhead::Job> jobs;
  if (marks.size() < kWorthReadingAhead) return std::nullopt;
  for (const Mark& mark : marks) {
    mirror::RootRecord* root = root_of(mark.path);
    if (mark.scope != Scope::file || root == nullptr || mark.path == root->path) continue;
    std::optional<FileRole> role = layouts_.classify(mark.path);
    if (!role || !scanner_.reaches(root->path, mark.path)) continue;
    if (writer_.ledger().find(mark.path)) continue;
    jobs.push_back({root->path, new_record(*root, mark.path, *role), *role});
  }
  if (jobs.size() < kWorthReadingAhead) return std::nullopt;
  // To read takes longer than to write.
  const unsigned readers = std::clamp(std::thread::hardware_concurrency(), 2U, kMostReaders);
  while (readers_.size() < readers) {
    readers_.push_back(files_.make_reader());
  }
  return std::optional<ReadAhead>(std::in_place, readers_, std::move(jobs),
                                  [this] { return must_stop(); });
}

void SyncStep::sync_file(const Mark& mark, std::optional<ReadAhead>& ahead,
                         std::vector<std::string>& gone) {
  mirror::RootRecord* root = root_of(mark.path);
  const std::optional<FileRole> role = layouts_.classify(mark.path);
  if (root == nullptr || mark.path == root->path) return;
  if (!role || !scanner_.reaches(root->path, mark.path)) return gone.push_back(mark.path);
  ++counters_.files;
  const Stop stop = [this] { return must_stop(); };
  switch (is_read(ahead, mark) ? files_.write_new(writer_, *root, mark.path, *role, ahead->take())
                               : files_.sync(writer_, *root, mark.path, *role, stop)) {
    case FileOutcome::done:
      return;
    case FileOutcome::more:
      return dirty_.mark(mark.path, Scope::file, mark);
    case FileOutcome::again:
      // Younger than whatever waits now, so that a file that never rests cannot hold a barrier up.
      return dirty_.mark(mark.path, Scope::file);
    case FileOutcome::gone:
      gone.push_back(mark.path);
  }
}

void SyncStep::remove_gone(const std::vector<std::string>& gone) {
  for (const std::string& path : gone) {
    mirror::RootRecord* root = root_of(path);
    if (!may_conclude_absence(*root)) continue;
    if (const auto again = FileSync::remove(writer_, path)) dirty_.mark(*again, Scope::file);
  }
}

// Gone is not deleted: a root that is missing says nothing about its files.
bool SyncStep::may_conclude_absence(mirror::RootRecord& root) {
  struct stat status = {};
  if (::stat(root.path.c_str(), &status) != 0) {
    make_unavailable(root, std::system_category().message(errno));
    return false;
  }
  if (!S_ISDIR(status.st_mode)) {
    make_unavailable(root, "not a directory");
    return false;
  }
  // Another device: the next scan of the whole root decides what that means.
  return !root.device || *root.device == static_cast<std::int64_t>(status.st_dev);
}

void SyncStep::make_unavailable(mirror::RootRecord& root, const std::string& reason) {
  root.available = false;
  writer_.ledger().root_unavailable(root.root_id, reason);
}

}  // namespace tain::syncd
