#include "command.h"
#include "core/fs/paths.h"
#include "mirror_flags.h"
#include "query/print/rows.h"

namespace tain::query {
namespace {

// Paths are BLOBs where they are not UTF-8, and a TEXT never equals a BLOB, hence the casts; a BLOB
// would be printed as hexadecimal digits, which nobody takes for a path. ?1 is a path, or empty for
// all.
constexpr std::string_view kErrors = R"sql(
SELECT CAST(e.path AS TEXT) AS path, e.byte_offset, e.reason,
       CASE f.state WHEN 'stale' THEN 'last good' WHEN 'bad' THEN 'none'
                    WHEN 'current' THEN 'all others' WHEN 'partial' THEN 'all others'
                    ELSE 'none' END AS rows,
       strftime('%Y-%m-%d %H:%M:%S', e.first_seen_at / 1000, 'unixepoch') AS since,
       strftime('%Y-%m-%d %H:%M:%S', e.last_seen_at / 1000, 'unixepoch') AS last_seen
FROM sync_errors e LEFT JOIN files f ON f.path = e.path
WHERE length(?1) = 0 OR CAST(e.path AS BLOB) = ?1
   OR substr(CAST(e.path AS BLOB), 1, length(?1) + 1) = CAST(?1 || '/' AS BLOB)
ORDER BY CAST(e.path AS BLOB), e.byte_offset
)sql";

class ErrorsCommand : public Command {
 public:
  explicit ErrorsCommand(CLI::App& parent)
      : Command(parent, "errors", "List the files, and lines of files, that could not be mirrored",
                "tain errors ~/code --format json") {
    app().add_option("PATH", path_, "Only this file, or what is below this directory");
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    const sqlite::Database database = mirror_.open(io);
    const std::string path = absolute_path();
    ReadOnlyQuery query(database, kErrors, mirror_.longest_statement());
    query.bind_blob(1, path);
    print_rows(query, parse_word<Format>("--format", format_), io);
    return kDone;
  }

 private:
  std::string absolute_path() const {
    if (path_.empty()) return {};
    return resolved_path(path_).string();
  }

  std::string path_;
  std::string format_;
  MirrorFlags mirror_;
};

}  // namespace

void add_errors(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<ErrorsCommand>(app));
}

}  // namespace tain::query
