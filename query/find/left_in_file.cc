#include "left_in_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/fs/file_system.h"
#include "core/json/document.h"
#include "syncd/layout/redaction.h"
#include "syncd/sync/log_projector.h"
#include "syncd/sync/reader.h"

namespace tain::query {
namespace {

// A log, opened as the daemon opens files: what is no file now, such as a FIFO or a link, is not
// waited for or followed.
class Log {
 public:
  explicit Log(const std::string& path)
      : path_(path),
        file_(open_or_throw(FileSystem::real(), path,
                            O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0, "read")) {
    struct stat status = {};
    if (FileSystem::real().fstat(file_.get(), &status) != 0) throw IoError("read", path, errno);
    if (!S_ISREG(status.st_mode)) throw Error("read", path, "it is no file any more");
    size_ = status.st_size;
  }

  // As many as there are of `length` bytes from `offset` on.
  syncd::PaddedBytes read(std::int64_t offset, std::int64_t length) const {
    const std::int64_t there = std::clamp<std::int64_t>(size_ - offset, 0, length);
    std::string bytes(static_cast<std::size_t>(there), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = FileSystem::real().pread(
          file_.get(), bytes.data() + done, bytes.size() - done, offset + static_cast<off_t>(done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw IoError("read", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return {std::move(bytes), syncd::JsonParser::padding()};
  }
  syncd::PaddedBytes read_all() const { return read(0, size_); }

 private:
  const std::string& path_;
  UniqueFd file_;
  std::int64_t size_ = 0;
};

// The row of the line as the daemon makes it, but for that nothing is too long.
std::optional<mirror::Row> project_again(const mirror::Schema& schema, const LineInFile& line,
                                         const syncd::SyncSettings& settings) {
  constexpr std::size_t kNothingIsTooLong = std::size_t{1} << 40;
  const syncd::Layouts layouts(schema, settings.layouts);
  const std::optional<syncd::FileRole> role = layouts.classify(line.path);
  if (!role) return std::nullopt;
  const Log log(line.path);
  std::optional<mirror::Row> found;
  const syncd::Redaction redaction(settings.redaction);
  syncd::LineReading reading(layouts, schema, kNothingIsTooLong, kNothingIsTooLong, &redaction);
  syncd::LogProjector projector(
      reading, *role, "", [&](std::int64_t /*offset*/, syncd::Projection& projection) {
        for (mirror::Row& row : projection.rows) {
          const bool is_wanted =
              row.table->find("left_in_file") && row["line_offset"] == mirror::Value(line.offset);
          if (is_wanted) found = std::move(row);
        }
      });
  if (is_rewritten(role->kind)) {
    // It may be a part of a line, such as a comment of an issue: what that part becomes, and what
    // of it is redacted, says the whole line.
    projector.take_all(log.read_all().view(), 0);
  } else {
    projector.take_all(log.read(line.offset, line.length).view(), line.offset);
  }
  return found;
}

}  // namespace

std::map<std::string, std::string> read_left_in_file(const LineInFile& line, const std::string& id,
                                                     const std::string& names,
                                                     const syncd::SyncSettings& settings) {
  const mirror::Schema schema;
  std::optional<mirror::Row> row = project_again(schema, line, settings);
  if (!row || (*row)["id"] != mirror::Value(id)) {
    throw Error("read", line.path,
                "at byte " + std::to_string(line.offset) + " there is no " + id +
                    " any more: the file has changed; ask again with --fresh");
  }
  std::map<std::string, std::string> texts;
  for (const Json& name : Json::parse(names)) {
    const auto column = row->table->find(name.get<std::string>());
    if (!column) continue;
    if (auto* text = std::get_if<std::string>(&row->values[*column])) {
      texts.emplace(name.get<std::string>(), std::move(*text));
    }
  }
  return texts;
}

}  // namespace tain::query
