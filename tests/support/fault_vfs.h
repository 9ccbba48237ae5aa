#pragma once

#include <sqlite3.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace tain::testing {

/// What befalls SQLite's calls on files.
enum class Trouble {
  disk_full,
  io_error,
  busy,
  corrupt,
  not_a_database,
  read_only,
  out_of_memory,
};

/// The calls that SQLite makes on files.
enum class VfsCall {
  open,
  remove,
  access,
  close,
  read,
  write,
  truncate,
  sync,
  file_size,
  lock,
  unlock,
  shm_map,
  shm_lock,
};

/// The code with which a call meets the trouble; SQLITE_OK: this trouble does not concern it.
inline int code_of(Trouble trouble, VfsCall call) {
  switch (trouble) {
    case Trouble::disk_full:
      if (call == VfsCall::open) return SQLITE_CANTOPEN;
      if (call == VfsCall::shm_map) return SQLITE_IOERR_SHMSIZE;
      if (call == VfsCall::sync) return SQLITE_IOERR_FSYNC;
      return call == VfsCall::write ? SQLITE_FULL : SQLITE_OK;
    case Trouble::busy:
      return call == VfsCall::lock || call == VfsCall::shm_lock ? SQLITE_BUSY : SQLITE_OK;
    case Trouble::corrupt:
      return call == VfsCall::read ? SQLITE_CORRUPT : SQLITE_OK;
    case Trouble::not_a_database:
      return call == VfsCall::read ? SQLITE_NOTADB : SQLITE_OK;
    case Trouble::read_only:
      if (call == VfsCall::open) return SQLITE_READONLY;
      return call == VfsCall::write || call == VfsCall::truncate ? SQLITE_READONLY : SQLITE_OK;
    case Trouble::out_of_memory:
      return call == VfsCall::unlock ? SQLITE_OK : SQLITE_IOERR_NOMEM;
    case Trouble::io_error:
      break;
  }
  switch (call) {
    case VfsCall::open:
      return SQLITE_CANTOPEN;
    case VfsCall::remove:
      return SQLITE_IOERR_DELETE;
    case VfsCall::access:
      return SQLITE_IOERR_ACCESS;
    case VfsCall::close:
      return SQLITE_IOERR_CLOSE;
    case VfsCall::read:
      return SQLITE_IOERR_READ;
    case VfsCall::write:
      return SQLITE_IOERR_WRITE;
    case VfsCall::truncate:
      return SQLITE_IOERR_TRUNCATE;
    case VfsCall::sync:
      return SQLITE_IOERR_FSYNC;
    case VfsCall::file_size:
      return SQLITE_IOERR_FSTAT;
    case VfsCall::lock:
      return SQLITE_IOERR_LOCK;
    case VfsCall::unlock:
      return SQLITE_IOERR_UNLOCK;
    case VfsCall::shm_map:
      return SQLITE_IOERR_SHMMAP;
    case VfsCall::shm_lock:
      return SQLITE_IOERR_SHMLOCK;
  }
  return SQLITE_OK;
}

/// SQLite's own file system, with troubles on demand: while the object lives, every database that
/// is opened in this process uses it. Databases are to be closed before it is destroyed.
///
/// Nothing is synced to the disk, since no test here cuts the power, and a busy database is not
/// waited for. For one thread.
class FaultVfs {
 public:
  FaultVfs() : real_(sqlite3_vfs_find(nullptr)) {
    vfs_ = *real_;
    vfs_.pNext = nullptr;
    vfs_.szOsFile += static_cast<int>(sizeof(File));
    vfs_.zName = "tain-fault";
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    vfs_.xAccess = access;
    vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
      return real_of(vfs)->xFullPathname(real_of(vfs), name, size, out);
    };
    vfs_.xSleep = [](sqlite3_vfs*, int microseconds) { return microseconds; };
    sqlite3_vfs_register(&vfs_, 1);
  }
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }

  /// The nth call from now on, among those that `trouble` concerns, meets it; with `persistent`,
  /// all later ones do too, until heal().
  void inject(Trouble trouble, int nth, bool persistent) {
    fault_ = {trouble, persistent, true};
    left_ = nth;
    injected_ = 0;
  }
  void heal() { fault_.is_set = false; }
  /// How many calls have met the trouble since inject().
  int injected() const { return injected_; }

  /// This process dies at its nth moment from now on that changes a file: before a change, or, of a
  /// write, with half of the bytes written.
  void die_at(int nth) { life_ = nth; }
  static constexpr int kDied = 9;

 private:
  struct Fault {
    Trouble trouble = Trouble::io_error;
    bool persistent = false;
    bool is_set = false;
  };
  // What SQLite takes for its file; the real one lies behind it.
  struct File {
    sqlite3_file base;
    FaultVfs* owner;
    sqlite3_file* real;
  };

  static FaultVfs& of(sqlite3_vfs* vfs) { return *static_cast<FaultVfs*>(vfs->pAppData); }
  static sqlite3_vfs* real_of(sqlite3_vfs* vfs) { return of(vfs).real_; }
  static FaultVfs& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->owner; }
  static sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

  int trouble_at(VfsCall call) {
    if (!fault_.is_set) return SQLITE_OK;
    const int code = code_of(fault_.trouble, call);
    if (code == SQLITE_OK) return SQLITE_OK;
    --left_;
    if (fault_.persistent ? left_ > 0 : left_ != 0) return SQLITE_OK;
    ++injected_;
    return code;
  }
  bool is_over() { return life_ > 0 && --life_ == 0; }
  void die_in_time() {
    if (is_over()) ::_exit(kDied);
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* out, int flags, int* got) {
    auto* file = reinterpret_cast<File*>(out);
    file->base.pMethods = nullptr;
    if (const int code = of(vfs).trouble_at(VfsCall::open)) {
      if (code != SQLITE_READONLY) return code;
      // As SQLite does it with a file that may not be written.
      flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    }
    file->owner = &of(vfs);
    file->real = reinterpret_cast<sqlite3_file*>(file + 1);
    const int code = real_of(vfs)->xOpen(real_of(vfs), name, file->real, flags, got);
    if (file->real->pMethods != nullptr) file->base.pMethods = methods();
    return code;
  }
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    if (const int code = of(vfs).trouble_at(VfsCall::remove)) return code;
    of(vfs).die_in_time();
    return real_of(vfs)->xDelete(real_of(vfs), name, sync_directory);
  }
  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
    if (const int code = of(vfs).trouble_at(VfsCall::access)) return code;
    return real_of(vfs)->xAccess(real_of(vfs), name, flags, result);
  }

  // A file is closed whatever close() reports.
  static int close(sqlite3_file* file) {
    const int code = of(file).trouble_at(VfsCall::close);
    const int real_code = real_of(file)->pMethods->xClose(real_of(file));
    return code != SQLITE_OK ? code : real_code;
  }
  static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    if (const int code = of(file).trouble_at(VfsCall::read)) return code;
    return real_of(file)->pMethods->xRead(real_of(file), out, size, offset);
  }
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    const auto real_write = [&](int bytes) {
      return real_of(file)->pMethods->xWrite(real_of(file), data, bytes, offset);
    };
    if (const int code = of(file).trouble_at(VfsCall::write)) {
      if (code == SQLITE_FULL) real_write(size / 2);  // as far as there was space
      return code;
    }
    of(file).die_in_time();
    if (of(file).is_over()) {
      real_write(size / 2);
      ::_exit(kDied);
    }
    return real_write(size);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = of(file).trouble_at(VfsCall::truncate)) return code;
    of(file).die_in_time();
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
  }
  static int sync(sqlite3_file* file, int /*flags*/) {
    of(file).die_in_time();
    return of(file).trouble_at(VfsCall::sync);
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    if (const int code = of(file).trouble_at(VfsCall::file_size)) return code;
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
  }
  static int lock(sqlite3_file* file, int level) {
    if (const int code = of(file).trouble_at(VfsCall::lock)) return code;
    return real_of(file)->pMethods->xLock(real_of(file), level);
  }
  static int unlock(sqlite3_file* file, int level) {
    const int code = of(file).trouble_at(VfsCall::unlock);
    const int real_code = real_of(file)->pMethods->xUnlock(real_of(file), level);
    return code != SQLITE_OK ? code : real_code;
  }
  static int check_reserved_lock(sqlite3_file* file, int* out) {
    if (const int code = of(file).trouble_at(VfsCall::lock)) return code;
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
  }
  static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    if (const int code = of(file).trouble_at(VfsCall::shm_map)) return code;
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
  }
  // To let a lock go never fails, or nobody could ever go on.
  static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    if ((flags & SQLITE_SHM_LOCK) != 0) {
      if (const int code = of(file).trouble_at(VfsCall::shm_lock)) return code;
    }
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods kMethods = {
        .iVersion = 3,
        .xClose = close,
        .xRead = read,
        .xWrite = write,
        .xTruncate = truncate,
        .xSync = sync,
        .xFileSize = file_size,
        .xLock = lock,
        .xUnlock = unlock,
        .xCheckReservedLock = check_reserved_lock,
        .xFileControl =
            [](sqlite3_file* file, int operation, void* argument) {
              return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
            },
        .xSectorSize =
            [](sqlite3_file* file) { return real_of(file)->pMethods->xSectorSize(real_of(file)); },
        .xDeviceCharacteristics =
            [](sqlite3_file* file) {
              return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
            },
        .xShmMap = shm_map,
        .xShmLock = shm_lock,
        .xShmBarrier =
            [](sqlite3_file* file) { real_of(file)->pMethods->xShmBarrier(real_of(file)); },
        .xShmUnmap =
            [](sqlite3_file* file, int remove_it) {
              return real_of(file)->pMethods->xShmUnmap(real_of(file), remove_it);
            },
        .xFetch =
            [](sqlite3_file* file, sqlite3_int64 offset, int size, void** out) {
              return real_of(file)->pMethods->xFetch(real_of(file), offset, size, out);
            },
        .xUnfetch =
            [](sqlite3_file* file, sqlite3_int64 offset, void* page) {
              return real_of(file)->pMethods->xUnfetch(real_of(file), offset, page);
            },
    };
    return &kMethods;
  }

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_ = {};
  Fault fault_;
  int left_ = 0;
  int injected_ = 0;
  int life_ = 0;
};

}  // namespace tain::testing
