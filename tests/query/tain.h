#pragma once

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "query/cmd/run.h"
#include "tests/support/fake_clock.h"

namespace tain::query {

/// What a run of the command left behind.
struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs `tain` in this process.
struct Tain {
  std::string input = {};
  std::optional<Terminal> terminal = {};
  bool err_is_terminal = false;
  Clock clock = [] { return testing::FakeClock().now(); };

  Outcome operator()(const std::vector<std::string>& arguments) const {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const int status = run(arguments, {.in = in,
                                       .out = out,
                                       .err = err,
                                       .terminal = terminal,
                                       .err_is_terminal = err_is_terminal,
                                       .clock = clock});
    return {status, out.str(), err.str()};
  }
};

}  // namespace tain::query
