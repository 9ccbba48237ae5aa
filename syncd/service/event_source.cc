#include "event_source.h"

#include <utility>

namespace tain::syncd {
namespace asio = boost::asio;
using boost::system::error_code;

EventSource::EventSource(asio::io_context& io, InotifyWatcher& watcher, Lost on_lost)
    : watcher_(watcher), on_lost_(std::move(on_lost)), descriptor_(io), retry_(io) {
  if (watcher_.fd() < 0) {
    begin_anew();
  } else {
    attach();
  }
}

EventSource::~EventSource() {
  if (descriptor_.is_open()) descriptor_.release();  // the watcher closes it
}

void EventSource::attach() {
  descriptor_.assign(watcher_.fd());
  wait();
}

void EventSource::wait() {
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](const error_code& error) {
                           if (error) return;
                           drain();
                           if (descriptor_.is_open()) wait();
                         });
}

void EventSource::drain() {
  switch (watcher_.drain()) {
    case Drained::all:
      backoff_.reset();
      return;
    // Also that a watched directory is gone, so which ones are watched is not known any more.
    case Drained::overflow:
      on_lost_("the kernel dropped events");
      break;
    case Drained::failed:
      on_lost_(backoff_.is_failing() ? "" : "events cannot be read any more");
  }
  if (descriptor_.is_open()) begin_anew();
}

// The pause keeps a queue that fails each time from becoming a busy loop of scans.
void EventSource::begin_anew() {
  if (descriptor_.is_open()) descriptor_.release();
  retry_.expires_after(backoff_.next());
  retry_.async_wait([this](const error_code& error) {
    if (error) return;
    if (!watcher_.restart()) return begin_anew();
    on_lost_("");
    attach();
  });
}

}  // namespace tain::syncd
