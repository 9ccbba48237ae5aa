#include "left_in_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"
#include "core/fs/file_system.h"
#include "core/json/document.h"

namespace tain::query {
namespace {

// As the daemon opens files: what is no file now, such as a FIFO or a link, is not waited for or
// followed.
UniqueFd open_log(const std::string& path) {
  FileSystem& fs = FileSystem::real();
  UniqueFd file =
      open_or_throw(fs, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0, "read");
  struct stat status = {};
  if (fs.fstat(file.get(), &status) != 0) throw IoError("read", path, errno);
  if (!S_ISREG(status.st_mode)) throw Error("read", path, "it is no file any more");
  return file;
}

std::string read_bytes(const LineInFile& line) {
  const UniqueFd file = open_log(line.path);
  std::string bytes(static_cast<std::size_t>(line.length), '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got =
        FileSystem::real().pread(file.get(), bytes.data() + size, bytes.size() - size,
                                 line.offset + static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw IoError("read", line.path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

const Json* member_at(const Json& object, const std::vector<std::string>& path) {
  const Json* value = &object;
  for (const std::string& key : path) {
    const auto found = value->find(key);
    if (!value->is_object() || found == value->end()) return nullptr;
    value = &*found;
  }
  return value;
}

std::string text_of_value(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::map<std::string, std::string> read_left_in_file(const LineInFile& line, const std::string& id,
                                                     const std::string& names,
                                                     const std::vector<Column>& columns) {
  const Json object = Json::parse(read_bytes(line), nullptr, false);
  if (!object.is_object() || object.value("id", Json()) != Json(id)) {
    throw Error("read", line.path,
                "at byte " + std::to_string(line.offset) + " there is no " + id +
                    " any more: the file has changed; ask again with --fresh");
  }
  std::map<std::string, std::string> texts;
  for (const Json& name : Json::parse(names)) {
    const auto column = std::find_if(columns.begin(), columns.end(),
                                     [&](const Column& known) { return known.name == name; });
    if (column == columns.end()) continue;
    if (const Json* value = member_at(object, column->path)) {
      texts.emplace(column->name, text_of_value(*value));
    }
  }
  return texts;
}

}  // namespace tain::query
