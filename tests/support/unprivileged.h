#pragma once

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <system_error>

namespace tain::testing {

/// While it lives, the modes of files count for this thread and for what it starts, also where the
/// tests run as root. It stays root, without the rights to pass them over: another user might not
/// be let into the directory that the programs are in. Does nothing where modes count already.
class Unprivileged {
 public:
  Unprivileged() : is_root_(::geteuid() == 0) {
    if (!is_root_) return;
    security_ = ::prctl(PR_GET_SECUREBITS);
    // Else a program that root starts has all rights again.
    if (security_ < 0 || ::prctl(PR_SET_SECUREBITS, security_ | SECBIT_NOROOT) != 0) fail();
    if (::syscall(SYS_capget, &header_, rights_.data()) != 0) fail();
    auto fewer = rights_;
    fewer[0].effective &= ~kPassingModesOver;
    if (::syscall(SYS_capset, &header_, fewer.data()) != 0) fail();
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (!is_root_) return;
    if (::syscall(SYS_capset, &header_, rights_.data()) != 0) std::terminate();
    if (::prctl(PR_SET_SECUREBITS, security_) != 0) std::terminate();
  }

 private:
  static constexpr unsigned kPassingModesOver =
      CAP_TO_MASK(CAP_DAC_OVERRIDE) | CAP_TO_MASK(CAP_DAC_READ_SEARCH);

  [[noreturn]] static void fail() {
    throw std::system_error(errno, std::generic_category(), "give up rights");
  }

  const bool is_root_;
  int security_ = 0;
  __user_cap_header_struct header_ = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> rights_ = {};
};

}  // namespace tain::testing
