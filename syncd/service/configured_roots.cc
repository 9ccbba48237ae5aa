#include "configured_roots.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "config.h"
#include "core/error.h"
#include "core/fs/atomic_file.h"
#include "core/json/document.h"
#include "core/model/codec.h"
#include "shell_word.h"
#include "syncd/sync/dirty_set.h"

namespace tain::syncd {
namespace {

constexpr const char* kRoots = "roots";

Document read_document(const std::filesystem::path& file) {
  const std::optional<std::string> content = read_file(FileSystem::real(), file);
  return content ? Document::parse(*content, file) : Document();
}

// The texts as they stand, so that what is kept is written back as somebody wrote it.
std::vector<std::string> written_roots(const Document& document,
                                       const std::filesystem::path& file) {
  const auto found = document.root().find(kRoots);
  if (found == document.root().end()) return {};
  return Codec<std::vector<std::string>>::decode(*found, Place(Place(file), kRoots));
}

// Calls `change` with them, and writes what they are then.
template <class Change>
void change_roots(const std::filesystem::path& given, std::chrono::milliseconds patience,
                  const Change& change) {
  const std::filesystem::path file = linked_file(std::filesystem::absolute(given));
  make_directories(FileSystem::real(), file.parent_path(), true);
  const DirectoryLock lock(FileSystem::real(), file.parent_path(), patience);
  Document document = read_document(file);
  std::vector<std::string> roots = written_roots(document, file);
  change(roots);
  document.root()[kRoots] = roots;
  replace_file(FileSystem::real(), lock, file.filename().string(), document.dump(),
               Durability::full);
}

void require_directory(const std::string& root) {
  if (!simdjson::validate_utf8(root)) {
    throw InvalidArgument("root", "a directory whose name is UTF-8 (--root takes any)", root);
  }
  std::error_code unknown;
  const auto type = std::filesystem::status(root, unknown).type();
  if (type == std::filesystem::file_type::directory) return;
  const bool is_missing = type == std::filesystem::file_type::not_found;
  throw NotFoundError(
      "add the root", root,
      is_missing ? "there is no such directory" : "it is no directory; name the one that holds it");
}

// Inside another, its files would belong to both.
void require_outside(const std::string& root, const std::vector<std::string>& others,
                     const std::filesystem::path& file) {
  for (const std::string& other : others) {
    if (root == other) {
      throw AlreadyExistsError("add the root", root, "it is one already, in " + file.string());
    }
    if (!is_at_or_below(root, other)) continue;
    throw AlreadyExistsError("add the root", root,
                             "it lies in the root " + other +
                                 ", and is mirrored with it; for less than all of that: tain roots "
                                 "remove " +
                                 shell_word(other));
  }
}

bool is_inside_one(const std::string& path, const std::vector<std::string>& roots) {
  return std::any_of(roots.begin(), roots.end(), [&](const std::string& root) {
    return path != root && is_at_or_below(path, root);
  });
}

// None of them named twice, or inside another that is named.
void require_apart(const std::vector<std::string>& roots, const std::filesystem::path& file) {
  for (auto root = roots.begin(); root != roots.end(); ++root) {
    require_outside(*root, {roots.begin(), root}, file);
    require_outside(*root, {root + 1, roots.end()}, file);
  }
}

std::vector<std::string> named_directories(const std::vector<std::string>& written) {
  std::vector<std::string> roots;
  roots.reserve(written.size());
  for (const std::string& root : written) roots.push_back(named_directory("root", root));
  return roots;
}

}  // namespace

std::vector<std::string> configured_roots(const std::filesystem::path& file) {
  const std::filesystem::path real = linked_file(file);
  return named_directories(written_roots(read_document(real), real));
}

std::vector<std::string> add_configured_roots(const std::filesystem::path& file,
                                              const std::vector<std::string>& roots,
                                              std::chrono::milliseconds patience) {
  std::vector<std::string> replaced;
  change_roots(file, patience, [&](std::vector<std::string>& written) {
    require_apart(roots, file);
    const std::vector<std::string> present = named_directories(written);
    for (const std::string& root : roots) {
      require_directory(root);
      require_outside(root, present, file);
    }
    std::erase_if(written, [&](const std::string& other) {
      const std::string name = named_directory("root", other);
      const bool is_inside = is_inside_one(name, roots);
      if (is_inside) replaced.push_back(name);
      return is_inside;
    });
    written.insert(written.end(), roots.begin(), roots.end());
  });
  return replaced;
}

void remove_configured_roots(const std::filesystem::path& file,
                             const std::vector<std::string>& roots,
                             std::chrono::milliseconds patience) {
  change_roots(file, patience, [&](std::vector<std::string>& written) {
    for (const std::string& root : roots) {
      const auto is_meant = [&](const std::string& other) {
        return named_directory("root", other) == root;
      };
      if (std::erase_if(written, is_meant) > 0) continue;
      throw NotFoundError("remove the root", root,
                          "it is none of those in " + file.string() + "; see `tain roots list`");
    }
  });
}

}  // namespace tain::syncd
