#include "inotify_watcher.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "remote_file_system.h"

namespace tain::syncd {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
// Links are followed, since a root may have become one; below it, whoever scans follows none.
constexpr std::uint32_t kFlags = IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr std::size_t kBuffer = 64UL * 1024;
constexpr std::size_t kReservedPart = 16;  // one in so many watches is left to other programs

// The system's limit, and that of a user namespace, such as a container's.
std::optional<std::size_t> watch_limit() {
  std::optional<std::size_t> lowest;
  for (const char* file :
       {"/proc/sys/fs/inotify/max_user_watches", "/proc/sys/user/max_inotify_watches"}) {
    std::size_t limit = 0;
    if (std::ifstream(file) >> limit) lowest = std::min(lowest.value_or(limit), limit);
  }
  if (lowest) *lowest -= *lowest / kReservedPart;
  return lowest;
}

bool is_same_directory(const std::string& a, const std::string& b) {
  struct stat one = {};
  struct stat other = {};
  return ::lstat(a.c_str(), &one) == 0 && ::lstat(b.c_str(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

std::string reason(int error_number) {
  return std::system_category().message(error_number);
}

}  // namespace

InotifyWatcher::InotifyWatcher(const Layouts& layouts, DirtySet& dirty)
    : InotifyWatcher(layouts, dirty, System{}) {}

InotifyWatcher::InotifyWatcher(const Layouts& layouts, DirtySet& dirty, System system)
    : layouts_(layouts), dirty_(dirty), system_(std::move(system)) {
  if (!system_.is_remote) system_.is_remote = is_on_remote_file_system;
  if (!system_.limit) system_.limit = watch_limit;
  restart();
}

bool InotifyWatcher::restart() {
  UniqueFd fresh(system_.files, ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  const int error_number = errno;
  const std::lock_guard lock(mutex_);
  directories_.clear();
  descriptors_.clear();
  fd_ = std::move(fresh);
  limit_ = system_.limit();
  if (fd_.get() >= 0) return true;
  return fail("no inotify instance: " + reason(error_number) +
              "; raise fs.inotify.max_user_instances");
}

bool InotifyWatcher::watch(const std::string& directory) {
  const bool is_remote = system_.is_remote(directory);
  const std::lock_guard lock(mutex_);
  if (fd_.get() < 0) return fail(trouble_);
  if (!add(directory)) return false;
  return !is_remote ||
         fail(directory + " lies on a network or FUSE file system, where changes raise no events");
}

bool InotifyWatcher::add(const std::string& directory) {
  const bool allowed = !limit_ || directories_.size() < *limit_ || descriptors_.contains(directory);
  const int descriptor =
      allowed ? ::inotify_add_watch(fd_.get(), directory.c_str(), kEvents | kFlags) : -1;
  if (descriptor >= 0) {
    // The same directory under another name: it was renamed, or both are there by a mount. Its
    // events can have one name only.
    const auto known = directories_.find(descriptor);
    if (known != directories_.end() && *known->second != directory) {
      if (is_same_directory(*known->second, directory)) {
        return fail(directory + " is also " + *known->second + ", where its changes raise events");
      }
      descriptors_.erase(descriptors_.find(*known->second));
    }
    const auto [place, is_new] = descriptors_.try_emplace(directory, descriptor);
    if (place->second != descriptor) {  // that of the directory that had this name before
      ::inotify_rm_watch(fd_.get(), place->second);
      directories_.erase(place->second);
      place->second = descriptor;
    }
    directories_[descriptor] = &place->first;
    return true;
  }
  if (!allowed || errno == ENOSPC) return fail("raise fs.inotify.max_user_watches");
  // It vanished, or we may not look into it: whoever reads it will say so.
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES) return true;
  return fail("cannot watch " + directory + ": " + reason(errno));
}

void InotifyWatcher::read_limit() {
  const std::lock_guard lock(mutex_);
  limit_ = system_.limit();
}

bool InotifyWatcher::fail(std::string why) {
  ++failures_;
  trouble_ = std::move(why);
  return false;
}

bool InotifyWatcher::sees(const std::string& directory) const {
  {
    const std::lock_guard lock(mutex_);
    if (fd_.get() < 0 || !descriptors_.contains(directory)) return false;
  }
  return !system_.is_remote(directory);
}

std::size_t InotifyWatcher::watched_below(std::string_view directory) const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (auto it = descriptors_.lower_bound(directory); it != descriptors_.end(); ++it) {
    const std::string& path = it->first;
    if (!std::string_view(path).starts_with(directory)) break;
    if (path.size() == directory.size() || path[directory.size()] == '/') ++count;
  }
  return count;
}

std::uint64_t InotifyWatcher::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

std::string InotifyWatcher::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::optional<std::size_t> InotifyWatcher::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_;
}

Drained InotifyWatcher::drain() {
  if (fd_.get() < 0) return Drained::failed;
  alignas(inotify_event) char buffer[kBuffer];
  Drained drained = Drained::all;
  for (;;) {
    const ssize_t size = system_.files.read(fd_.get(), buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return drained;
    if (size <= 0) return Drained::failed;
    if (handle_events(buffer, static_cast<std::size_t>(size)) == Drained::overflow) {
      drained = Drained::overflow;
    }
  }
}

Drained InotifyWatcher::handle_events(const char* buffer, std::size_t size) {
  Drained drained = Drained::all;
  for (std::size_t offset = 0; offset < size;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer + offset);
    offset += sizeof(inotify_event) + event->len;
    if ((event->mask & IN_Q_OVERFLOW) != 0) drained = Drained::overflow;
    std::optional<std::string> directory;
    {
      const std::lock_guard lock(mutex_);
      const auto found = directories_.find(event->wd);
      if (found != directories_.end()) directory = *found->second;
      if (directory && (event->mask & IN_IGNORED) != 0) {
        directories_.erase(found);
        descriptors_.erase(*directory);
      }
    }
    if (directory) handle(*directory, event->mask, event->len > 0 ? event->name : "");
  }
  return drained;
}

void InotifyWatcher::handle(const std::string& directory, std::uint32_t mask, const char* name) {
  on_event(directory);
  if ((mask & IN_MOVE_SELF) != 0) forget(directory);
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0)
    return dirty_.mark(directory, Scope::tree);
  if (*name == '\0') {
    // What was forbidden may be allowed now. Of a root nobody else tells.
    if ((mask & IN_ATTRIB) != 0) dirty_.mark(directory, Scope::tree);
    return;
  }
  const std::string path = directory + "/" + name;
  if ((mask & IN_ISDIR) == 0) {
    if (layouts_.classify(path)) dirty_.mark(path, Scope::file);
    return;
  }
  if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) forget(path);
  if ((mask & (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB)) != 0) {
    dirty_.mark(path, Scope::tree);
  }
}

void InotifyWatcher::forget(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  auto it = descriptors_.lower_bound(directory);
  while (it != descriptors_.end() && it->first.starts_with(directory)) {
    const bool below = it->first.size() == directory.size() || it->first[directory.size()] == '/';
    if (!below) {
      ++it;
      continue;
    }
    ::inotify_rm_watch(fd_.get(), it->second);
    directories_.erase(it->second);
    it = descriptors_.erase(it);
  }
}

}  // namespace tain::syncd
