// From a save to its row: how long until a reader of the mirror sees what was written. The clock
// starts with the call that puts it into the tree (rename, or write to a log). Nothing is synced,
// so that it is the daemon's time, not the disk's.
//
//   bench_visible ROOT --db MIRROR --socket SOCKET --changes N --rate 100 [--events HISTORY]

#include <filesystem>
#include <future>
#include <vector>

#include "bench_session.h"
#include "core/model/codec.h"
#include "mirror_eye.h"
#include "program.h"
#include "syncd/service/control_client.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;
using tain::SessionStateManager;

constexpr std::chrono::minutes kFlushTimeout(10);
constexpr std::string_view kStateSeen =
    "SELECT CAST(summary AS INTEGER) FROM sessions WHERE file_id = ?1";
constexpr std::string_view kEventSeen =
    "SELECT CAST(title AS INTEGER) FROM events WHERE file_id = ?1 "
    "ORDER BY line_offset DESC LIMIT 1";

struct Options {
  fs::path root;
  fs::path db;
  fs::path socket;
  int changes = 500;
  int rate = 100;
  std::int64_t events = -1;

  bool appends() const { return events >= 0; }
};

void write_history(SessionStateManager& session, std::int64_t count) {
  tain::bench::Typical typical(7);
  std::string lines;
  for (std::int64_t i = 0; i < count; ++i) {
    lines += tain::encode_line("event", typical.event(session.state(), i)) + "\n";
  }
  tain::bench::write_plainly(tain::FileSystem::real(), tain::events_file(session.directory()),
                             lines, false);
}

void change(SessionStateManager& session, bool appends, int number) {
  if (appends) {
    session.append_event({.type = "log", .title = std::to_string(number), .message = "a line"});
    return;
  }
  session.state().summary = std::to_string(number);
  session.save();
}

Json measure(const Options& options) {
  tain::bench::LastChange files;
  const fs::path root = fs::canonical(options.root);
  const std::uint64_t seed =
      options.appends() ? 1000 + static_cast<std::uint64_t>(options.events) : 1;
  auto session = tain::bench::new_session(root / "visible", seed,
                                          tain::bench::saving(false, options.socket, files));
  if (options.appends()) write_history(session, options.events);
  tain::syncd::ask_daemon(options.socket, {{"command", "flush"}}, kFlushTimeout);
  const fs::path file = options.appends() ? tain::events_file(session.directory())
                                          : session.directory() / tain::kStateFile;
  tain::bench::MirrorEye eye(options.db, options.appends() ? kEventSeen : kStateSeen,
                             tain::bench::file_id_of(options.db, file));
  auto seen = std::async(std::launch::async, [&] { return eye.watch_until(options.changes); });
  std::vector<std::int64_t> began;
  std::int64_t next = tain::bench::now_ns();
  for (int i = 1; i <= options.changes; ++i) {
    tain::bench::wait_until_ns(next += 1'000'000'000 / options.rate);
    change(session, options.appends(), i);
    began.push_back(files.began_at());
  }
  std::vector<std::int64_t> took = seen.get();
  for (std::size_t i = 0; i < began.size(); ++i) took[i] -= began[i];
  return tain::bench::summary_of(took);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("root", options.root, "that the daemon mirrors")->required();
    app.add_option("--db", options.db)->required();
    app.add_option("--socket", options.socket)->required();
    app.add_option("--changes", options.changes)->check(CLI::PositiveNumber);
    app.add_option("--rate", options.rate, "a second")->check(CLI::PositiveNumber);
    app.add_option("--events", options.events,
                   "append to a log that has so many already, instead of saving the state");
  };
  return tain::bench::run_program(argc, argv, "Times a save until it is seen", add_options,
                                  [&] { return measure(options); });
}
