#include "config_store.h"

#include <algorithm>
#include <functional>

#include "../fs/paths.h"
#include "../model/codec.h"

namespace tain {
namespace {

constexpr std::size_t kLongestKey = 128;  // characters

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Whether a control character of ASCII, or U+0080 to U+009F in UTF-8, begins at `i`.
bool is_control_at(std::string_view text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  if (byte < 0x20 || byte == 0x7F) return true;
  return byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
}

bool is_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_control_at(text, i)) return false;
  }
  return true;
}

void require_valid_key(std::string_view key) {
  const auto size =
      key.size() - static_cast<std::size_t>(std::count_if(key.begin(), key.end(), is_continuation));
  if (size >= 1 && size <= kLongestKey && is_printable(key)) return;
  throw InvalidArgument("configuration key", "1 to 128 printable characters",
                        Json(key).dump(-1, ' ', true, Json::error_handler_t::replace));
}

std::optional<ConfigEntry> entry_in(const Document& document, std::string_view key,
                                    const Place& file) {
  const auto found = document.root().find(key);
  if (found == document.root().end()) return std::nullopt;
  return Codec<ConfigEntry>::decode(*found, Place(file, key));
}

Document read_document(const std::filesystem::path& path, const StateOptions& options) {
  const auto bytes = read_file(*options.file_system, path);
  return bytes ? Document::parse(*bytes, path) : Document();
}

std::string bytes_of(const Document& document, std::string_view key) {
  try {
    return document.dump();
  } catch (const Json::type_error&) {  // the only one that dump() has
    throw InvalidArgument("configuration " + std::string(key), "text in UTF-8",
                          "bytes that are not");
  }
}

// Applies `step` to what the file holds under the lock; writes when it answers that it changed.
bool change(const std::filesystem::path& root, std::string_view key, const ProjectOptions& options,
            const std::function<bool(Document&, const Place&)>& step) {
  require_valid_key(key);
  const std::filesystem::path path = config_file(std::filesystem::absolute(root));
  bool changed = false;
  write_and_notify(options, path.parent_path(), [&] {
    const DirectoryLock lock(*options.file_system, path.parent_path());
    Document document = read_document(path, options);
    changed = step(document, Place(path));
    if (!changed) return;
    replace_file(*options.file_system, lock, path.filename().string(), bytes_of(document, key),
                 options.durability);
  });
  return changed;
}

}  // namespace

std::optional<ConfigEntry> get_config(const std::filesystem::path& project_root,
                                      std::string_view key, const StateOptions& options) {
  require_valid_key(key);
  const std::filesystem::path path = config_file(project_root);
  return entry_in(read_document(path, options), key, Place(path));
}

std::map<std::string, ConfigEntry> list_config(const std::filesystem::path& project_root,
                                               const StateOptions& options) {
  const std::filesystem::path path = config_file(project_root);
  const Document document = read_document(path, options);
  std::map<std::string, ConfigEntry> entries;
  for (const auto& [key, entry] : document.root().items()) {
    entries[key] = Codec<ConfigEntry>::decode(entry, Place(Place(path), key));
  }
  return entries;
}

void set_config(const std::filesystem::path& project_root, std::string_view key, const Json& value,
                const ProjectOptions& options) {
  change(project_root, key, options, [&](Document& document, const Place& file) {
    const std::optional<ConfigEntry> before = entry_in(document, key, file);
    if (before && before->value == value) return false;
    Json& entry = document.root()[std::string(key)];
    // Not by merge(), for which an empty object or null is no value: here it is one.
    entry["value"] = value;
    entry["updated_at"] = Codec<Timestamp>::encode(options.clock());
    return true;
  });
}

bool unset_config(const std::filesystem::path& project_root, std::string_view key,
                  const ProjectOptions& options) {
  return change(project_root, key, options, [&](Document& document, const Place&) {
    return document.root().erase(std::string(key)) > 0;
  });
}

}  // namespace tain
