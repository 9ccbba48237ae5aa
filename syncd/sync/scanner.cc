#include "scanner.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/error.h"
#include "reader.h"

namespace tain::syncd {
namespace {

// The entries of an open directory, one after the other. Not readdir(), which asks for a buffer and
// makes three more system calls for each directory; here one buffer serves a whole walk.
class Entries {
 public:
  Entries(int directory, std::vector<char>& buffer) : directory_(directory), buffer_(buffer) {}

  // Null at the end, and where the directory cannot be read: then errno says why, and is 0 else.
  const dirent64* next() {
    if (at_ == end_ && !fill()) return nullptr;
    const auto* entry = reinterpret_cast<const dirent64*>(buffer_.data() + at_);
    at_ += entry->d_reclen;
    return entry;
  }

 private:
  bool fill() {
    errno = 0;
    const ssize_t got = ::getdents64(directory_, buffer_.data(), buffer_.size());
    if (errno == ENOENT) errno = 0;  // it was removed meanwhile, and so has no entries
    at_ = 0;
    end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got > 0;
  }

  int directory_;
  std::vector<char>& buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

constexpr std::size_t kEntriesAtOnce = 32UL * 1024;  // bytes

// Directories on the way down that are kept open: deeper ones are found again from the root, so
// that a deep tree does not take all descriptors of the process.
constexpr int kHeldLevels = 64;

enum class Entry { file, directory, other };

Entry entry_type(int directory, const dirent64& entry) {
  if (entry.d_type == DT_REG) return Entry::file;
  if (entry.d_type == DT_DIR) return Entry::directory;
  if (entry.d_type != DT_UNKNOWN) return Entry::other;
  struct stat status = {};  // some file systems do not say
  if (::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return Entry::other;
  if (S_ISREG(status.st_mode)) return Entry::file;
  return S_ISDIR(status.st_mode) ? Entry::directory : Entry::other;
}

std::string system_reason() {
  return std::system_category().message(errno);
}

RootIdentity identity_of(const struct stat& status) {
  return {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino)};
}

}  // namespace

class Scanner::Walk {
 public:
  // Without a ledger and a watcher it only counts.
  Walk(const Scanner& scanner, Watcher* watcher, mirror::Ledger* ledger, const std::string& root,
       const std::string& directory, const std::function<bool()>& stop)
      : scanner_(scanner), watcher_(watcher), ledger_(ledger), root_(root), stop_(stop) {
    if (ledger == nullptr) return;
    files_ = ledger->below(directory);
    known_.reserve(files_.size());
    for (const mirror::KnownFile& file : files_) known_.emplace(file.path, &file);
    for (std::string& path : ledger->paths_with_errors(directory))
      troubled_.insert(std::move(path));
  }

  // `directory` is open as `fd`.
  void visit(UniqueFd fd, const std::string& directory) {
    if (stop_()) throw ScanStopped();
    ++result.directories;
    if (watcher_ != nullptr && !watcher_->watch(directory)) result.all_watched = false;
    Entries entries(fd.get(), buffer_);
    const dirent64* entry = entries.next();
    if (entry == nullptr && errno != 0) return give_up(directory);
    if (troubled_.erase(directory) > 0) result.readable.push_back(directory);
    const bool inside = scanner_.layouts_.is_inside(directory);
    std::vector<std::string> directories;
    for (; entry != nullptr; entry = entries.next()) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      const Entry type = entry_type(fd.get(), *entry);
      if (type == Entry::file) visit_file(fd.get(), directory, entry->d_name);
      if (type == Entry::directory && (inside || !scanner_.pruned_.contains(name))) {
        directories.emplace_back(name);
      }
    }
    if (errno != 0) give_up(directory);
    if (++level_ > kHeldLevels) fd = UniqueFd(FileSystem::real(), -1);
    for (const std::string& name : directories) descend(fd.get(), directory, name);
    --level_;
  }

  void give_up(const std::string& directory) {
    if (is_shortage(errno)) throw IoError("read", directory, errno);  // ours, not the directory's
    if (!unknown_.empty() && unknown_.back() == directory + "/") return;  // said of another file
    result.unreadable.push_back({directory, std::nullopt, system_reason()});
    unknown_.push_back(directory + "/");
    troubled_.erase(directory);
  }

  // What is in the ledger and was not met is gone, unless it lies where we could not look. So is
  // what never could be read, of which there is only an error.
  void conclude() {
    for (const auto& [path, file] : known_) {
      if (!is_hidden(path)) result.vanished.push_back(file->path);
    }
    for (const std::string& path : troubled_) {
      if (!is_hidden(path) && !known_.contains(path)) result.vanished.push_back(path);
    }
  }

  ScanResult result;
  Visit on_file = [](const FileRole& /*role*/, std::int64_t /*size*/) {};

 private:
  bool is_hidden(std::string_view path) const {
    return std::any_of(unknown_.begin(), unknown_.end(),
                       [&](const std::string& directory) { return path.starts_with(directory); });
  }

  void descend(int parent, const std::string& directory, const std::string& name) {
    const std::string path = directory + "/" + name;
    UniqueFd fd = open(parent, path, name);
    if (fd.get() >= 0) return visit(std::move(fd), path);
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return;  // changed meanwhile
    give_up(path);
  }

  // A path that is longer than the kernel takes cannot be watched; that it ends somewhere also
  // bounds how deep we go.
  UniqueFd open(int parent, const std::string& path, const std::string& name) const {
    if (path.size() >= PATH_MAX) {
      errno = ENAMETOOLONG;
      return {FileSystem::real(), -1};
    }
    if (parent < 0) {
      return open_directory_beneath(root_, std::string_view(path).substr(root_.size() + 1));
    }
    return {FileSystem::real(),
            ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  }

  void visit_file(int parent, const std::string& directory, const char* name) {
    const std::string path = directory + "/" + name;
    const std::optional<FileRole> role = scanner_.layouts_.classify(path);
    if (!role) return;
    struct stat status = {};
    if (::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      // Its directory may be listed, and not be looked into.
      if (errno != ENOENT) give_up(directory);
      return;
    }
    ++result.files;
    on_file(*role, static_cast<std::int64_t>(status.st_size));
    if (ledger_ == nullptr) return;
    troubled_.erase(path);
    const auto known = known_.find(path);
    if (known == known_.end()) {
      result.changed.push_back(path);
      return;
    }
    const mirror::KnownFile& file = *known->second;
    if (file.version != mirror::version_of(status) || !file.settled) result.changed.push_back(path);
    if (file.version.device != status.st_dev) ++result.renumbered;
    known_.erase(known);
  }

  const Scanner& scanner_;
  Watcher* watcher_;
  mirror::Ledger* ledger_;
  const std::string& root_;
  int level_ = 0;  // of the directory that is visited, below the first
  const std::function<bool()>& stop_;
  std::vector<mirror::KnownFile> files_;
  // What of them has not been met yet.
  std::unordered_map<std::string_view, const mirror::KnownFile*> known_;
  std::unordered_set<std::string> troubled_;  // what has errors and has not been met yet
  std::vector<char> buffer_ = std::vector<char>(kEntriesAtOnce);
  std::vector<std::string> unknown_;  // prefixes of what we could not look at
};

Scanner::Scanner(const Layouts& layouts, Watcher& watcher,
                 std::set<std::string, std::less<>> pruned)
    : layouts_(layouts), watcher_(watcher), pruned_(std::move(pruned)) {}

std::optional<RootIdentity> root_identity(const std::string& root) {
  struct stat status = {};
  if (::stat(root.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  return identity_of(status);
}

ScanResult Scanner::scan(const std::string& root, const std::string& directory,
                         mirror::Ledger& ledger, const std::function<bool()>& stop) {
  Walk walk(*this, &watcher_, &ledger, root, directory, stop);
  struct stat status = {};
  const bool is_there = ::stat(root.c_str(), &status) == 0;
  if (!is_there || !S_ISDIR(status.st_mode)) {
    walk.result.root_is_there = false;
    walk.result.root_trouble = is_there ? "not a directory" : system_reason();
    return std::move(walk.result);
  }
  walk.result.device = static_cast<std::int64_t>(status.st_dev);
  const RootIdentity identity = identity_of(status);
  const std::string_view relative =
      directory.size() > root.size() ? std::string_view(directory).substr(root.size() + 1) : "";
  UniqueFd fd = open_directory_beneath(root, relative);
  if (fd.get() >= 0) {
    walk.visit(std::move(fd), directory);
  } else if (is_shortage(errno)) {
    throw IoError("open", directory, errno);
  } else if (relative.empty()) {
    walk.result.root_is_there = false;
    walk.result.root_trouble = system_reason();
    return std::move(walk.result);
  } else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
    walk.give_up(directory);
  } else if (layouts_.classify(directory)) {
    walk.result.changed.push_back(directory);  // a file, which whoever reads it looks at
  }
  walk.conclude();
  // Whatever was watched in between may belong to either.
  if (root_identity(root) == identity) walk.result.identity = identity;
  return std::move(walk.result);
}

std::optional<std::int64_t> Scanner::count_files(const std::string& root,
                                                 const std::function<bool()>& stop) const {
  UniqueFd fd = open_directory_beneath(root, "");
  if (fd.get() < 0) return std::nullopt;
  Walk walk(*this, nullptr, nullptr, root, root, stop);
  walk.visit(std::move(fd), root);
  return walk.result.files;
}

std::vector<mirror::SyncError> Scanner::visit_files(const std::string& root,
                                                    const Visit& visit) const {
  const std::function<bool()> never = [] { return false; };
  Walk walk(*this, nullptr, nullptr, root, root, never);
  walk.on_file = visit;
  UniqueFd fd = open_directory_beneath(root, "");
  if (fd.get() >= 0) {
    walk.visit(std::move(fd), root);
  } else if (errno != ENOENT && errno != ENOTDIR) {
    walk.give_up(root);
  }
  return std::move(walk.result.unreadable);
}

bool Scanner::reaches(const std::string& root, std::string_view path) const {
  for (std::size_t begin = root.size() + 1; begin < path.size();) {
    const std::size_t end = path.find('/', begin);
    if (end == std::string_view::npos) return true;  // the last name is no directory that is passed
    if (pruned_.contains(path.substr(begin, end - begin)) &&
        !layouts_.is_inside(path.substr(0, begin - 1))) {
      return false;
    }
    begin = end + 1;
  }
  return true;
}

std::set<std::string, std::less<>> Scanner::default_pruned() {
  return {".git",   ".hg",     ".svn",  ".jj",         "node_modules",  "bower_components",
          "target", "build",   "dist",  ".venv",       "venv",          "__pycache__",
          ".tox",   ".nox",    ".next", ".mypy_cache", ".pytest_cache", ".ruff_cache",
          ".cache", ".gradle", ".idea", ".terraform",  "vendor"};
}

}  // namespace tain::syncd
