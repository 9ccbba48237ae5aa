// The mirror is a function of the tree: whatever happened on the way, it equals one built from
// nothing.

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "tests/support/sync_harness.h"

namespace tain::syncd {
namespace {

using testing::dump_of_a_fresh_mirror;
using testing::event_json;
using testing::state_json;
using testing::SyncHarness;
namespace fs = std::filesystem;

// Small, so that lines that are too long and logs in several parts are met too.
constexpr SyncLimits kLimits = {.max_body = 64, .max_line = 400, .log_budget = 500};

// A person, or several, at work in a tree.
class Meddler {
 public:
  Meddler(fs::path root, unsigned seed) : root_(std::move(root)), random_(seed) {}

  void act() {
    using Action = void (Meddler::*)();
    static constexpr Action kActions[] = {
        &Meddler::replace_state,  &Meddler::replace_state,  &Meddler::rewrite_in_place,
        &Meddler::append,         &Meddler::append,         &Meddler::append_torn,
        &Meddler::truncate_log,   &Meddler::rewrite_log,    &Meddler::describe_project,
        &Meddler::remove_file,    &Meddler::rename_file,    &Meddler::rename_session,
        &Meddler::move_session,   &Meddler::rename_project, &Meddler::remove_session,
        &Meddler::remove_project, &Meddler::touch,          &Meddler::make_nested_session,
        &Meddler::write_task,     &Meddler::write_task,     &Meddler::append_message,
        &Meddler::write_config,   &Meddler::rename_task,    &Meddler::swap_file_and_directory};
    (this->*kActions[below(std::size(kActions))])();
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::string text() { return "t" + std::to_string(random_() % 1000); }
  fs::path project() {
    static constexpr const char* kNames[] = {"p", "q", "deep/er/r", "with space", "p\xff"};
    return root_ / kNames[below(std::size(kNames))];
  }
  fs::path session() {
    const fs::path tree = below(3) == 0 ? "agents/sessions" : ".tain/sessions";
    return project() / tree / ("s" + std::to_string(below(3)));
  }
  fs::path state() { return session() / "state.json"; }
  fs::path task() { return project() / ".tain/tasks" / ("t" + std::to_string(below(3))); }
  fs::path log() { return session() / "events.jsonl"; }
  std::string lines() {
    std::string all;
    for (std::size_t i = below(6); i > 0; --i) {
      const std::size_t kind = below(12);
      if (kind == 0) all += "not JSON\n";
      if (kind == 1) all += "\r\n";
      if (kind == 2) all += R"({"id": "long", "body": ")" + std::string(450, 'x') + "\"}\n";
      all += event_json(text()) + "\n";
    }
    return all;
  }
  fs::path existing() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files.empty() ? root_ / "none" : files[below(files.size())];
  }
  // What cannot be done now is not done: a parent that is a file, a target that is a directory.
  template <class Work>
  static void try_to(const Work& work) {
    try {
      work();
    } catch (const std::exception&) {
    }
  }
  static void rename(const fs::path& from, const fs::path& to) {
    try_to([&] {
      fs::create_directories(to.parent_path());
      fs::rename(from, to);
    });
  }

  void replace_state() {
    const fs::path path = state();
    try_to([&] {
      testing::write(path.parent_path() / ".new", state_json(text(), text()));
      fs::rename(path.parent_path() / ".new", path);
    });
  }
  void rewrite_in_place() {
    try_to([&] { testing::write(state(), state_json("s", "same")); });  // often the same size
  }
  void append() {
    const fs::path path = log();
    try_to([&] {
      fs::create_directories(path.parent_path());
      std::ofstream(path, std::ios::app) << lines();
    });
  }
  void append_torn() {
    const fs::path path = log();
    try_to([&] {
      fs::create_directories(path.parent_path());
      std::ofstream(path, std::ios::app) << event_json(text()).substr(0, 1 + below(60));
    });
  }
  void truncate_log() {
    const fs::path path = log();
    try_to([&] { fs::resize_file(path, fs::file_size(path) / 2); });
  }
  void rewrite_log() {
    try_to([&] { testing::write(log(), lines() + lines()); });
  }
  void describe_project() {
    try_to([&] {
      testing::write(project() / ".tain/project.json",
                     R"({"id": ")" + text() + R"(", "name": ")" + text() + "\"}");
    });
  }
  void remove_file() {
    try_to([&] { fs::remove(existing()); });
  }
  void rename_file() {
    // A log stays a log: a bad file in the place of a good one would keep the good one's rows.
    const fs::path file = existing();
    const fs::path to = session();
    rename(file, to / (file.extension() == ".jsonl" ? "events.jsonl"
                       : below(2) == 0              ? "plan.json"
                                                    : "notes.json"));
  }
  void rename_session() { rename(session(), session()); }
  void move_session() { rename(session(), project() / ".tain/sessions/moved"); }
  void rename_project() { rename(project(), project()); }
  void remove_session() {
    try_to([&] { fs::remove_all(session()); });
  }
  void remove_project() {
    if (below(3) == 0) try_to([&] { fs::remove_all(project()); });
  }
  void touch() {
    try_to([&] { fs::last_write_time(existing(), fs::file_time_type::clock::now()); });
  }
  void make_nested_session() {
    try_to([&] { testing::write(session() / "sub/state.json", state_json(text(), text())); });
  }
  void write_task() {
    static constexpr const char* kFiles[] = {"task.json", "evaluation.json", "executions/x.json"};
    try_to([&] {
      testing::write(task() / kFiles[below(std::size(kFiles))],
                     R"({"title": ")" + text() + R"(", "session_ids": ["s0", "s1"], )" +
                         R"("dependencies": ["t1", 7], "rating": "good", "status": "queued"})");
    });
  }
  void append_message() {
    const fs::path path = session() / "tasks/b/messages.jsonl";
    try_to([&] {
      fs::create_directories(path.parent_path());
      std::ofstream(path, std::ios::app) << lines();
    });
  }
  void write_config() {
    try_to([&] {
      testing::write(project() / ".tain/config.json", R"({")" + text() + R"(": {"value": 1}})");
    });
  }
  void rename_task() { rename(task(), task()); }
  void swap_file_and_directory() {
    const fs::path path = state();
    try_to([&] {
      if (fs::is_directory(path)) {
        fs::remove_all(path);
        testing::write(path, state_json(text(), text()));
      } else {
        fs::remove(path);
        testing::write(path / "inner.json", "{}");
      }
    });
  }

  fs::path root_;
  std::mt19937 random_;
};

class FunctionOfTree : public ::testing::TestWithParam<unsigned> {};

TEST_P(FunctionOfTree, AfterAnySeriesOfChangesTheMirrorEqualsAFreshOne) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  SyncHarness harness({.limits = kLimits});
  Meddler meddler(harness.root(), GetParam());
  for (int round = 0; round < 15; ++round) {
    for (int i = 0; i < 20; ++i) {
      meddler.act();
      if (i % 3 == 0) harness.scan();
    }
    harness.scan();
    ASSERT_EQ(harness.dump(), dump_of_a_fresh_mirror({harness.root().string()}, kLimits))
        << "after " << (round + 1) * 20 << " operations";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FunctionOfTree, ::testing::Values(1U, 2U, 3U, 4U));

}  // namespace
}  // namespace tain::syncd
