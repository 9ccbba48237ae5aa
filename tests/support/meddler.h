#pragma once

#include <fcntl.h>
#include <stdio.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sync_harness.h"
#include "temp_dir.h"

namespace tain::testing {

namespace fs = std::filesystem;

/// Whether the program git is here.
inline bool has_git() {
  return std::system("git --version > /dev/null 2>&1") == 0;
}

/// A person, or several, at work in a tree: each act() is one change, chosen by a seeded generator.
class Meddler {
 public:
  enum class Manner {
    gentle,  ///< what was good stays good, so that every row is a function of the tree
    rough,   ///< files go bad, links stand where files stood, permissions go, git checks out
  };

  Meddler(fs::path root, unsigned seed, Manner manner)
      : root_(std::move(root)), random_(seed), manner_(manner) {
    if (manner_ == Manner::rough && has_git()) make_repository();
  }
  Meddler(const Meddler&) = delete;
  Meddler& operator=(const Meddler&) = delete;
  /// Gives back what permissions it took, so that the tree can be removed.
  ~Meddler() { give_permissions_back(root_); }

  /// Makes one change, and returns what it is called. One that cannot be made now is not made: a
  /// parent is a file, a target is a directory.
  std::string act() {
    static const std::vector<Action> kGentle = gentle_actions();
    static const std::vector<Action> kRough = rough_actions();
    const std::vector<Action>& actions = manner_ == Manner::rough ? kRough : kGentle;
    const Action& action = actions[below(actions.size())];
    try {
      (this->*action.act)();
    } catch (const std::exception& error) {
      return std::string(action.name) + ": " + error.what();
    }
    return action.name;
  }

 private:
  struct Action {
    const char* name;
    void (Meddler::*act)();
  };
  using Perms = fs::perms;

  static std::vector<Action> gentle_actions() {
    return {{"replace a state", &Meddler::replace_state},
            {"replace a state", &Meddler::replace_state},
            {"rewrite in place", &Meddler::rewrite_in_place},
            {"append", &Meddler::append},
            {"append", &Meddler::append},
            {"append a torn line", &Meddler::append_torn},
            {"truncate a log", &Meddler::truncate_log},
            {"rewrite a log", &Meddler::rewrite_log},
            {"describe a project", &Meddler::describe_project},
            {"remove a file", &Meddler::remove_file},
            {"rename a file", &Meddler::rename_file},
            {"rename a session", &Meddler::rename_session},
            {"move a session", &Meddler::move_session},
            {"rename a project", &Meddler::rename_project},
            {"remove a session", &Meddler::remove_session},
            {"remove a project", &Meddler::remove_project},
            {"remove and make again", &Meddler::make_again},
            {"copy a session", &Meddler::copy_session},
            {"copy a project", &Meddler::copy_project},
            {"touch", &Meddler::touch},
            {"touch", &Meddler::touch},
            {"make a nested session", &Meddler::make_nested_session},
            {"make directories and write", &Meddler::make_directories},
            {"write a task", &Meddler::write_task},
            {"write a task", &Meddler::write_task},
            {"append a message", &Meddler::append_message},
            {"write settings", &Meddler::write_config},
            {"rename a task", &Meddler::rename_task},
            {"swap file and directory", &Meddler::swap_file_and_directory}};
  }
  static std::vector<Action> rough_actions() {
    std::vector<Action> actions = gentle_actions();
    actions.insert(actions.end(), {{"write a bad file", &Meddler::write_bad_file},
                                   {"rename over anything", &Meddler::rename_over_anything},
                                   {"link to a file", &Meddler::link_to_file},
                                   {"link to a directory", &Meddler::link_to_directory},
                                   {"remove a link", &Meddler::remove_links},
                                   {"take permissions", &Meddler::take_permissions},
                                   {"give permissions back", &Meddler::give_all_permissions_back},
                                   {"move a project into another", &Meddler::nest_project},
                                   {"move out", &Meddler::move_out},
                                   {"move in", &Meddler::move_in},
                                   {"move the root and back", &Meddler::move_root},
                                   {"check out", &Meddler::check_out}});
    return actions;
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }
  template <std::size_t N>
  std::string one_of(const char* const (&names)[N]) {
    return names[below(N)];
  }
  std::string text() { return "t" + std::to_string(random_() % 1000); }
  fs::path project() {
    return root_ / one_of({"p", "q", "deep/er/r", "with space", "p\xff", "build/pruned"});
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
  // Files, or directories; not git's own, which git would not forgive.
  fs::path existing(fs::file_type type) {
    std::vector<fs::path> found;
    constexpr auto kSkip = fs::directory_options::skip_permission_denied;
    for (auto it = fs::recursive_directory_iterator(root_, kSkip); it != fs::end(it); ++it) {
      if (it->path().filename() == ".git") it.disable_recursion_pending();
      if (it->symlink_status().type() == type) found.push_back(it->path());
    }
    std::sort(found.begin(), found.end());
    return found.empty() ? root_ / "none" : found[below(found.size())];
  }
  // What is in the way goes, or the two change places.
  void rename(const fs::path& from, const fs::path& to) {
    if (from == to || !fs::exists(fs::symlink_status(from))) return;
    fs::create_directories(to.parent_path());
    if (fs::is_directory(to) && below(2) == 0) {
      ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE);
    } else {
      if (fs::is_directory(to)) fs::remove_all(to);
      fs::rename(from, to);
    }
  }
  static void append_to(const fs::path& path, const std::string& bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::app) << bytes;
  }
  static void copy(const fs::path& from, const fs::path& to) {
    fs::create_directories(to.parent_path());
    fs::copy(from, to,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks |
                 fs::copy_options::overwrite_existing);
  }

  void replace_state() {
    const fs::path path = state();
    testing::write(path.parent_path() / ".new", state_json(text(), text()));
    fs::rename(path.parent_path() / ".new", path);
  }
  void rewrite_in_place() {
    testing::write(state(), state_json("s", "same"));  // often the same size
  }
  void append() { append_to(log(), lines()); }
  void append_torn() { append_to(log(), event_json(text()).substr(0, 1 + below(60))); }
  void truncate_log() {
    const fs::path path = log();
    fs::resize_file(path, fs::file_size(path) / 2);
  }
  void rewrite_log() { testing::write(log(), lines() + lines()); }
  void describe_project() {
    testing::write(project() / ".tain/project.json",
                   R"({"id": ")" + text() + R"(", "name": ")" + text() + "\"}");
  }
  void remove_file() { fs::remove(existing(fs::file_type::regular)); }
  void rename_file() {
    // A log stays a log: a bad file in the place of a good one would keep the good one's rows.
    const fs::path file = existing(fs::file_type::regular);
    rename(file, session() / (file.extension() == ".jsonl" ? "events.jsonl"
                              : below(2) == 0              ? "plan.json"
                                                           : "notes.json"));
  }
  void rename_session() { rename(session(), session()); }
  void move_session() { rename(session(), project() / ".tain/sessions/moved"); }
  void rename_project() {
    if (below(2) == 0) rename(project(), project());
  }
  void remove_session() { fs::remove_all(session()); }
  void remove_project() {
    if (below(3) == 0) fs::remove_all(project());
  }
  void make_again() {
    const fs::path path = session();
    fs::remove_all(path);
    testing::write(path / "state.json", state_json(text(), text()));
    append_to(path / "events.jsonl", lines());
  }
  void copy_session() { copy(session(), session()); }
  void copy_project() {
    if (below(2) == 0) copy(project(), project());
  }
  void touch() {
    using std::chrono::seconds;
    static constexpr seconds kYear(365L * 86'400);
    const auto now = fs::file_time_type::clock::now();
    const auto whole = std::chrono::floor<seconds>(now);
    const fs::file_time_type times[] = {now,           now - kYear,      now + kYear,         whole,
                                        whole - kYear, now - seconds(1), fs::file_time_type()};
    fs::last_write_time(existing(fs::file_type::regular), times[below(std::size(times))]);
  }
  void make_nested_session() {
    testing::write(session() / "sub/state.json", state_json(text(), text()));
  }
  void make_directories() {
    const fs::path made = root_ / "made" / std::to_string(below(2)) / std::to_string(below(3));
    if (below(3) == 0) fs::remove_all(made.parent_path());
    testing::write(made / ".tain/sessions/s1/state.json", state_json(text(), text()));
    testing::write(made / ".tain/sessions/s1/sub/sub/events.jsonl", lines());
    testing::write(made / ".tain/project.json", R"({"name": "made"})");
  }
  void write_task() {
    testing::write(task() / one_of({"task.json", "evaluation.json", "executions/x.json"}),
                   R"({"title": ")" + text() + R"(", "session_ids": ["s0", "s1"], )" +
                       R"("dependencies": ["t1", 7], "rating": "good", "status": "queued"})");
  }
  void append_message() { append_to(session() / "tasks/b/messages.jsonl", lines()); }
  void write_config() {
    testing::write(project() / ".tain/config.json", R"({")" + text() + R"(": {"value": 1}})");
  }
  void rename_task() { rename(task(), task()); }
  void swap_file_and_directory() {
    const fs::path path = state();
    if (fs::is_directory(path)) {
      fs::remove_all(path);
      testing::write(path, state_json(text(), text()));
    } else {
      fs::remove(path);
      testing::write(path / "inner.json", "{}");
    }
  }

  void write_bad_file() {
    testing::write(below(2) == 0 ? state() : existing(fs::file_type::regular),
                   one_of({"", "{\"topic\": ", "[1, 2]", "{\"a\": \"\xff\"}", "not JSON"}));
  }
  void rename_over_anything() {
    rename(existing(fs::file_type::regular), existing(fs::file_type::regular));
  }
  void link_to_file() {
    const fs::path path = state();
    const fs::path target = below(3) == 0 ? path : existing(fs::file_type::regular);
    fs::create_directories(path.parent_path());
    fs::remove(path);
    fs::create_symlink(target, path);
  }
  void link_to_directory() {
    const fs::path path = below(4) == 0 ? project() : session();
    const fs::path target = below(3) == 0 ? path : existing(fs::file_type::directory);
    fs::create_directories(path.parent_path());
    fs::remove_all(path);
    fs::create_directory_symlink(target, path);
  }
  void remove_links() {
    for (int i = 0; i < 3; ++i) {
      const fs::path link = existing(fs::file_type::symlink);
      if (fs::is_symlink(link)) fs::remove(link);
    }
  }
  void take_permissions() {
    const bool is_file = below(2) == 0;
    const fs::path path = existing(is_file ? fs::file_type::regular : fs::file_type::directory);
    fs::permissions(path, below(3) == 0 && !is_file ? Perms::owner_read : Perms::none);
  }
  void give_all_permissions_back() { give_permissions_back(root_); }
  static void give_permissions_back(const fs::path& directory) {
    std::error_code ignored;
    fs::permissions(directory, Perms::owner_all, ignored);
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored)) {
      const auto type = entry.symlink_status().type();
      if (type == fs::file_type::directory) give_permissions_back(entry.path());
      if (type == fs::file_type::regular) {
        fs::permissions(entry.path(), Perms::owner_read | Perms::owner_write, ignored);
      }
    }
  }
  void nest_project() {
    const fs::path to = project() / "nested";
    if (fs::exists(to)) {
      fs::remove_all(to);
    } else {
      rename(project(), to);
    }
  }
  fs::path outside() const { return root_.parent_path() / "outside"; }
  void move_out() { rename(below(3) == 0 ? project() : session(), outside()); }
  void move_in() {
    const fs::path session = outside() / "state.json";
    rename(outside(), fs::exists(session) ? this->session() : project());
  }
  void move_root() {
    const fs::path away = root_.parent_path() / "away";
    fs::rename(root_, away);
    fs::rename(away, root_);
    if (below(2) == 0) replace_state();
  }

  // A project under version control, in two versions that share little.
  void make_repository() {
    const fs::path session = root_ / "repo/.tain/sessions";
    fs::create_directories(root_ / "repo");
    git("init -q");
    testing::write(root_ / "repo/.tain/project.json", R"({"name": "first"})");
    testing::write(session / "one/state.json", state_json("one", "first"));
    testing::write(session / "one/events.jsonl", event_json("a") + "\n");
    testing::write(session / "both/state.json", state_json("both", "first"));
    git("add -A && git commit -q -m first && git tag first");
    fs::remove_all(session / "one");
    testing::write(root_ / "repo/.tain/project.json", R"({"name": "other"})");
    testing::write(session / "one", "a file");
    testing::write(session / "two/sub/state.json", state_json("two", "other"));
    testing::write(session / "both/state.json", state_json("both", "other"));
    testing::write(session / "both/events.jsonl", event_json("a") + "\n" + event_json("b") + "\n");
    git("add -A && git commit -q -m other && git tag other");
  }
  void git(const std::string& command) const {
    const std::string run =
        "cd '" + (root_ / "repo").string() +
        "' && export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=m "
        "GIT_AUTHOR_EMAIL=m@m GIT_COMMITTER_NAME=m GIT_COMMITTER_EMAIL=m@m && (git " +
        command + ") > /dev/null 2>&1";
    if (std::system(run.c_str()) != 0) throw std::runtime_error("git " + command);
  }
  void check_out() {
    if (!fs::exists(root_ / "repo/.git")) return;
    git(below(2) == 0 ? "checkout -q -f first" : "checkout -q -f other");
  }

  fs::path root_;
  std::mt19937 random_;
  Manner manner_;
};

}  // namespace tain::testing
