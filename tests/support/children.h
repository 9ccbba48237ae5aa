#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <vector>

namespace tain::testing {

/// Runs `work(0)` … `work(count - 1)` each in a process of its own, started together, and waits for
/// them. True when every one returned.
///
/// To be called while this process has one thread.
inline bool run_in_processes(int count, const std::function<void(int)>& work) {
  int gate[2];
  if (::pipe(gate) != 0) throw std::runtime_error("pipe");
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child > 0) {
      children.push_back(child);
      continue;
    }
    ::close(gate[1]);
    char byte = 0;
    if (::read(gate[0], &byte, 1) != 0) ::_exit(2);  // opens when the parent closes its end
    try {
      work(i);
      ::_exit(0);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "process %d: %s\n", i, error.what());
      ::_exit(1);
    }
  }
  ::close(gate[0]);
  ::close(gate[1]);
  bool all_returned = true;
  for (const pid_t child : children) {
    int status = 0;
    all_returned &= ::waitpid(child, &status, 0) == child && status == 0;
  }
  return all_returned;
}

}  // namespace tain::testing
