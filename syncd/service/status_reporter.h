#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "config.h"
#include "control_server.h"
#include "file_count.h"
#include "status.h"
#include "syncd/sync/dirty_set.h"
#include "syncd/watch/watcher.h"

namespace tain::syncd {

/// Answers `status`: see status_report.h.
///
/// A report wants the files counted, which takes as long as a walk of the roots. It waits for a
/// count that began after the request, but not for long: then it has the numbers of the last count
/// that was finished, and the walk goes on for those who ask later. Walks and reports are made on
/// threads of their own, one walk at a time. Lives on the io_context's thread.
class StatusReporter {
 public:
  /// The first half of a count: see count_on_disk().
  using Walk = std::function<FileCount(const std::function<bool()>& stop)>;

  /// All of them thread-safe, but for `drain`.
  struct Sources {
    const SharedStatus& status;
    const DirtySet& dirty;
    const Watcher& watcher;
    std::function<std::optional<std::size_t>()> watch_limit;
    std::function<void()> drain;  ///< marks what the system has told of, on the io_context's thread
    std::function<void()> distrust;  ///< called when the mirror is found damaged
  };

  /// `patience` is how long a report waits for its count; clients wait 5 seconds for an answer.
  StatusReporter(boost::asio::io_context& io, Sources sources,
                 std::chrono::milliseconds patience = std::chrono::seconds(2));
  StatusReporter(const StatusReporter&) = delete;
  StatusReporter& operator=(const StatusReporter&) = delete;
  /// As stop().
  ~StatusReporter();

  /// To be called before the first report. `walk` runs on another thread, and one that is under way
  /// meanwhile goes on.
  void configure(const Config& config, Walk walk);
  void report(ControlServer::Reply reply);
  /// Leaves a walk that is under way, and waits until its thread has ended. Whoever waits for a
  /// report gets none. May be called on the thread that has run the io_context.
  void stop();

 private:
  using Steady = std::chrono::steady_clock;
  struct Waiting {
    ControlServer::Reply reply;
    std::uint64_t count;  // the number of the one it wants
    Steady::time_point deadline;
  };

  void begin_count();
  void walk();
  void compare(FileCount count);
  void finish(FileCount count);
  void wait_for_deadline();
  template <class Condition>
  void answer_while(const Condition& is_due);

  boost::asio::io_context& io_;
  const Sources sources_;
  const std::chrono::milliseconds patience_;
  Config config_;
  Walk walk_;
  std::deque<Waiting> waiting_;  // in the order of their deadlines and counts
  bool is_counting_ = false;
  std::uint64_t counts_begun_ = 0;
  int walks_ = 0;  // of this count
  FileCount last_;
  boost::asio::steady_timer deadline_;
  std::atomic<bool> stopping_ = false;
  boost::asio::thread_pool threads_{2};  // for the walk, and for reports that do not wait for it
};

}  // namespace tain::syncd
