#pragma once

#include <stdlib.h>

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

#include "core/fs/paths.h"
#include "core/state/project_store.h"
#include "core/state/task_store.h"

namespace tain::bench {

inline ProjectOptions quiet(Durability durability) {
  ProjectOptions options;
  options.durability = durability;
  options.notifier = SyncNotifier(std::filesystem::path());
  return options;
}

/// A project in a temporary directory that is removed when the program ends.
class BenchProject {
 public:
  BenchProject() {
    std::string name = (std::filesystem::temp_directory_path() / "tain-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    root_ = name;
    create_project(root_, {.name = "Bench"}, quiet(Durability::none));
  }
  BenchProject(const BenchProject&) = delete;
  BenchProject& operator=(const BenchProject&) = delete;
  ~BenchProject() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

/// A project of so many tasks, made once.
inline const BenchProject& project_of(std::int64_t tasks) {
  static std::map<std::int64_t, BenchProject> projects;
  const auto [found, is_new] = projects.try_emplace(tasks);
  if (!is_new) return found->second;
  TaskStore store(found->second.root(), quiet(Durability::none));
  for (std::int64_t i = 0; i < tasks; ++i) {
    NewTask fresh;
    fresh.title = "Task number " + std::to_string(i);
    fresh.description = "What is to be done, in a sentence or two, as people and agents write it.";
    fresh.initial_prompt = "please do what number " + std::to_string(i) + " says";
    store.create(fresh);
  }
  return found->second;
}

}  // namespace tain::bench
