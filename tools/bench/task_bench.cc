// What a task costs: saving it beside a long history, listing many from their files and from the
// mirror.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "bench_project.h"
#include "query/list/listed_entity.h"
#include "syncd/mirror/mirror_reader.h"
#include "syncd/service/once.h"

namespace {

using tain::TaskStore;
using tain::bench::BenchProject;
using tain::bench::project_of;
using tain::bench::quiet;

void SaveTaskWithHistory(benchmark::State& state) {
  const BenchProject project;
  TaskStore store(project.root(), quiet(tain::Durability::full));
  store.create({.title = "A task with a past", .id = "t"});
  std::ofstream events(tain::events_file(tain::task_directory(project.root(), "t")), std::ios::app);
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
  const BenchProject& project = project_of(state.range(0));
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

/// The same rows by one query, as `tain ls tasks --status pending` asks it.
void ListTasksFromMirror(benchmark::State& state) {
  const BenchProject& project = project_of(state.range(0));
  const BenchProject outside;
  const auto db = outside.root() / "mirror.db";
  tain::syncd::Config config;
  config.roots = {project.root().string()};
  config.db = db;
  std::ostringstream report;
  tain::syncd::run_once(config, report);
  const auto& entities = tain::query::listed_entities();
  const auto tasks = std::find_if(entities.begin(), entities.end(),
                                  [](const auto& entity) { return entity.word == "tasks"; });
  const tain::query::GivenFilter pending{&tasks->filters.front(), "pending"};
  const auto database = tain::mirror::open_for_reading(db);
  for (auto _ : state) {
    const auto rows = list_from_mirror(database, *tasks, {pending}, {});
    if (rows.size() != static_cast<std::size_t>(state.range(0))) {
      state.SkipWithError("the list is not whole");
    }
  }
}
BENCHMARK(ListTasksFromMirror)->Arg(10'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
