#include "mirror_flags.h"

#include <chrono>

#include "daemon_status.h"
#include "query/sql/read_only.h"
#include "syncd/mirror/mirror_reader.h"

namespace tain::query {

namespace {

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000) + 1);
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

sqlite::Database MirrorFlags::open() const {
  const std::filesystem::path db = db_path(db_);
  const double seconds = parse_seconds("--timeout", timeout_.value_or("30"));
  if (fresh_) {
    flush_daemon(socket_path(socket_), db, to_milliseconds(seconds));
  }
  sqlite::Database database = mirror::open_for_reading(db);
  refuse_writes(database);
  return database;
}

std::chrono::milliseconds MirrorFlags::longest_statement() const {
  return to_milliseconds(parse_seconds("--timeout", timeout_.value_or("600")));
}

}  // namespace tain::query
