#pragma once

#include <filesystem>

#include "core/error.h"
#include "core/fs/file_system.h"

namespace tain::mirror {

/// Another process has become the mirror's writer, because the lock file was removed under this
/// one. There is nothing that this one may still do to the mirror.
class LockLost : public Error {
 public:
  using Error::Error;
};

/// A lock that one writer of the mirror at `path` holds for its life, beside it in `<path>.lock`.
///
/// The lock is of the file, not of its name: when somebody removes the file, the next process makes
/// a new one and locks that. So the holder asks is_held() in each of its transactions, which
/// exclude each other, and nobody writes who does not hold what has the name then.
///
/// It stays when its holder ends, as the sign that there was a mirror. Where that is missing, what
/// is no database is somebody else's file, named by mistake, and no mirror that was damaged.
class WriterLock {
 public:
  /// Throws Error when another process has it; and, without making it, where `mirror` is no
  /// database and never was one of ours.
  explicit WriterLock(const std::filesystem::path& mirror);

  /// False when the lock file was removed or replaced: another process may be the writer now.
  bool is_held() const;
  /// Takes the lock again after that. Throws LockLost when another process has it.
  void regain();

 private:
  bool try_to_lock();

  std::filesystem::path path_;
  UniqueFd fd_;
};

}  // namespace tain::mirror
