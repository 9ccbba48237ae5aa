// From a line appended to a transcript to its row: how long until a reader of the mirror sees it.
// As bench_visible, but nobody notifies the daemon: Claude Code knows nothing of it.
//
//   bench_append FILE --db MIRROR --socket SOCKET --changes N --rate 100

#include <fcntl.h>

#include <filesystem>
#include <future>
#include <vector>

#include "core/json/time.h"
#include "mirror_eye.h"
#include "program.h"
#include "syncd/service/control_client.h"
#include "written_file.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;

constexpr std::chrono::minutes kFlushTimeout(10);
constexpr std::string_view kSeen =
    "SELECT CAST(body AS INTEGER) FROM events WHERE file_id = ?1 "
    "ORDER BY line_offset DESC LIMIT 1";

struct Options {
  fs::path file;
  fs::path db;
  fs::path socket;
  int changes = 500;
  int rate = 100;
};

// What somebody asked, which is the number.
std::string line_of(int number) {
  const Json line = {{"type", "user"},
                     {"uuid", "8c816805-24e2-4871-ac94-" + std::to_string(100000000000 + number)},
                     {"timestamp", tain::format_time({1'771'200'000'000 + number})},
                     {"message", {{"role", "user"}, {"content", std::to_string(number)}}}};
  return line.dump() + "\n";
}

Json measure(const Options& options) {
  const fs::path file = fs::canonical(options.file);
  tain::FileSystem& files = tain::FileSystem::real();
  const tain::UniqueFd log =
      tain::open_or_throw(files, file, O_WRONLY | O_APPEND | O_CLOEXEC, 0, "open");
  tain::write_all(files, log.get(), line_of(0), file, "append");
  tain::syncd::ask_daemon(options.socket, {{"command", "flush"}}, kFlushTimeout);
  tain::bench::MirrorEye eye(options.db, kSeen, tain::bench::file_id_of(options.db, file));
  auto seen = std::async(std::launch::async, [&] { return eye.watch_until(options.changes); });
  std::vector<std::int64_t> began;
  std::int64_t next = tain::bench::now_ns();
  for (int i = 1; i <= options.changes; ++i) {
    const std::string line = line_of(i);
    tain::bench::wait_until_ns(next += 1'000'000'000 / options.rate);
    began.push_back(tain::bench::now_ns());
    tain::write_all(files, log.get(), line, file, "append");
  }
  std::vector<std::int64_t> took = seen.get();
  for (std::size_t i = 0; i < began.size(); ++i) took[i] -= began[i];
  return tain::bench::summary_of(took);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("file", options.file, "that the daemon mirrors")->required();
    app.add_option("--db", options.db)->required();
    app.add_option("--socket", options.socket)->required();
    app.add_option("--changes", options.changes)->check(CLI::PositiveNumber);
    app.add_option("--rate", options.rate, "a second")->check(CLI::PositiveNumber);
  };
  return tain::bench::run_program(argc, argv, "Times an appended line until it is seen",
                                  add_options, [&] { return measure(options); });
}
