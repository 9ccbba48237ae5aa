#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <string>

namespace tain::testing {

/// Thrown by what runs in a child: this machine, or this user, does not let it.
struct CannotRunHere {
  std::string why;
};

/// Runs `work`, expectations included, in a child process, which may give up rights that this one
/// needs; calls `meanwhile` again and again until it has ended. False when it says that it cannot
/// run here; why is printed. To be called while this process has one thread.
inline bool run_in_a_child(const std::function<void()>& work,
                           const std::function<void()>& meanwhile = {}) {
  constexpr int kCannotRun = 77;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    int status = 0;
    try {
      work();
      status = ::testing::Test::HasFailure() ? 1 : 0;
    } catch (const CannotRunHere& reason) {
      std::printf("cannot run here: %s\n", reason.why.c_str());
      status = kCannotRun;
    } catch (const std::exception& error) {
      std::printf("in the child: %s\n", error.what());
      status = 1;
    }
    std::fflush(nullptr);
    ::_exit(status);
  }
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(child, &status, meanwhile ? WNOHANG : 0)) == 0) meanwhile();
  EXPECT_EQ(ended, child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotRun) return false;
  EXPECT_EQ(status, 0) << "the child failed, see above";
  return true;
}

/// Becomes a user for whom the modes of files count, unless this is one.
inline void drop_root() {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() != 0) return;
  if (::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0) {
    throw CannotRunHere{std::string("no other user can be taken: ") + std::strerror(errno)};
  }
}

/// From now on what this process mounts is seen, and unmounted, with it alone.
inline void take_own_mounts() {
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    throw CannotRunHere{std::string("no mount namespace: ") + std::strerror(errno)};
  }
}

}  // namespace tain::testing
