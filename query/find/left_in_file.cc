#include "left_in_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "core/error.h"
#include "core/json/document.h"

namespace tain::query {
namespace {

std::string read_bytes(const LineInFile& line) {
  std::ifstream file(line.path, std::ios::binary);
  if (!file) throw IoError("read", line.path, errno);
  std::string bytes(static_cast<std::size_t>(line.length), '\0');
  file.seekg(line.offset);
  file.read(bytes.data(), line.length);
  bytes.resize(static_cast<std::size_t>(file.gcount()));
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
