#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tain {

/// The root of every exception that libtain throws on purpose.
///
/// `what()` reads `<operation> <path>: <reason>` and is fit to be shown to a person. The subclasses
/// are the kinds that a caller may want to react to; nothing else distinguishes them.
class Error : public std::runtime_error {
 public:
  Error(std::string operation, std::filesystem::path path, const std::string& reason);

  /// What was being done, as a verb: "save", "open", "append to".
  const std::string& operation() const noexcept { return operation_; }
  /// What it was done to; empty where no file is involved.
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::string operation_;
  std::filesystem::path path_;
};

/// A system call failed. What was on disk before is still there.
class IoError : public Error {
 public:
  IoError(std::string operation, std::filesystem::path path, int error_number);
  /// The errno of the call.
  int error_number() const noexcept { return error_number_; }

 private:
  int error_number_;
};

/// The new content is in place and readers see it, but the fsync that makes it last failed: a power
/// loss may still bring the old content back. A state can be saved again; a line that was appended
/// must not be appended again.
class NotDurableError : public IoError {
 public:
  using IoError::IoError;
};

/// The file is not a JSON document that this library reads. `offset()` is the byte at which that
/// became clear.
class ParseError : public Error {
 public:
  ParseError(std::filesystem::path path, std::size_t offset, const std::string& reason);
  std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

/// The document is valid, but writing it back would lose something (a repeated key, a number that
/// no double holds). It is left as it is. `place()` is a JSON pointer (RFC 6901).
class LossyRewriteError : public Error {
 public:
  LossyRewriteError(std::filesystem::path path, std::string place, const std::string& reason);
  const std::string& place() const noexcept { return place_; }

 private:
  std::string place_;
};

/// A field does not hold what the entity's description says. `place()` is a JSON pointer (RFC
/// 6901).
class SchemaError : public Error {
 public:
  SchemaError(std::filesystem::path path, std::string place, const std::string& expected,
              const std::string& found);
  const std::string& place() const noexcept { return place_; }

 private:
  std::string place_;
};

/// The file changed after it was read, so that saving would overwrite somebody's work. Nothing was
/// written. Use `update()`, or `reload()` and try again.
class ConflictError : public Error {
 public:
  using Error::Error;
};

/// Another version of Tain made the file, in a form that this one does not read. Whoever made it
/// can make it anew.
class VersionError : public Error {
 public:
  VersionError(std::string operation, std::filesystem::path path, std::int64_t expected,
               std::int64_t found, const std::string& remedy);
  std::int64_t expected() const noexcept { return expected_; }
  std::int64_t found() const noexcept { return found_; }

 private:
  std::int64_t expected_;
  std::int64_t found_;
};

/// What was asked for is not there.
class NotFoundError : public Error {
 public:
  using Error::Error;
};

/// What was to be created is there already; it was not touched.
class AlreadyExistsError : public Error {
 public:
  using Error::Error;
};

/// A lifecycle does not allow this step. Nothing was written.
class InvalidTransition : public Error {
 public:
  /// `lifecycle` names what moves ("session status"), `allowed` lists what `from` may become.
  InvalidTransition(std::filesystem::path path, std::string_view lifecycle, std::string from,
                    std::string to, const std::string& allowed);
  const std::string& from() const noexcept { return from_; }
  const std::string& to() const noexcept { return to_; }

 private:
  std::string from_;
  std::string to_;
};

/// A relation that must not lead back to where it began would. `cycle()` names every task on the
/// way, the first one again at the end. Nothing was written.
class CycleError : public Error {
 public:
  CycleError(std::filesystem::path path, std::string_view relation, std::vector<std::string> cycle);
  const std::vector<std::string>& cycle() const noexcept { return cycle_; }

 private:
  std::vector<std::string> cycle_;
};

/// A task would depend on itself, directly or by way of others.
class DependencyCycle : public CycleError {
 public:
  DependencyCycle(std::filesystem::path path, std::vector<std::string> cycle);
};

/// A task would be a part of itself.
class ParentCycle : public CycleError {
 public:
  ParentCycle(std::filesystem::path path, std::vector<std::string> cycle);
};

/// The project still has tasks or sessions; it was not deleted.
class ProjectNotEmpty : public Error {
 public:
  using Error::Error;
};

/// Somebody else has taken over the work since, in a later attempt or as another worker. Nothing
/// was written; whoever sees this should stop.
class SupersededError : public Error {
 public:
  using Error::Error;
};

/// An argument is outside what the function accepts; the message names what was expected. Nothing
/// was written.
class InvalidArgument : public Error {
 public:
  InvalidArgument(const std::string& argument, const std::string& expected,
                  const std::string& found);
};

}  // namespace tain
