#include "inotify_watcher.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>

#include "core/error.h"

namespace tain::syncd {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kFlags = IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;
constexpr std::size_t kBuffer = 64UL * 1024;

UniqueFd open_inotify() {
  UniqueFd fd(FileSystem::real(), ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (fd.get() < 0) throw IoError("start", "inotify", errno);
  return fd;
}

std::string watch_limit() {
  std::string limit;
  std::ifstream("/proc/sys/fs/inotify/max_user_watches") >> limit;
  return limit.empty() ? "unknown" : limit;
}

}  // namespace

InotifyWatcher::InotifyWatcher(const Layouts& layouts, DirtySet& dirty)
    : layouts_(layouts), dirty_(dirty), fd_(open_inotify()) {}

bool InotifyWatcher::watch(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  const int descriptor = ::inotify_add_watch(fd_.get(), directory.c_str(), kEvents | kFlags);
  if (descriptor >= 0) {
    // The same directory under another name: it was renamed.
    std::string& known = directories_[descriptor];
    if (known != directory) forget_name(known, descriptor);
    known = directory;
    descriptors_[directory] = descriptor;
    return true;
  }
  // It vanished, or we may not look into it: whoever reads it will say so.
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES) return true;
  if (!trouble_told_ && trouble_.empty()) {
    trouble_ = "cannot watch " + directory + ": " + std::system_category().message(errno) + " (" +
               std::to_string(directories_.size()) + " watched, limit " + watch_limit() +
               "); raise fs.inotify.max_user_watches; until then that root is scanned often";
  }
  return false;
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

std::string InotifyWatcher::take_trouble() {
  const std::lock_guard lock(mutex_);
  if (!trouble_.empty()) trouble_told_ = true;
  return std::exchange(trouble_, {});
}

bool InotifyWatcher::drain() {
  alignas(inotify_event) char buffer[kBuffer];
  bool complete = true;
  for (;;) {
    const ssize_t size = ::read(fd_.get(), buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return complete && errno == EAGAIN;
    for (ssize_t offset = 0; offset < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + offset);
      offset += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) complete = false;
      std::optional<std::string> directory;
      {
        const std::lock_guard lock(mutex_);
        const auto found = directories_.find(event->wd);
        if (found != directories_.end()) directory = found->second;
        if (directory && (event->mask & IN_IGNORED) != 0) {
          forget_name(*directory, event->wd);
          directories_.erase(event->wd);
        }
      }
      if (directory) handle(*directory, event->mask, event->len > 0 ? event->name : "");
    }
  }
}

void InotifyWatcher::handle(const std::string& directory, std::uint32_t mask, const char* name) {
  if ((mask & IN_MOVE_SELF) != 0) forget_below(directory);
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0)
    return dirty_.mark(directory, Scope::tree);
  if (*name == '\0') return;
  const std::string path = directory + "/" + name;
  if ((mask & IN_ISDIR) == 0) {
    if (layouts_.classify(path)) dirty_.mark(path, Scope::file);
    return;
  }
  if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) forget_below(path);
  if ((mask & (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB)) != 0) {
    dirty_.mark(path, Scope::tree);
  }
}

// Unless the name belongs to another directory by now.
void InotifyWatcher::forget_name(const std::string& directory, int descriptor) {
  const auto found = descriptors_.find(directory);
  if (found != descriptors_.end() && found->second == descriptor) descriptors_.erase(found);
}

void InotifyWatcher::forget_below(const std::string& directory) {
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
