#include "socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/error.h"
#include "core/fs/file_system.h"

namespace tain::syncd {
namespace fs = std::filesystem;
namespace {

bool somebody_listens(const fs::path& path, int type) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof(address.sun_path)) {
    throw Error(
        "listen at", path,
        "the path of a socket may have 107 bytes at most; name a shorter one with --socket");
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  const UniqueFd probe(FileSystem::real(),
                       ::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // EAGAIN: it listens, but its queue is full.
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
             0 ||
         errno == EAGAIN;
}

// Whoever may write there could put a socket of his own in the place of ours. A sticky directory,
// such as /tmp, lets only owners do so.
void require_safe_directory(const fs::path& directory) {
  struct stat status = {};
  if (::stat(directory.c_str(), &status) != 0) return;  // binding will say it
  const bool others_may_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  const bool sticky = (status.st_mode & S_ISVTX) != 0;
  const bool is_trusted = status.st_uid == ::geteuid() || status.st_uid == 0;
  if (is_trusted && (!others_may_write || sticky)) return;
  throw Error("listen in", directory,
              "others may write there; make it yours alone (chmod 700), or name another socket "
              "with --socket");
}

}  // namespace

SocketFile::~SocketFile() {
  if (is_in_place()) ::unlink(path_.c_str());
}

DirectoryLock SocketFile::prepare(int type) const {
  std::error_code failure;
  const fs::path directory = path_.parent_path();
  if (fs::create_directories(directory, failure)) {
    fs::permissions(directory, fs::perms::owner_all, failure);
  }
  require_safe_directory(directory);
  DirectoryLock lock(FileSystem::real(), directory);
  if (somebody_listens(path_, type)) {
    throw Error("listen at", path_,
                "another daemon listens there; name another socket with --socket");
  }
  if (fs::is_socket(path_, failure)) fs::remove(path_, failure);
  return lock;
}

void SocketFile::bound() {
  struct stat status = {};
  if (::lstat(path_.c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

bool SocketFile::is_in_place() const {
  struct stat status = {};
  return inode_ != 0 && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
         status.st_ino == inode_;
}

}  // namespace tain::syncd
