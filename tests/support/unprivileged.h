#pragma once

#include <unistd.h>

#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace tain::testing {

/// While it lives, permissions count, also where the tests run as root: this process is nobody's,
/// and so is what it starts. Does nothing where they count already.
class Unprivileged {
 public:
  Unprivileged() : was_root_(::geteuid() == 0 && ::setresuid(kNobody, kNobody, 0) == 0) {}
  /// The same, and what is at and below `directory` is nobody's from now on.
  explicit Unprivileged(const std::filesystem::path& directory)
      : Unprivileged((give_away(directory), 0)) {}
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (was_root_ && ::setresuid(0, 0, 0) != 0) std::terminate();
  }

 private:
  static constexpr uid_t kNobody = 65534;

  explicit Unprivileged(int /*given_away*/) : Unprivileged() {}
  static void give_away(const std::filesystem::path& directory) {
    if (::geteuid() != 0) return;
    bool done = ::lchown(directory.c_str(), kNobody, static_cast<gid_t>(-1)) == 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      done = ::lchown(entry.path().c_str(), kNobody, static_cast<gid_t>(-1)) == 0 && done;
    }
    if (!done) throw std::runtime_error("chown " + directory.string());
  }

  const bool was_root_;
};

}  // namespace tain::testing
