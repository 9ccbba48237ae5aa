#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "query/cmd/run.h"
#include "query/print/output_buffer.h"

int main(int argc, char** argv) {
  // `tain sql … | head` ends as every Unix tool does, also under a parent that ignores SIGPIPE.
  std::signal(SIGPIPE, SIG_DFL);
  tain::query::OutputBuffer buffer(STDOUT_FILENO, "standard output");
  std::ostream out(&buffer);
  out.exceptions(std::ios::badbit);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return tain::query::run(arguments, {.in = std::cin,
                                      .out = out,
                                      .err = std::cerr,
                                      .out_is_terminal = ::isatty(STDOUT_FILENO) != 0,
                                      .err_is_terminal = ::isatty(STDERR_FILENO) != 0});
}
