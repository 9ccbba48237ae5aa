#include "error.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace tain {
namespace {

std::string describe(const std::string& operation, const std::filesystem::path& path,
                     const std::string& reason) {
  std::string text = operation;
  if (!path.empty()) text += " " + path.string();
  return text + ": " + reason;
}

// What a person can do about the failures that people meet.
std::string_view remedy(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "; free some space and try again";
    case EDQUOT:
      return "; free some of the disk quota and try again";
    case EACCES:
    case EPERM:
      return "; check the owner and the permissions of the path";
    case EROFS:
      return "; the file system is mounted read-only";
    case ELOOP:
      return "; state files must not be symbolic links";
    case EBADF:
    case ENOLCK:
      return "; the file system may not support locks";
    default:
      return "";
  }
}

std::string system_reason(int error_number) {
  std::string reason = std::system_category().message(error_number);
  return reason.append(remedy(error_number));
}

std::string at(const std::string& place) {
  return "at " + (place.empty() ? std::string("the top level") : place) + ": ";
}

}  // namespace

Error::Error(std::string operation, std::filesystem::path path, const std::string& reason)
    : std::runtime_error(describe(operation, path, reason)),
      operation_(std::move(operation)),
      path_(std::move(path)) {}

IoError::IoError(std::string operation, std::filesystem::path path, int error_number)
    : Error(std::move(operation), std::move(path), system_reason(error_number)),
      error_number_(error_number) {}

ParseError::ParseError(std::filesystem::path path, std::size_t offset, const std::string& reason)
    : Error("parse", std::move(path), "byte " + std::to_string(offset) + ": " + reason),
      offset_(offset) {}

LossyRewriteError::LossyRewriteError(std::filesystem::path path, std::string place,
                                     const std::string& reason)
    : Error("rewrite", std::move(path),
            at(place) + reason + "; the file is left as it is, correct it by hand first"),
      place_(std::move(place)) {}

SchemaError::SchemaError(std::filesystem::path path, std::string place, const std::string& expected,
                         const std::string& found)
    : Error("read", std::move(path), at(place) + "expected " + expected + ", found " + found),
      place_(std::move(place)) {}

VersionError::VersionError(std::string operation, std::filesystem::path path, std::int64_t expected,
                           std::int64_t found, const std::string& remedy)
    : Error(std::move(operation), std::move(path),
            "its schema version is " + std::to_string(found) + ", this program reads " +
                std::to_string(expected) + "; " + remedy),
      expected_(expected),
      found_(found) {}

InvalidTransition::InvalidTransition(std::filesystem::path path, std::string_view lifecycle,
                                     std::string from, std::string to, const std::string& allowed)
    : Error("change", std::move(path),
            std::string(lifecycle) + " cannot go from " + from + " to " + to + "; " +
                (allowed.empty() ? from + " is final" : "from " + from + ": " + allowed)),
      from_(std::move(from)),
      to_(std::move(to)) {}

namespace {

std::string chain(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text.append(text.empty() ? "" : " → ").append(id);
  return text;
}

}  // namespace

CycleError::CycleError(std::filesystem::path path, std::string_view relation,
                       std::vector<std::string> cycle)
    : Error("change", std::move(path),
            std::string(relation) + " would lead back to its beginning: " + chain(cycle)),
      cycle_(std::move(cycle)) {}

DependencyCycle::DependencyCycle(std::filesystem::path path, std::vector<std::string> cycle)
    : CycleError(std::move(path), "the dependency", std::move(cycle)) {}

ParentCycle::ParentCycle(std::filesystem::path path, std::vector<std::string> cycle)
    : CycleError(std::move(path), "the parent", std::move(cycle)) {}

InvalidArgument::InvalidArgument(const std::string& argument, const std::string& expected,
                                 const std::string& found)
    : Error(argument, {}, "expected " + expected + ", got " + found) {}

}  // namespace tain
