#pragma once

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tain::testing {

/// What a program on a terminal wrote, with the terminal's "\r\n" as "\n", and how it ended.
struct Shown {
  std::string text;
  int wait_status = 0;
};

/// Runs `command` in bash on a terminal of that size. `environment` is set besides what there is.
/// Somebody types `keys` (^C) once `type_behind` is shown, unless it is empty.
inline Shown run_on_terminal(const std::string& command, unsigned short rows,
                             unsigned short columns,
                             const std::map<std::string, std::string>& environment = {},
                             std::string type_behind = "", const std::string& keys = "\x03") {
  winsize size = {};
  size.ws_row = rows;
  size.ws_col = columns;
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    ::execl("/bin/bash", "bash", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  EXPECT_GT(child, 0);
  Shown shown;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(terminal, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;  // EIO: nobody has the terminal open any more
    for (const char c : std::string(buffer.data(), static_cast<std::size_t>(got))) {
      if (c != '\r') shown.text += c;
    }
    if (!type_behind.empty() && shown.text.find(type_behind) != std::string::npos) {
      type_behind.clear();
      EXPECT_EQ(::write(terminal, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    }
  }
  ::close(terminal);
  ::waitpid(child, &shown.wait_status, 0);
  return shown;
}

}  // namespace tain::testing
