// The floor of every mirror that follows files: in one process and one thread, a change is seen by
// inotify, read, parsed and committed.
//
//   bench_change DIR --changes N --rate 100

#include <simdjson.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <vector>

#include "bench_session.h"
#include "core/fs/atomic_file.h"
#include "program.h"
#include "syncd/mirror/sqlite/database.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;
using tain::sqlite::Database;

struct Options {
  fs::path directory;
  int changes = 500;
  int rate = 100;
};

class Follower {
 public:
  explicit Follower(const fs::path& file, const fs::path& db)
      : file_(file), database_(db, Database::Mode::read_write), events_(watch(file)) {
    database_.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    database_.run(
        "CREATE TABLE sessions(path TEXT PRIMARY KEY, session_id TEXT, topic TEXT, status TEXT, "
        "summary TEXT, updated_at TEXT, body TEXT)");
    put_.emplace(database_.prepare("INSERT OR REPLACE INTO sessions VALUES(?1,?2,?3,?4,?5,?6,?7)"));
  }

  // Returns when the change is committed.
  void follow() {
    std::array<char, 4096> events{};
    if (::read(events_.get(), events.data(), events.size()) <= 0) {
      throw tain::IoError("read events of", file_, errno);
    }
    const std::string bytes = tain::read_file(tain::FileSystem::real(), file_).value();
    const simdjson::dom::object session = parser_.parse(bytes).get_object();
    const std::string path = file_.string();
    put_->bind(1, std::string_view(path));
    int parameter = 2;
    for (const char* field : {"session_id", "topic", "status", "summary", "updated_at"}) {
      put_->bind(parameter++, std::string_view(session[field]));
    }
    put_->bind(parameter, std::string_view(bytes)).execute();
  }

 private:
  static tain::UniqueFd watch(const fs::path& file) {
    tain::UniqueFd events(tain::FileSystem::real(), ::inotify_init1(IN_CLOEXEC));
    if (::inotify_add_watch(events.get(), file.parent_path().c_str(), IN_MOVED_TO) < 0) {
      throw tain::IoError("watch", file, errno);
    }
    return events;
  }

  fs::path file_;
  Database database_;
  tain::UniqueFd events_;
  simdjson::dom::parser parser_;
  std::optional<tain::sqlite::Statement> put_;
};

Json measure(const Options& options) {
  tain::bench::LastChange files;
  fs::create_directories(options.directory / "session");
  const fs::path file = options.directory / "session" / tain::kStateFile;
  tain::Session session = tain::bench::Typical(1).session(1);
  Follower follower(file, options.directory / "change.db");
  std::vector<std::int64_t> took;
  std::int64_t next = tain::bench::now_ns();
  for (int i = 0; i < options.changes; ++i) {
    session.summary = std::to_string(i);
    const std::string bytes = tain::bench::state_bytes(session);
    tain::bench::wait_until_ns(next += 1'000'000'000 / options.rate);
    tain::bench::replace_plainly(files, file, bytes, false);
    follower.follow();
    took.push_back(tain::bench::now_ns() - files.began_at());
  }
  return tain::bench::summary_of(took);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("directory", options.directory)->required();
    app.add_option("--changes", options.changes)->check(CLI::PositiveNumber);
    app.add_option("--rate", options.rate, "a second")->check(CLI::PositiveNumber);
  };
  return tain::bench::run_program(argc, argv, "Times following a file in one process", add_options,
                                  [&] { return measure(options); });
}
