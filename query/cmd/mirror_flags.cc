#include "mirror_flags.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>

#include "daemon_status.h"
#include "query/sql/mirror_status.h"
#include "query/sql/read_only.h"
#include "syncd/mirror/mirror_reader.h"

namespace tain::query {

namespace {

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000) + 1);
}

// As the view `freshness` has it: a daemon that left as it should, or gave no sign for two minutes.
constexpr std::int64_t kLongestSilence = 120'000;
constexpr std::string_view kLastKnown = R"sql(
SELECT (SELECT max(last_full_scan_at) FROM roots),
       (SELECT max(coalesce(stopped_at, alive_at)) FROM daemon),
       (SELECT pid FROM daemon WHERE stopped_at IS NULL),
       (SELECT alive_at > ? FROM daemon)
)sql";

// One that was killed cannot say so in the mirror.
bool has_process(std::int64_t pid) {
  return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH);
}

// The number of one that was killed long ago may be another program's by now.
bool is_daemon(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  return std::getline(file, name) && name == "tain-syncd";
}

std::string describe_age(std::int64_t ms) {
  const std::int64_t minutes = ms / 60'000;
  if (minutes < 2) return std::to_string(ms / 1000) + " s";
  if (minutes < 120) return std::to_string(minutes) + " minutes";
  const std::int64_t hours = minutes / 60;
  return hours < 48 ? std::to_string(hours) + " hours" : std::to_string(hours / 24) + " days";
}

void warn_when_old(const sqlite::Database& database, const Io& io) {
  const Timestamp now = io.clock();
  sqlite::Statement statement = database.prepare(kLastKnown);
  statement.bind(1, now.ms - kLongestSilence);
  statement.step();
  const std::int64_t pid = statement.integer(2);
  const bool gave_a_sign = statement.integer(3) != 0;
  if (gave_a_sign && has_process(pid)) return;
  const std::int64_t last = std::max(statement.optional_integer(0).value_or(0),
                                     statement.optional_integer(1).value_or(0));
  if (!gave_a_sign && is_daemon(pid)) {
    io.err << "tain: the daemon of this mirror, process " << pid << ", is silent; ";
  } else {
    io.err << "tain: no daemon keeps this mirror up to date; ";
  }
  if (last == 0) {
    io.err << "it has never seen its trees wholly\n";
  } else {
    io.err << "it is as of " << format_time(Timestamp{last}) << ", "
           << describe_age(std::max<std::int64_t>(now.ms - last, 0)) << " ago\n";
  }
}

}  // namespace

void MirrorFlags::add_to(CLI::App& app) {
  add_db(app, db_);
  app.add_flag("--fresh", fresh_, "First wait until all that is saved is in the mirror");
  add_socket(app, socket_);
  add_text(app, "--timeout", timeout_,
           "How long --fresh may wait (default 30), and the answer take (default 600)")
      ->type_name("SECONDS");
}

void MirrorFlags::warn(const sqlite::Database& database, const Io& io) const {
  if (!fresh_) warn_when_old(database, io);
  if (is_loading(database)) {
    io.err << "tain: the mirror is being built; answers are not complete yet, and searches find "
              "nothing\n";
  }
}

void MirrorFlags::wait_until_fresh() const {
  const double seconds = parse_seconds("--timeout", timeout_.value_or("30"));
  if (fresh_) flush_daemon(socket_path(socket_), db_path(db_), to_milliseconds(seconds));
}

sqlite::Database MirrorFlags::open(const Io& io) const {
  wait_until_fresh();
  sqlite::Database database = mirror::open_for_reading(db_path(db_));
  database.run("BEGIN");
  refuse_writes(database);
  deadline_ = std::chrono::steady_clock::now() + longest_statement();
  limit_time(database, deadline_);
  warn(database, io);
  return database;
}

sqlite::Database MirrorFlags::open_to_follow(const Io& io) const {
  wait_until_fresh();
  sqlite::Database database = reopen();
  warn(database, io);
  return database;
}

sqlite::Database MirrorFlags::reopen() const {
  sqlite::Database database = mirror::open_for_reading(db_path(db_));
  refuse_writes(database);
  return database;
}

syncd::SyncSettings MirrorFlags::settings() const {
  try {
    return syncd::settings_of(reopen());
  } catch (const NotFoundError&) {
    return {};
  }
}

std::chrono::milliseconds MirrorFlags::longest_statement() const {
  return to_milliseconds(parse_seconds("--timeout", timeout_.value_or("600")));
}

}  // namespace tain::query
