// Nothing outside of a root is read: not through a link, not through `..`, not by being quick.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>

#include "core/fs/file_system.h"
#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::event_json;
using ::testing::HasSubstr;
using testing::kAllTopics;
using testing::kStatePath;
using ::testing::Not;
using testing::state_json;
using testing::SyncHarness;
namespace fs = std::filesystem;

constexpr const char* kCanary = "CANARY";

// Calls back for each directory, before it is read.
class OnWatch final : public Watcher {
 public:
  bool watch(const std::string& directory) override {
    if (call) call(directory);
    return true;
  }
  void forget(const std::string& /*directory*/) override {}
  std::size_t watched_below(std::string_view /*directory*/) const override { return 0; }
  std::uint64_t failures() const override { return 0; }
  std::string trouble() const override { return {}; }
  std::function<void(const std::string& directory)> call;
};

// A tree, and beside it a project that must not be seen.
class LinksOutOfTheTree : public ::testing::Test {
 protected:
  LinksOutOfTheTree() {
    const fs::path secret = harness.outside() / "secret";
    for (const char* session : {"s1", "s9"}) {
      const fs::path directory = secret / ".tain/sessions" / session;
      testing::write(directory / "state.json", state_json(kCanary, kCanary));
      testing::write(directory / "events.jsonl", event_json(kCanary) + "\n");
    }
    testing::write(secret / ".tain/project.json", R"({"id": "CANARY", "name": "CANARY"})");
    testing::write(secret / ".tain/agents/CANARY.json", R"({"name": "CANARY"})");
    harness.settle();
  }
  fs::path path(const std::string& relative) const { return harness.root() / relative; }
  fs::path secret(const std::string& relative = "") const {
    return relative.empty() ? harness.outside() / "secret"
                            : harness.outside() / "secret" / relative;
  }
  void link(const fs::path& target, const std::string& name) const {
    fs::create_directories(path(name).parent_path());
    fs::create_symlink(target, path(name));
  }
  void mark(const std::string& relative) {
    harness.dirty().mark(harness.root().string() + "/" + relative, Scope::file);
    harness.dirty().mark(harness.root().string() + "/" + relative, Scope::tree);
    harness.settle();
  }
  void expect_no_canary() {
    EXPECT_THAT(harness.dump(), Not(HasSubstr(kCanary)));
    harness.scan();
    EXPECT_THAT(harness.dump(), Not(HasSubstr(kCanary)));
    EXPECT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}));
  }
  OnWatch watcher;
  SyncHarness harness{{.watcher = &watcher}};
};

TEST_F(LinksOutOfTheTree, NoLinkIsFollowedWhateverItStandsFor) {
  harness.write("real/.tain/sessions/s1/state.json", state_json("s1", "real"));
  link(secret(".tain/sessions/s9/state.json"), "a/.tain/sessions/s1/state.json");
  link(secret(".tain/sessions/s9/events.jsonl"), "a/.tain/sessions/s1/events.jsonl");
  link("../../../../secret/.tain/sessions/s9/state.json", "a/.tain/sessions/s2/state.json");
  link(secret(".tain/project.json"), "a/.tain/project.json");
  link(secret(".tain/agents/CANARY.json"), "a/.tain/agents/x.json");
  link(secret(".tain/sessions/s9"), "b/.tain/sessions/s9");
  link(secret(".tain/sessions"), "c/.tain/sessions");
  link(secret(".tain"), "d/.tain");
  link(secret(), "e");
  link("../secret", "f");
  link("/proc/self/cwd", "g");
  harness.scan();
  expect_no_canary();
  EXPECT_EQ(harness.select(kAllTopics), "real");
  // As if an event told of what lies behind them.
  for (const char* behind :
       {"a/.tain/sessions/s1/state.json", "a/.tain/sessions/s1/events.jsonl",
        "a/.tain/project.json", "b/.tain/sessions/s9/state.json", "c/.tain/sessions/s9/state.json",
        "c/.tain/sessions", "d/.tain/sessions/s9/state.json", "d/.tain", "e",
        "e/.tain/sessions/s9/state.json", "f/.tain/project.json"}) {
    mark(behind);
  }
  expect_no_canary();
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
}

TEST_F(LinksOutOfTheTree, NoNameInAMarkLeadsOutOfTheRootOrToAFileByAnotherName) {
  harness.write(kStatePath, state_json("s1", "real"));
  harness.scan();
  const std::string before = harness.dump();
  using namespace std::string_literals;
  for (const std::string& odd :
       {"../secret"s, "../secret/.tain/sessions/s9/state.json"s, "p/../../secret"s,
        "p/../../secret/.tain/project.json"s, "p/.tain/sessions/../../../../secret/.tain"s, ".."s,
        "../tree"s, "../tree/p/.tain/sessions/s1/state.json"s, "./p"s,
        "p/./.tain/sessions/s1/state.json"s, "p//.tain/sessions/s1/state.json"s, "p/"s, "p/."s,
        "p\0x"s, "p\0/.tain/sessions/s1/state.json"s, "p/.tain/sessions/s1\0x/state.json"s}) {
    mark(odd);
    EXPECT_EQ(harness.dump(), before) << odd;
  }
  expect_no_canary();
}

TEST_F(LinksOutOfTheTree, CirclesOfLinksAreNoWay) {
  harness.write(kStatePath, state_json("s1", "real"));
  link("itself", "itself");
  link("b", "a");
  link("a", "b");
  link("..", "p/.tain/sessions/up");
  link(".", "p/.tain/sessions/here");
  link(path("p"), "p/.tain/sessions/s1/again");
  link("events.jsonl", "p/.tain/sessions/s1/events.jsonl");
  harness.scan();
  mark("p/.tain/sessions/up/sessions/s1/state.json");
  mark("p/.tain/sessions/here/s1/state.json");
  mark("itself");
  mark("a/b");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sessions"), "1");
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
  expect_no_canary();
}

TEST_F(LinksOutOfTheTree, ALinkThatTakesThePlaceOfADirectoryEndsItsRows) {
  for (const char* swapped :
       {"p", "p/.tain", "p/.tain/sessions", "p/.tain/sessions/s1", kStatePath}) {
    SCOPED_TRACE(swapped);
    harness.write(kStatePath, state_json("s1", "real"));
    harness.scan();
    ASSERT_EQ(harness.select(kAllTopics), "real");
    fs::rename(path(swapped), harness.outside() / "aside");
    fs::create_symlink(secret(fs::path(swapped).lexically_relative("p").string()), path(swapped));
    harness.sync(path(kStatePath));
    EXPECT_EQ(harness.select(kAllTopics), "");
    expect_no_canary();
    fs::remove(path(swapped));
    fs::rename(harness.outside() / "aside", path(swapped));
    harness.scan();
    EXPECT_EQ(harness.select(kAllTopics), "real");
    fs::remove_all(path("p"));
  }
}

TEST_F(LinksOutOfTheTree, ALinkThatIsSwappedInDuringAScanIsNotFollowed) {
  harness.write("p/.tain/sessions/a/state.json", state_json("a", "a"));
  harness.write("p/.tain/sessions/b/state.json", state_json("b", "b"));
  bool swapped = false;
  // The parent has been listed; one of the two is visited, and the other one is replaced.
  watcher.call = [&](const std::string& directory) {
    const std::string name = fs::path(directory).filename();
    if (swapped || (name != "a" && name != "b")) return;
    swapped = true;
    const fs::path other = path(std::string("p/.tain/sessions/") + (name == "a" ? "b" : "a"));
    fs::remove_all(other);
    fs::create_symlink(secret(".tain/sessions/s9"), other);
  };
  harness.scan();
  EXPECT_TRUE(swapped);
  watcher.call = nullptr;
  expect_no_canary();
}

TEST_F(LinksOutOfTheTree, ALinkThatIsSwappedInBetweenAScanAndAReadingIsNotFollowed) {
  for (const char* swapped :
       {"p", "p/.tain", "p/.tain/sessions", "p/.tain/sessions/s1", kStatePath}) {
    SCOPED_TRACE(swapped);
    harness.write(kStatePath, state_json("s1", "real"));
    harness.dirty().mark(harness.root().string(), Scope::tree);
    ASSERT_TRUE(harness.step().run());
    ASSERT_EQ(harness.dirty().size(), 1U) << "the file that the scan has found";
    fs::rename(path(swapped), harness.outside() / "aside");
    fs::create_symlink(secret(fs::path(swapped).lexically_relative("p").string()), path(swapped));
    harness.settle();
    expect_no_canary();
    fs::remove(path(swapped));
    fs::remove_all(harness.outside() / "aside");
    fs::remove_all(path("p"));
    harness.scan();
  }
}

// Everything that is no regular file, under the name of one.
class OddKinds : public LinksOutOfTheTree {
 protected:
  void make(const std::string& kind, const fs::path& file) {
    if (kind == "fifo") {
      ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    }
    if (kind == "directory") fs::create_directories(file / "below");
    if (kind == "link") fs::create_symlink(secret(".tain/project.json"), file);
    if (kind == "dangling link") fs::create_symlink("nowhere", file);
    if (kind == "device") {
      ASSERT_EQ(::mknod(file.c_str(), S_IFCHR | 0600, makedev(1, 5)), 0);
    }
    if (kind != "socket") return;
    const UniqueFd fd(FileSystem::real(), ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    file.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  static std::vector<std::string> kinds() {
    std::vector<std::string> kinds = {"fifo", "directory", "link", "dangling link", "socket"};
    if (::geteuid() == 0) kinds.emplace_back("device");  // /dev/zero, which never ends
    return kinds;
  }
};

TEST_F(OddKinds, UnderTheNameOfAFileAreNothingUntilAFileIsThere) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"p/.tain/sessions/s1/state.json", state_json("s1", "real")},
      {"p/.tain/sessions/s1/events.jsonl", event_json("e1") + "\n"},
      {"p/.tain/project.json", R"({"id": "p", "name": "P"})"},
      {"p/.tain/tasks/t1/task.json", R"({"id": "t1", "title": "T"})"},
  };
  for (const std::string& kind : kinds()) {
    for (const auto& [file, content] : files) {
      SCOPED_TRACE(kind + " " + file);
      fs::create_directories(path(file).parent_path());
      make(kind, path(file));
      harness.scan();
      mark(file);
      EXPECT_EQ(harness.select("SELECT count(*) FROM files"), "0");
      EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
      fs::remove_all(path(file));
      harness.write(file, content);
      mark(file);
      EXPECT_EQ(harness.select("SELECT state FROM files"), "current");
      fs::remove(path(file));
      make(kind, path(file));
      mark(file);
      EXPECT_EQ(harness.select("SELECT count(*) FROM files"), "0") << "its rows went with the file";
      fs::remove_all(path("p"));
    }
  }
  expect_no_canary();
}

TEST_F(OddKinds, InThePlaceOfADirectoryHoldNothing) {
  for (const std::string& kind : kinds()) {
    if (kind == "directory") continue;
    for (const char* place : {"p", "p/.tain", "p/.tain/sessions", "p/.tain/sessions/s1"}) {
      SCOPED_TRACE(kind + " " + place);
      harness.write(kStatePath, state_json("s1", "real"));
      harness.scan();
      fs::remove_all(path(place));
      make(kind, path(place));
      mark(kStatePath);
      mark(place);
      EXPECT_EQ(harness.select("SELECT count(*) FROM files"), "0");
      EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
      fs::remove_all(path("p"));
      harness.scan();
    }
  }
  expect_no_canary();
}

}  // namespace
}  // namespace tain::syncd
