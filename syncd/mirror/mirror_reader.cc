#include "mirror_reader.h"

#include <system_error>

#include "schema.h"

namespace tain::mirror {
namespace {

void check_version(const sqlite::Database& database) {
  sqlite::Statement version = database.prepare("PRAGMA user_version");
  version.step();
  if (version.integer(0) == kSchemaVersion) return;
  throw VersionError("open", database.path(), kSchemaVersion, version.integer(0),
                     "run the tain-syncd that belongs to this program, it rebuilds the mirror");
}

}  // namespace

sqlite::Database open_for_reading(const std::filesystem::path& path) {
  std::error_code unknown;  // whatever it is, opening will say it better
  if (!std::filesystem::exists(path, unknown) && !unknown) {
    throw NotFoundError("open", path,
                        "there is no mirror yet; `tain-syncd run`, or `tain-syncd once`, makes one "
                        "of the roots that "
                        "are configured, or given with --root DIR; or name another with --db");
  }
  sqlite::Database database(path, sqlite::Database::Mode::read_only);
  database.run("PRAGMA query_only = ON");
  check_version(database);
  return database;
}

}  // namespace tain::mirror
