#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "sync_harness.h"
#include "syncd/service/sync_loop.h"

namespace tain::testing {

/// The daemon's loop over a tree of one session, on this thread or one of its own.
class SyncLoopFixture : public ::testing::Test {
 protected:
  SyncLoopFixture() {
    config.roots = {(directory / "tree").string()};
    config.db = directory / "m.db";
    config.pruned = syncd::Scanner::default_pruned();
    write_topic("one");
  }
  void write_topic(const std::string& topic) {
    write(directory / "tree" / kStatePath, state_json("s1", topic));
  }
  // Overwrites the page of the roots and that of the sessions, which nobody looks at when a mirror
  // is opened.
  void damage() const {
    std::istringstream pages(select(
        config.db, "SELECT rootpage FROM sqlite_schema WHERE name IN ('roots', 'sessions')"));
    std::fstream file(config.db, std::ios::in | std::ios::out | std::ios::binary);
    for (std::int64_t page = 0; pages >> page;) {
      file.seekp((page - 1) * 4096) << std::string(4096, '\xee');
    }
  }
  std::size_t set_aside() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
      count += entry.path().string().find(".corrupt-") != std::string::npos ? 1 : 0;
    }
    return count;
  }
  syncd::SyncLoop make() { return {config, layouts, schema, dirty, watcher, status}; }
  // Runs the loop on a thread of its own while `work` is done.
  template <class Work>
  void while_running(syncd::SyncLoop& loop, const Work& work) {
    const std::jthread thread([&] { loop.run(); });
    const std::unique_ptr<syncd::DirtySet, void (*)(syncd::DirtySet*)> closed_before_the_join(
        &dirty, [](syncd::DirtySet* open) { open->close(); });
    work();
  }
  void flush() {
    const syncd::Generation barrier = dirty.barrier();
    while (!dirty.reached(barrier)) std::this_thread::yield();
  }

  void wait_for(std::uint64_t order) {
    flush();
    while (status.get().orders_done < order) std::this_thread::yield();
  }
  void write_long_body() {
    write(directory / "tree/p/.tain/sessions/s1/events.jsonl",
          R"({"id": "a", "body": ")" + std::string(100, 'x') + "\"}\n");
  }

  TempDir directory;
  syncd::Config config;
  const mirror::Schema schema;
  const syncd::Layouts layouts{schema};
  syncd::DirtySet dirty;
  syncd::NoWatcher watcher;
  syncd::SharedStatus status;
};

}  // namespace tain::testing
