#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "../error.h"
#include "../fs/atomic_file.h"
#include "../fs/file_lock.h"
#include "../json/document.h"
#include "../model/codec.h"
#include "state_options.h"

namespace tain {

/// One entity in one JSON file: read, changed, and replaced whole.
///
/// Invariants:
///  1. `document_`, `base_` and `bytes_` all describe the content last read or written.
///  2. Only the difference between `base_` and `entity_` is brought into the document, so that what
///     the description does not know stays as it is.
///  3. The file is replaced only under its directory's lock, and only when it still holds `bytes_`.
/// One object is used by one thread at a time; any number of objects and processes may share the
/// file.
template <Described E>
class EntityFile {
 public:
  /// Writes a new file. Throws AlreadyExistsError.
  static EntityFile create(std::filesystem::path path, E entity, const StateOptions& options) {
    const DirectoryLock lock(*options.file_system, path.parent_path());
    return create(lock, std::move(path), std::move(entity), options);
  }
  /// The same under the lock of its directory, which the caller holds.
  static EntityFile create(const DirectoryLock& lock, std::filesystem::path path, E entity,
                           const StateOptions& options) {
    EntityFile file(std::move(path), options);
    if (file_exists(*options.file_system, file.path_)) {
      throw AlreadyExistsError("create", file.path_, "it exists already");
    }
    file.entity_ = std::move(entity);
    file.document_.root() = Codec<E>::encode(file.entity_);
    file.write(lock, file.document_);
    return file;
  }

  /// Reads an existing file. Throws NotFoundError, ParseError, LossyRewriteError, SchemaError.
  static EntityFile open(std::filesystem::path path, const StateOptions& options) {
    EntityFile file(std::move(path), options);
    file.reload();
    return file;
  }

  const std::filesystem::path& path() const { return path_; }
  const E& entity() const { return entity_; }
  E& entity() { return entity_; }

  /// Reads the file again; unsaved changes are gone.
  void reload() {
    std::optional<std::string> bytes = read_file(*options_.file_system, path_);
    if (!bytes) throw NotFoundError("open", path_, "there is no such file");
    Document document = Document::parse(*bytes, path_);
    entity_ = Codec<E>::decode(document.root(), Place(path_));
    base_ = entity_;
    document_ = std::move(document);
    bytes_ = std::move(*bytes);
  }

  bool has_unsaved_changes() const { return !(entity_ == base_); }

  /// Writes the unsaved changes. Throws ConflictError when the file changed since it was read.
  /// `before_write(entity)` may stamp the entity; it is not called when there is nothing to write.
  template <class Stamp>
  void save(const Stamp& before_write) {
    if (!has_unsaved_changes()) return;
    const DirectoryLock lock(*options_.file_system, path_.parent_path());
    if (changed_on_disk()) throw_conflict();
    write_changes(lock, before_write);
  }

  /// Applies `change(entity)` to the file's content as it is now, under the lock, and writes. When
  /// `change` throws, nothing is written and the entity is as before. Unsaved changes are written
  /// along; only when there are some and the file changed too, ConflictError.
  template <class Change, class Stamp>
  void update(const Change& change, const Stamp& before_write) {
    const DirectoryLock lock(*options_.file_system, path_.parent_path());
    update(lock, change, before_write);
  }
  /// The same under the lock of its directory, which the caller holds.
  template <class Change, class Stamp>
  void update(const DirectoryLock& lock, const Change& change, const Stamp& before_write) {
    if (changed_on_disk()) {
      if (has_unsaved_changes()) throw_conflict();
      reload();
    }
    E before = entity_;
    try {
      change(entity_);
      if (has_unsaved_changes()) write_changes(lock, before_write);
    } catch (...) {
      if (has_unsaved_changes()) entity_ = std::move(before);
      throw;
    }
  }

 private:
  EntityFile(std::filesystem::path path, const StateOptions& options)
      : options_(options), path_(std::move(path)) {}

  [[noreturn]] void throw_conflict() const {
    throw ConflictError(
        "save", path_,
        "it was changed by somebody else since it was read; use update(), or reload "
        "and apply the change again");
  }

  // By content, so that a touched file is no conflict, and because nothing that stat tells is
  // certain: two saves within one tick of the kernel's clock (4 ms) can leave the same inode, size
  // and times. State is small; reading it costs little beside replacing it.
  bool changed_on_disk() const {
    const std::optional<std::string> bytes = read_file(*options_.file_system, path_);
    if (!bytes) throw NotFoundError("save", path_, "the file was removed");
    return *bytes != bytes_;
  }

  template <class Stamp>
  void write_changes(const DirectoryLock& lock, const Stamp& before_write) {
    before_write(entity_);
    Document document = document_;
    merge(document.root(), base_, entity_);
    write(lock, std::move(document));
  }

  void write(const DirectoryLock& lock, Document document) {
    std::string bytes = encode(document);
    try {
      replace_file(*options_.file_system, lock, path_.filename().string(), bytes,
                   options_.durability);
    } catch (const NotDurableError&) {
      adopt(std::move(document), std::move(bytes));
      throw;
    }
    adopt(std::move(document), std::move(bytes));
  }

  void adopt(Document document, std::string bytes) {
    document_ = std::move(document);
    bytes_ = std::move(bytes);
    base_ = entity_;
  }

  std::string encode(const Document& document) const {
    try {
      return document.dump();
    } catch (const Json::type_error&) {  // the only one that dump() has
      throw InvalidArgument("save " + path_.string(), "text in UTF-8", "bytes that are not");
    }
  }

  StateOptions options_;
  std::filesystem::path path_;
  E entity_;
  E base_;
  Document document_;
  std::string bytes_;
};

}  // namespace tain
