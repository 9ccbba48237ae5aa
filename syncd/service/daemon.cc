#include "daemon.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <exception>
#include <list>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "control_server.h"
#include "core/error.h"
#include "core/fs/paths.h"
#include "notification_receiver.h"
#include "status_report.h"
#include "sync_loop.h"
#include "syncd/watch/inotify_watcher.h"

namespace tain::syncd {
namespace asio = boost::asio;
using boost::system::error_code;

class Daemon::Impl {
 public:
  explicit Impl(const Config& config)
      : config_(config),
        lock_(config.db),
        layouts_(schema_),
        watcher_(layouts_, dirty_),
        counter_(layouts_, watcher_, config.pruned),
        loop_(config_, layouts_, schema_, dirty_, watcher_, status_, &lock_),
        signals_(io_, SIGINT, SIGTERM),
        events_(io_, watcher_.fd()),
        scan_timer_(io_),
        poll_timer_(io_),
        notifications_(io_, notification_socket(config.socket),
                       [this](const std::string& directory) { notified(directory); }),
        control_(io_, config.socket, [this](const Json& request, ControlServer::Reply reply) {
          handle(request, std::move(reply));
        }) {}

  ~Impl() {
    events_.release();  // the watcher closes it
  }

  // Throws LockLost.
  void run() {
    loop_.on_progress = [this] { asio::post(io_, [this] { answer_flushes(); }); };
    signals_.async_wait([this](const error_code& error, int) {
      if (!error) stop();
    });
    wait_for_events();
    wait_for_scan();
    wait_for_poll();
    std::exception_ptr failure;  // read when the thread has ended
    std::thread syncing([&] {
      try {
        loop_.run();
      } catch (...) {
        failure = std::current_exception();
        asio::post(io_, [this] { stop(); });
      }
    });
    for (const std::string& root : config_.roots) spdlog::info("watching {}", root);
    spdlog::info("mirror {}, socket {}", config_.db.string(), config_.socket.string());
    io_.run();
    dirty_.close();
    reporting_.join();
    syncing.join();
    if (failure) std::rethrow_exception(failure);
    spdlog::info("stopped");
  }

 private:
  struct Flush {
    Generation barrier;
    ControlServer::Reply reply;
  };

  void stop() {
    dirty_.close();
    io_.stop();
  }

  void wait_for_events() {
    events_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
      if (error) return;
      drain_events();
      wait_for_events();
    });
  }

  void drain_events() {
    if (!watcher_.drain()) {
      spdlog::warn("the kernel dropped events; scanning everything");
      status_.update([](SharedStatus::Snapshot& snapshot) { ++snapshot.overflows; });
      mark_roots();
    }
    if (const std::string trouble = watcher_.take_trouble(); !trouble.empty()) {
      spdlog::warn("{}", trouble);
    }
  }

  void wait_for_scan() {
    scan_timer_.expires_after(config_.scan_interval);
    scan_timer_.async_wait([this](const error_code& error) {
      if (error) return;
      mark_roots();
      wait_for_scan();
    });
  }

  // Roots that events do not cover, and roots that may have come back. The wake lets the loop see a
  // mirror that is gone.
  void wait_for_poll() {
    poll_timer_.expires_after(config_.poll_interval);
    poll_timer_.async_wait([this](const error_code& error) {
      if (error) return;
      mark_unwatched_roots();
      dirty_.wake();
      wait_for_poll();
    });
  }

  void mark_roots() {
    for (const std::string& root : config_.roots) dirty_.mark(root, Scope::tree);
  }

  void mark_unwatched_roots() {
    const SharedStatus::Snapshot status = status_.get();
    for (const auto& [root, watch] : status.watches) {
      if (watch.scanned && !watch.complete) dirty_.mark(root, Scope::tree);
    }
    for (const auto& [root, available] : status.available) {
      if (!available) dirty_.mark(root, Scope::tree);
    }
  }

  void notified(const std::string& directory) {
    std::error_code failure;
    const std::filesystem::path path = std::filesystem::weakly_canonical(directory, failure);
    if (!failure) mark_tree(path.string());
  }

  // What lies outside all roots is somebody else's.
  bool mark_tree(const std::string& path) {
    for (const std::string& root : config_.roots) {
      if (is_at_or_below(path, root)) {
        dirty_.mark(path, Scope::tree);
        return true;
      }
    }
    return false;
  }

  void handle(const Json& request, ControlServer::Reply reply) {
    const auto& command = request["command"].get_ref<const std::string&>();
    if (command == "status") {
      asio::post(reporting_, [this, reply = std::move(reply)] {
        StatusReport found = status_report(config_, status_.get(), dirty_, watcher_, counter_);
        if (found.mirror_is_damaged) {
          loop_.distrust();
          dirty_.wake();
        }
        asio::post(io_, [reply, report = std::move(found.report)] { reply(report); });
      });
    } else if (command == "flush") {
      flush(std::move(reply));
    } else if (command == "sync") {
      sync(request, std::move(reply));
    } else if (command == "shutdown") {
      reply({{"ok", true}});
      asio::post(io_, [this] { stop(); });
    } else {
      reply({{"ok", false},
             {"error", "no command \"" + command + "\"; there are status, flush, sync, shutdown"}});
    }
  }

  // Everything saved before this moment has its event in the kernel's queue or is on a path that
  // the queue leads to; taken out and marked, it lies before the barrier.
  void flush(ControlServer::Reply reply) {
    drain_events();
    notifications_.drain();
    mark_unwatched_roots();
    flushes_.push_back({dirty_.barrier(), std::move(reply)});
  }

  void sync(const Json& request, ControlServer::Reply reply) {
    if (!request.contains("path")) {
      mark_roots();
    } else if (!request["path"].is_string() || !mark_tree(request["path"].get<std::string>())) {
      return reply({{"ok", false}, {"error", "\"path\" lies below none of the roots"}});
    }
    flush(std::move(reply));
  }

  void answer_flushes() {
    const SharedStatus::Snapshot status = status_.get();
    if (status.rebuilding) return;  // all may be done, but readers still have the old mirror
    for (auto flush = flushes_.begin(); flush != flushes_.end();) {
      if (!dirty_.reached(flush->barrier)) {
        ++flush;
        continue;
      }
      flush->reply({{"ok", true}, {"db", config_.db.string()}, {"seq", status.seq}});
      flush = flushes_.erase(flush);
    }
  }

  const Config config_;
  mirror::WriterLock lock_;
  const mirror::Schema schema_;
  const Layouts layouts_;
  DirtySet dirty_;
  SharedStatus status_;
  InotifyWatcher watcher_;
  const Scanner counter_;  // counts files for status reports
  SyncLoop loop_;

  asio::io_context io_{1};
  asio::thread_pool reporting_{1};
  asio::signal_set signals_;
  asio::posix::stream_descriptor events_;
  asio::steady_timer scan_timer_;
  asio::steady_timer poll_timer_;
  std::list<Flush> flushes_;
  NotificationReceiver notifications_;
  ControlServer control_;
};

Daemon::Daemon(const Config& config) : impl_(std::make_unique<Impl>(config)) {}
Daemon::~Daemon() = default;
void Daemon::run() {
  impl_->run();
}

}  // namespace tain::syncd
