// What one session's file costs, from the bytes to the rows: each step that the daemon takes alone,
// and all of them together.

#include <benchmark/benchmark.h>

#include <filesystem>

#include "bench_project.h"
#include "core/model/codec.h"
#include "syncd/layout/layout.h"
#include "syncd/sync/file_sync.h"
#include "syncd/sync/projection.h"
#include "typical.h"
#include "written_file.h"

namespace {

namespace fs = std::filesystem;
using tain::Session;
using tain::bench::Typical;

Session typical_session() {
  return Typical(1).session(1);
}

// As the daemon's reader has it: with bytes behind it that a parser may look at.
const tain::syncd::PaddedBytes& padded_state() {
  static const tain::syncd::PaddedBytes bytes(tain::bench::state_bytes(typical_session()),
                                              tain::syncd::JsonParser::padding());
  return bytes;
}

void EncodeSession(benchmark::State& state) {
  const Session session = typical_session();
  for (auto _ : state) benchmark::DoNotOptimize(tain::bench::state_bytes(session));
}
BENCHMARK(EncodeSession)->Unit(benchmark::kMicrosecond);

void DecodeSession(benchmark::State& state) {
  const fs::path path = "state.json";
  for (auto _ : state) {
    const auto document = tain::Document::parse(padded_state().view(), path);
    benchmark::DoNotOptimize(
        tain::Codec<Session>::decode(document.root(), tain::Place(path)).topic.size());
  }
}
BENCHMARK(DecodeSession)->Unit(benchmark::kMicrosecond);

void ParseSession(benchmark::State& state) {
  tain::syncd::JsonParser parser;
  for (auto _ : state) benchmark::DoNotOptimize(parser.parse(padded_state().view()));
}
BENCHMARK(ParseSession)->Unit(benchmark::kMicrosecond);

void HashSession(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(tain::syncd::checksum(padded_state().view()));
}
BENCHMARK(HashSession)->Unit(benchmark::kMicrosecond);

/// Parsing included.
void ProjectSession(benchmark::State& state) {
  const tain::mirror::Schema schema;
  const tain::syncd::Layouts layouts(schema);
  const auto role = layouts.classify("/p/.tain/sessions/s/state.json").value();
  tain::syncd::JsonParser parser;
  for (auto _ : state) {
    benchmark::DoNotOptimize(project_document(parser, layouts, role, padded_state().view()));
  }
}
BENCHMARK(ProjectSession)->Unit(benchmark::kMicrosecond);

/// A changed file into a mirror in which it is already, in a transaction of its own.
void ApplySession(benchmark::State& state) {
  const tain::bench::BenchProject project;
  const tain::bench::BenchProject outside;
  const tain::mirror::Schema schema;
  const tain::syncd::Layouts layouts(schema);
  tain::mirror::MirrorWriter writer(outside.root() / "mirror.db", schema, tain::now);
  tain::syncd::FileSync files(layouts, schema, {});
  Session session = typical_session();
  const fs::path directory = tain::session_directory(project.root(), session.session_id);
  fs::create_directories(directory);
  const std::string path = (directory / tain::kStateFile).string();
  const auto role = layouts.classify(path).value();
  std::int64_t turn = 0;
  for (auto _ : state) {
    state.PauseTiming();
    session.summary = std::to_string(++turn);
    tain::bench::replace_plainly(tain::FileSystem::real(), path, tain::bench::state_bytes(session),
                                 false);
    state.ResumeTiming();
    writer.transact([&] {
      const auto root = writer.ledger().root(project.root().string());
      const auto outcome = files.sync(writer, root, path, role, [] { return false; });
      if (outcome != tain::syncd::FileOutcome::done) state.SkipWithError("not applied");
    });
  }
}
BENCHMARK(ApplySession)->Unit(benchmark::kMicrosecond);

}  // namespace
