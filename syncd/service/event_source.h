#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "backoff.h"
#include "syncd/watch/inotify_watcher.h"

namespace tain::syncd {

/// Drains the watcher whenever the kernel has events. What dropped some, or cannot be read any
/// more, is begun anew, ever more slowly while that does not help, and never given up. Lives on the
/// io_context's thread.
class EventSource {
 public:
  /// Events were lost, so everything has to be scanned. `why` is for the log, and empty when it has
  /// been said.
  using Lost = std::function<void(const std::string& why)>;

  EventSource(boost::asio::io_context& io, InotifyWatcher& watcher, Lost on_lost);
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;
  ~EventSource();

  /// Takes all events that there are; afterwards everything that happened before is marked, or
  /// on_lost was called.
  void drain();

 private:
  void attach();
  void wait();
  void begin_anew();

  InotifyWatcher& watcher_;
  Lost on_lost_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer retry_;
  Backoff backoff_;
};

}  // namespace tain::syncd
