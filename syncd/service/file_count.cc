#include "file_count.h"

#include <algorithm>

#include "core/error.h"
#include "syncd/mirror/binding.h"
#include "syncd/mirror/mirror_reader.h"

namespace tain::syncd {
namespace fs = std::filesystem;
namespace {

std::int64_t read_seq(const sqlite::Database& database) {
  sqlite::Statement seq = database.prepare("SELECT value FROM meta WHERE key = 'seq'");
  return seq.step() ? seq.integer(0) : 0;
}

// A mirror that cannot be read is what the report says anyway; here it is only not known.
std::optional<std::int64_t> seq_of(const fs::path& db) {
  try {
    return read_seq(mirror::open_for_reading(db));
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

bool FileCount::differs() const {
  return std::any_of(roots.begin(), roots.end(), [](const auto& entry) {
    const Root& root = entry.second;
    return root.on_disk && root.mirrored && *root.on_disk != *root.mirrored;
  });
}

FileCount count_on_disk(const fs::path& db, const std::vector<std::string>& roots,
                        const Scanner& scanner, const std::function<bool()>& stop) {
  FileCount count;
  count.seq = seq_of(db);
  for (const std::string& root : roots) {
    count.roots[root].on_disk = scanner.count_files(root, stop);
  }
  return count;
}

void count_mirrored(const fs::path& db, bool is_idle, FileCount& count) {
  count.at = now();
  try {
    sqlite::Database database = mirror::open_for_reading(db);
    database.run("BEGIN");  // so that seq and the numbers are of one moment
    count.settled = is_idle && count.seq == read_seq(database);
    sqlite::Statement find = database.prepare(
        "SELECT (SELECT count(*) FROM files WHERE files.root_id = roots.root_id) FROM roots "
        "WHERE path = ?1");
    for (auto& [path, root] : count.roots) {
      mirror::bind_path(find, 1, path);
      if (find.step()) root.mirrored = find.integer(0);
      find.reset();
    }
  } catch (const Error&) {
    count.settled = false;
  }
}

}  // namespace tain::syncd
