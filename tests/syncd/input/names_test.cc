// Names and depths that a file system allows.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs/file_system.h"
#include "tests/support/in_a_child.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::event_json;
using ::testing::HasSubstr;
using testing::kAllTopics;
using testing::run_in_a_child;
using testing::state_json;
using testing::SyncHarness;
namespace fs = std::filesystem;

TEST(OddNames, AreMirroredAndForgotten) {
  const std::vector<std::string> names = {"line\nbreak",
                                          "tab\there",
                                          "it's",
                                          "\"quoted\"",
                                          "back\\slash",
                                          "100%",
                                          "a;b",
                                          "*",
                                          "?",
                                          "-rf",
                                          " ",
                                          "trailing ",
                                          "trailing.",
                                          "...x",
                                          "\x01\x1b[2J",
                                          "\xff\xfe",
                                          "half \xe2\x82",
                                          "\xed\xa0\x80",
                                          "日本語",
                                          "e\xcc\x81",
                                          std::string(250, 'n'),
                                          "NULL",
                                          "CON",
                                          "~",
                                          "$HOME",
                                          "{}",
                                          "[0]",
                                          "--",
                                          "'); DROP TABLE files; --"};
  SyncHarness harness;
  for (const std::string& name : names) {
    const std::string session = name + "/.tain/sessions/" + name;
    harness.write(session + "/state.json", R"({"status": "running"})");
    harness.write(session + "/events.jsonl", event_json("e") + "\nbad\n");
    harness.write(name + "/.tain/workers/x" + name.substr(0, 249) + ".json", "{}");
  }
  harness.scan();
  const std::string count = std::to_string(names.size());
  for (const char* table : {"projects", "sessions", "events", "workers", "sync_errors"}) {
    EXPECT_EQ(harness.select(std::string("SELECT count(*) FROM ") + table), count) << table;
  }
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
  for (const std::string& name : names) fs::remove_all(harness.root() / name);
  harness.scan();
  for (const char* table : {"files", "projects", "sessions", "events", "workers", "sync_errors"}) {
    EXPECT_EQ(harness.select(std::string("SELECT count(*) FROM ") + table), "0") << table;
  }
}

// Makes directories below `root`, one in another, whose path may be longer than the kernel takes;
// leaves a session in the last.
void make_deep(const fs::path& root, const std::string& name, int levels) {
  UniqueFd directory(FileSystem::real(), ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto enter = [&](const std::string& child) {
    ASSERT_EQ(::mkdirat(directory.get(), child.c_str(), 0700), 0);
    const int fd = ::openat(directory.get(), child.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    directory = UniqueFd(FileSystem::real(), fd);
  };
  for (int level = 0; level < levels; ++level) enter(name);
  for (const char* child : {".tain", "sessions", "s1"}) enter(child);
  const UniqueFd state(FileSystem::real(), ::openat(directory.get(), "state.json",
                                                    O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const std::string content = state_json("deep", "deep");
  ASSERT_EQ(::write(state.get(), content.data(), content.size()),
            static_cast<ssize_t>(content.size()));
}

// What is too deep to be removed by its name is taken apart from above.
void remove_deep(const fs::path& root, const std::string& name) {
  while (fs::exists(root / name / name)) {
    fs::rename(root / name / name, root / "next");
    fs::remove_all(root / name);
    fs::rename(root / "next", root / name);
  }
  fs::remove_all(root / name);
}

TEST(DeepTrees, AThousandLevelsNeedFewDescriptors) {
  EXPECT_TRUE(run_in_a_child([] {
    SyncHarness harness;
    make_deep(harness.root(), "d", 1000);
    harness.write("z/.tain/sessions/s1/state.json", state_json("flat", "flat"));
    const rlimit few = {.rlim_cur = 128, .rlim_max = 128};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    harness.scan();
    EXPECT_EQ(harness.select(kAllTopics), "deep flat");
    EXPECT_EQ(harness.select("SELECT path, reason FROM sync_errors"), "");
    const std::string path = harness.select("SELECT path FROM files WHERE length(path) > 1000");
    testing::write(path, state_json("deep", "changed"));
    harness.scan();
    EXPECT_EQ(harness.select(kAllTopics), "changed flat");
    remove_deep(harness.root(), "d");
    harness.scan();
    EXPECT_EQ(harness.select(kAllTopics), "flat");
  }));
}

TEST(DeepTrees, WhatLiesDeeperThanAPathMayBeIsGivenUpAndSaid) {
  SyncHarness harness;
  const std::string name(200, 'd');
  make_deep(harness.root(), name, 100);
  harness.write("z/.tain/sessions/s1/state.json", state_json("flat", "flat"));
  harness.scan();
  EXPECT_EQ(harness.select(kAllTopics), "flat");
  EXPECT_THAT(harness.select("SELECT path, reason FROM sync_errors"),
              HasSubstr(name + "|File name too long"));
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "1");
  EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
  remove_deep(harness.root(), name);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
}

}  // namespace
}  // namespace tain::syncd
