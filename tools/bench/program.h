#pragma once

#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "core/json/document.h"

namespace tain::bench {

inline std::int64_t now_ns() {
  timespec time = {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// What `work` takes.
template <class Work>
std::int64_t time_ns(const Work& work) {
  const std::int64_t begin = now_ns();
  work();
  return now_ns() - begin;
}

inline void wait_until_ns(std::int64_t moment) {
  const timespec time = {moment / 1'000'000'000, moment % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) != 0) {
  }
}

/// Of several times, what a table needs of them.
inline Json summary_of(std::vector<std::int64_t> ns) {
  if (ns.empty()) return {{"count", 0}};
  std::sort(ns.begin(), ns.end());
  const auto at = [&](std::size_t percent) { return ns[(ns.size() - 1) * percent / 100]; };
  return {{"count", ns.size()}, {"p50_ns", at(50)}, {"p99_ns", at(99)}, {"max_ns", ns.back()}};
}

/// The main of a benchmark: `add_options` describes the command line, `run` measures. Prints one
/// JSON object.
inline int run_program(int argc, char** argv, const char* about,
                       const std::function<void(CLI::App&)>& add_options,
                       const std::function<Json()>& run) {
  CLI::App app(about);
  add_options(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    std::printf("%s\n", run().dump().c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}

}  // namespace tain::bench
