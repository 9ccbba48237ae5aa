// What a task costs: saving it beside a long history, listing many from their files.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include "core/fs/paths.h"
#include "core/state/project_store.h"
#include "core/state/task_store.h"

namespace {

using tain::NewTask;
using tain::TaskStore;

tain::ProjectOptions quiet(tain::Durability durability) {
  tain::ProjectOptions options;
  options.durability = durability;
  options.notifier = tain::SyncNotifier(std::filesystem::path());
  return options;
}

/// A project in a temporary directory that is removed when the program ends.
class Project {
 public:
  Project() {
    std::string name = (std::filesystem::temp_directory_path() / "tain-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    root_ = name;
    tain::create_project(root_, {.name = "Bench"}, quiet(tain::Durability::none));
  }
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;
  ~Project() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

/// A project of so many tasks, made once.
const Project& project_of(std::int64_t tasks) {
  static std::map<std::int64_t, Project> projects;
  const auto [found, is_new] = projects.try_emplace(tasks);
  if (!is_new) return found->second;
  TaskStore store(found->second.root(), quiet(tain::Durability::none));
  for (std::int64_t i = 0; i < tasks; ++i) {
    NewTask fresh;
    fresh.title = "Task number " + std::to_string(i);
    fresh.description = "What is to be done, in a sentence or two, as people and agents write it.";
    fresh.initial_prompt = "please do what number " + std::to_string(i) + " says";
    store.create(fresh);
  }
  return found->second;
}

void SaveTaskWithHistory(benchmark::State& state) {
  const Project project;
  TaskStore store(project.root(), quiet(tain::Durability::full));
  store.create({.title = "A task with a past", .id = "t"});
  std::ofstream events(tain::events_file(tain::task_directory(project.root(), "t")),
                       std::ios::app);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    events << R"({"id":"e)" << i << R"(","at":"2026-02-16T12:00:00.000Z","type":"log"})" << '\n';
  }
  events.close();
  std::int64_t turn = 0;
  for (auto _ : state) {
    store.update("t", [&](tain::Task& task) { task.description = std::to_string(++turn); });
  }
}
BENCHMARK(SaveTaskWithHistory)->Arg(10)->Arg(100'000)->Unit(benchmark::kMicrosecond);

/// The floor of every list from files.
void ReadTaskFiles(benchmark::State& state) {
  const Project& project = project_of(state.range(0));
  tain::FileSystem& fs = tain::FileSystem::real();
  const auto directory = tain::tasks_directory(project.root());
  for (auto _ : state) {
    std::size_t bytes = 0;
    for (const std::string& name : tain::list_names(fs, directory)) {
      bytes += tain::read_file(fs, directory / name / tain::kTaskFile).value().size();
    }
    benchmark::DoNotOptimize(bytes);
    state.counters["bytes"] = static_cast<double>(bytes);
  }
}
BENCHMARK(ReadTaskFiles)->Arg(10'000)->Unit(benchmark::kMillisecond)->UseRealTime();

void ListTasksFromFiles(benchmark::State& state) {
  const TaskStore store(project_of(state.range(0)).root(), quiet(tain::Durability::none));
  for (auto _ : state) {
    const auto listing = store.list({.status = tain::TaskStatus::pending});
    if (listing.entities.size() != static_cast<std::size_t>(state.range(0))) {
      state.SkipWithError("the list is not whole");
    }
  }
}
BENCHMARK(ListTasksFromFiles)->Arg(10'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
