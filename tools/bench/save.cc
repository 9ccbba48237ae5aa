// What save() costs, beside the calls that replacing a file takes at least. The two take turns, so
// that both meet the same disk.
//
//   bench_save DIR --saves N [--durable]

#include <filesystem>
#include <vector>

#include "bench_session.h"
#include "program.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;

struct Options {
  fs::path directory;
  int saves = 1'000;
  bool durable = false;
};

Json measure(const Options& options) {
  // Nobody listens there: what a save costs whoever runs no daemon.
  auto session =
      tain::bench::new_session(options.directory / "saved", 1,
                               tain::bench::saving(options.durable, options.directory / "socket"));
  const std::string bytes = tain::bench::state_bytes(session.state());
  const fs::path plain = options.directory / "plain" / tain::kStateFile;
  fs::create_directories(plain.parent_path());
  std::vector<std::int64_t> saves;
  std::vector<std::int64_t> floors;
  for (int i = 0; i < options.saves; ++i) {
    floors.push_back(tain::bench::time_ns([&] {
      tain::bench::replace_plainly(tain::FileSystem::real(), plain, bytes, options.durable);
    }));
    session.state().summary = "save " + std::to_string(100'000 + i);
    saves.push_back(tain::bench::time_ns([&] { session.save(); }));
  }
  return {{"bytes", bytes.size()},
          {"save", tain::bench::summary_of(saves)},
          {"floor", tain::bench::summary_of(floors)}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("directory", options.directory)->required();
    app.add_option("--saves", options.saves)->check(CLI::PositiveNumber);
    app.add_flag("--durable", options.durable,
                 "fsync file and directory, as save() does by itself");
  };
  return tain::bench::run_program(argc, argv, "Times save() and its floor", add_options,
                                  [&] { return measure(options); });
}
