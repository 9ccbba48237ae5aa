#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fake_clock.h"
#include "mirror_dump.h"
#include "syncd/sync/sync_step.h"
#include "temp_dir.h"

namespace tain::testing {

/// What a test may choose of a SyncHarness.
struct HarnessOptions {
  syncd::SyncLimits limits = {};
  std::vector<std::string> roots = {};  ///< empty: the harness' own
  std::filesystem::path mirror = {};    ///< empty: the harness' own
  syncd::Watcher* watcher = nullptr;    ///< null: nothing is watched
  syncd::RedactionRules redaction = {};
  syncd::LayoutChoices layouts = {};
};

/// The daemon's heart without its threads: a tree, a mirror, and the step between them.
class SyncHarness {
 public:
  explicit SyncHarness(HarnessOptions options = {})
      : roots_(options.roots.empty() ? std::vector{make_root()} : options.roots),
        mirror_(options.mirror.empty() ? directory_ / "mirror.db" : options.mirror),
        layouts_(schema_, options.layouts),
        scanner_(layouts_, options.watcher != nullptr ? *options.watcher : nobody_,
                 syncd::Scanner::default_pruned()),
        files_(layouts_, schema_, options.limits, options.redaction),
        writer_(mirror_, schema_, clock_.clock()),
        step_(roots_, dirty_, scanner_, files_, layouts_, writer_) {
    step_.begin();
  }

  std::filesystem::path root() const { return roots_.front(); }
  const std::filesystem::path& mirror() const { return mirror_; }
  std::filesystem::path outside() const { return directory_.path(); }
  syncd::DirtySet& dirty() { return dirty_; }
  syncd::SyncStep& step() { return step_; }
  tain::mirror::MirrorWriter& writer() { return writer_; }
  const syncd::Layouts& layouts() const { return layouts_; }
  FakeClock& clock() { return clock_; }

  /// Steps until nothing is dirty; returns how many steps it took.
  int settle() {
    int steps = 0;
    while (step_.run()) ++steps;
    return steps;
  }
  /// Learns of changes by a scan alone.
  void scan() {
    for (const std::string& root : roots_) dirty_.mark(root, syncd::Scope::tree);
    settle();
  }
  /// Learns of one changed file.
  void sync(const std::filesystem::path& path) {
    dirty_.mark(path.string(), syncd::Scope::file);
    settle();
  }
  void write(const std::string& relative, std::string_view bytes) const {
    testing::write(root() / relative, bytes);
  }
  std::string select(std::string_view sql) const { return testing::select(mirror_, sql); }
  std::string dump() const { return dump_mirror(mirror_); }

 private:
  std::string make_root() const {
    std::filesystem::create_directory(directory_ / "tree");
    return (directory_ / "tree").string();
  }

  TempDir directory_;
  FakeClock clock_;
  std::vector<std::string> roots_;
  std::filesystem::path mirror_;
  tain::mirror::Schema schema_;
  syncd::Layouts layouts_;
  syncd::NoWatcher nobody_;
  syncd::DirtySet dirty_;
  syncd::Scanner scanner_;
  syncd::FileSync files_;
  tain::mirror::MirrorWriter writer_;
  syncd::SyncStep step_;
};

/// What a mirror built from nothing shows of `roots`.
inline std::string dump_of_a_fresh_mirror(const std::vector<std::string>& roots,
                                          const syncd::SyncLimits& limits = {}) {
  SyncHarness fresh({.limits = limits, .roots = roots});
  fresh.settle();
  return fresh.dump();
}

/// A session's state file beneath a root, and all topics of a mirror in one row.
inline constexpr const char* kStatePath = "p/.tain/sessions/s1/state.json";
inline constexpr const char* kAllTopics =
    "SELECT group_concat(topic, ' ') FROM (SELECT topic FROM sessions ORDER BY topic)";

/// A session's state.json with this topic.
inline std::string state_json(const std::string& id, const std::string& topic) {
  return R"({"session_id": ")" + id + R"(", "topic": ")" + topic + R"(", "status": "running"})";
}

/// A line of an events.jsonl, without its newline.
inline std::string event_json(const std::string& id) {
  return R"({"id": ")" + id + R"(", "at": "2026-02-16T12:00:00.000Z", "type": "log"})";
}

}  // namespace tain::testing
