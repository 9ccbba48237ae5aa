#include "once.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <mutex>
#include <string>

#include "core/error.h"
#include "status.h"
#include "sync_loop.h"
#include "syncd/mirror/mirror_reader.h"
#include "syncd/sync/progress_report.h"

namespace tain::syncd {
namespace {

std::int64_t count(const sqlite::Database& database, const std::string& what) {
  sqlite::Statement statement = database.prepare("SELECT count(*) FROM " + what);
  statement.step();
  return statement.integer(0);
}

void report(const Config& config, const SyncCounters& counters, const sqlite::Database& database,
            std::ostream& out) {
  out << config.db.string() << ": " << count(database, "files") << " files of "
      << count(database, "projects") << " projects, " << count(database, "sessions")
      << " sessions; " << counters.files << " files looked at\n";
  const std::int64_t errors = count(database, "sync_errors");
  if (errors > 0) {
    out << errors
        << " errors; see: tain sql \"SELECT path, byte_offset, reason FROM sync_errors\"\n";
  }
  out.flush();
  if (!out) throw Error("write", {}, "not all of the report could be written");
}

// Of a root that is unavailable: why, and what becomes of what the mirror has of it.
void tell_of(const mirror::RootRecord& root, const sqlite::Database& database) {
  sqlite::Statement row = database.prepare(
      "SELECT reason, (SELECT count(*) FROM files WHERE root_id = ?1) FROM roots "
      "WHERE root_id = ?1");
  row.bind(1, root.root_id).step();
  const std::int64_t files = row.integer(1);
  const std::string kept =
      files == 0 ? "" : "; the " + std::to_string(files) + " files that the mirror has of it stay";
  spdlog::error("{} is unavailable: {}{}", root.path, row.text(0), kept);
}

// Takes the progress off the terminal's line before something is logged there.
class Clearing : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Clearing(ProgressReport& progress) : progress_(progress) {
    auto& sinks = spdlog::default_logger()->sinks();
    sinks.insert(sinks.begin(), std::shared_ptr<Clearing>(this, [](auto*) {}));
  }
  Clearing(const Clearing&) = delete;
  Clearing& operator=(const Clearing&) = delete;
  ~Clearing() override {
    auto& sinks = spdlog::default_logger()->sinks();
    sinks.erase(sinks.begin());
  }

 private:
  void sink_it_(const spdlog::details::log_msg& /*message*/) override { progress_.clear(); }
  void flush_() override {}

  ProgressReport& progress_;
};

ProgressReport report_on_stderr() {
  if (::isatty(STDERR_FILENO) != 0) {
    return {ProgressReport::Place::terminal,
            [](const std::string& text) { std::cerr << text << std::flush; }};
  }
  return {ProgressReport::Place::log,
          [](const std::string& text) { spdlog::info("catching up: {}", text); }};
}

}  // namespace

bool run_once(const Config& config, std::ostream& out) {
  mirror::WriterLock lock(config.db);
  const mirror::Schema schema;
  const Layouts layouts(schema, config.layouts, config.file);
  DirtySet dirty;
  NoWatcher watcher;
  SharedStatus status;
  SyncLoop loop(config, layouts, schema, dirty, watcher, status, &lock);
  ProgressReport progress = report_on_stderr();
  const Clearing clearing(progress);
  loop.on_catching_up = [&](auto done, auto total) { progress.show(done, total); };
  loop.catch_up();
  progress.clear();
  const sqlite::Database database = mirror::open_for_reading(config.db);
  bool complete = true;
  for (const mirror::RootRecord& root : loop.step().roots()) {
    if (root.available) continue;
    complete = false;
    tell_of(root, database);
  }
  report(config, loop.step().counters(), database, out);
  return complete;
}

}  // namespace tain::syncd
