#pragma once

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "sync_harness.h"
#include "syncd/service/sync_loop.h"

namespace tain::testing {

/// The daemon's loop over a small tree, turn by turn: no thread, no pause, no socket, no watch.
class LoopFixture : public ::testing::Test {
 protected:
  LoopFixture() : log_before_(spdlog::default_logger()) {
    config.roots = {(directory / "tree").string()};
    config.db = directory / "mirror" / "m.db";
    config.pruned = syncd::Scanner::default_pruned();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_st>(log_text_)));
  }
  ~LoopFixture() override { spdlog::set_default_logger(log_before_); }
  void TearDown() override { stop(); }  // before what a test has put under the mirror goes

  std::filesystem::path tree() const { return directory / "tree" / "p" / ".tain"; }
  void write(const std::string& relative, std::string_view bytes) const {
    testing::write(tree() / relative, bytes);
  }
  void changed(const std::string& relative) {
    dirty.mark((tree() / relative).string(), syncd::Scope::file);
  }

  /// The tree as every run begins with it: of every kind of file one, good and bad.
  void write_tree() const {
    std::filesystem::remove_all(directory / "tree");
    write("project.json", R"({"id": "p1", "name": "P"})");
    write("sessions/s1/state.json", state_json("s1", "old"));
    write("sessions/s1/events.jsonl", event_json("e1") + "\nbad\n" + event_json("e2") + "\n");
    write("sessions/s2/state.json", state_json("s2", "goes away"));
    write("sessions/bad/state.json", "{");
    write("tasks/t1/task.json", R"({"id": "t1", "title": "T", "session_ids": ["s1", "gone"]})");
  }
  /// What then happens to it, step by step: each is told to the dirty set, as a watch would.
  std::vector<std::function<void()>> changes() {
    return {[this] {
              write("sessions/s1/state.json", state_json("s1", "new"));
              changed("sessions/s1/state.json");
              write("sessions/s1/events.jsonl", event_json("e1") + "\nbad\n" + event_json("e2") +
                                                    "\n" + event_json("e3") + "\n");
              changed("sessions/s1/events.jsonl");
            },
            [this] {
              std::filesystem::remove_all(tree() / "sessions/s2");
              dirty.mark((tree() / "sessions/s2").string(), syncd::Scope::tree);
              write("tasks/t2/task.json", R"({"id": "t2", "title": "U", "parent_id": "t1"})");
              dirty.mark((tree() / "tasks/t2").string(), syncd::Scope::tree);
            }};
  }

  /// Opens the mirror; false where that failed, and why stands in `start_error`.
  bool start() {
    try {
      loop.emplace(config, layouts, schema, dirty, watcher, status, lock);
      return true;
    } catch (const Error& error) {
      start_error = error.what();
      return false;
    }
  }
  void stop() { loop.reset(); }

  /// Takes turns until nothing is dirty; false when `patience` of them failed before that.
  bool settle(int patience) {
    for (;;) {
      switch (loop->turn()) {
        case syncd::Turn::worked:
          break;
        case syncd::Turn::idle:
          return true;
        case syncd::Turn::failed:
          ++failures;
          EXPECT_GT(loop->pause().count(), 0);
          EXPECT_NE(status.get().last_error, "") << "a failure is told";
          EXPECT_NE(log().find(status.get().last_error), std::string::npos) << "and logged";
          if (--patience <= 0) return false;
      }
    }
  }

  /// The files that were set aside as damaged.
  std::size_t set_aside() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(config.db.parent_path())) {
      count += entry.path().string().find(".corrupt-") != std::string::npos ? 1 : 0;
    }
    return count;
  }
  std::string dump() const { return dump_mirror(config.db); }
  std::string fresh_dump() const { return dump_of_a_fresh_mirror(config.roots); }
  std::string integrity() const { return select(config.db, "PRAGMA integrity_check"); }
  /// A run begins with a clean slate; the mirror stays.
  void begin_run() {
    stop();
    status.update([](auto& snapshot) { snapshot = {}; });
    log_text_.str("");
    failures = 0;
  }
  std::string log() const { return log_text_.str(); }

  TempDir directory;
  syncd::Config config;
  const tain::mirror::Schema schema;
  const syncd::Layouts layouts{schema};
  syncd::DirtySet dirty;
  syncd::NoWatcher watcher;
  syncd::SharedStatus status;
  tain::mirror::WriterLock* lock = nullptr;
  std::optional<syncd::SyncLoop> loop;
  std::string start_error;
  int failures = 0;

 private:
  std::shared_ptr<spdlog::logger> log_before_;
  std::ostringstream log_text_;
};

}  // namespace tain::testing
