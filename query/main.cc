#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "query/cmd/run.h"
#include "query/print/pager.h"

int main(int argc, char** argv) {
  // `tain sql … | head` ends as every Unix tool does, also under a parent that ignores SIGPIPE.
  std::signal(SIGPIPE, SIG_DFL);
  const auto terminal = tain::query::terminal_of(STDOUT_FILENO);
  tain::query::PagedOutput buffer(STDOUT_FILENO, "standard output", terminal);
  std::ostream out(&buffer);
  out.exceptions(std::ios::badbit);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return tain::query::run(arguments, {.in = std::cin,
                                      .out = out,
                                      .err = std::cerr,
                                      .terminal = terminal,
                                      .err_is_terminal = ::isatty(STDERR_FILENO) != 0});
}
