#include "daemon.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <exception>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "control_server.h"
#include "core/error.h"
#include "core/fs/paths.h"
#include "event_source.h"
#include "notification_receiver.h"
#include "service_manager.h"
#include "status_reporter.h"
#include "sync_loop.h"
#include "syncd/sync/progress_report.h"
#include "syncd/watch/inotify_watcher.h"
#include "syncd/watch/polling_watcher.h"

namespace tain::syncd {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;

namespace {

// A root that is polled is scanned for at most this part of the time.
constexpr int kScanPause = 10;

Json refusal(const std::string& why) {
  return {{"ok", false}, {"error", why}};
}

}  // namespace

class Daemon::Impl {
 public:
  explicit Impl(const ConfigOverrides& overrides)
      : overrides_(overrides),
        config_(load_config(overrides)),
        lock_(config_.db),
        layouts_(schema_, config_.layouts, config_.file),
        watcher_(make_watcher()),
        loop_(config_, layouts_, schema_, dirty_, *watcher_, status_, &lock_),
        reporter_(io_,
                  {.status = status_,
                   .dirty = dirty_,
                   .watcher = *watcher_,
                   .watch_limit =
                       [this] { return inotify_ == nullptr ? std::nullopt : inotify_->limit(); },
                   .drain = [this] { drain(); },
                   .distrust = [this] { loop_.distrust(); }}),
        signals_(io_, SIGINT, SIGTERM, SIGHUP),
        scan_timer_(io_),
        poll_timer_(io_),
        watchdog_timer_(io_),
        notifications_(io_, notification_socket(config_.socket),
                       [this](const std::string& directory) { note_save(directory); }),
        control_(io_, config_.socket, [this](const Json& request, ControlServer::Reply reply) {
          handle(request, std::move(reply));
        }) {
    configure_reporter();
    if (inotify_ == nullptr) return;
    inotify_->on_event = [this](const std::string& directory) { note_event(directory); };
    events_.emplace(io_, *inotify_, [this](const std::string& why) { scan_all(why); });
  }

  // Throws LockLost.
  void run() {
    loop_.on_progress = [this] { asio::post(io_, [this] { answer_flushes(); }); };
    ProgressReport progress(ProgressReport::Place::log,
                            [](const std::string& text) { spdlog::info("catching up: {}", text); });
    loop_.on_catching_up = [&](auto done, auto total) { progress.show(done, total); };
    wait_for_signals();
    wait_for_scan();
    wait_for_poll();
    wait_for_watchdog();
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
    manager_.ready();
    io_.run();
    manager_.stopping();
    dirty_.close();
    reporter_.stop();
    syncing.join();
    if (failure) std::rethrow_exception(failure);
    spdlog::info("stopped");
  }

 private:
  // Answered when all that was marked before is in the mirror, and an order of the loop is done.
  struct Flush {
    Generation barrier;
    std::uint64_t order;
    ControlServer::Reply reply;
  };

  std::unique_ptr<Watcher> make_watcher() {
    if (!config_.use_inotify) return std::make_unique<PollingWatcher>();
    auto inotify = std::make_unique<InotifyWatcher>(layouts_, dirty_);
    inotify_ = inotify.get();
    return inotify;
  }

  void configure_reporter() {
    auto scanner = std::make_shared<const Scanner>(layouts_, *watcher_, config_.pruned);
    reporter_.configure(config_,
                        [db = config_.db, roots = config_.roots, scanner = std::move(scanner)](
                            const auto& stop) { return count_on_disk(db, roots, *scanner, stop); });
  }

  void stop() {
    dirty_.close();
    io_.stop();
  }

  void wait_for_signals() {
    signals_.async_wait([this](const error_code& error, int signal) {
      if (error) return;
      if (signal != SIGHUP) return stop();
      reload({[](const Json& /*answer*/) {}});
      wait_for_signals();
    });
  }

  void wait_for_scan() {
    scan_timer_.expires_after(config_.scan_interval);
    scan_timer_.async_wait([this](const error_code& error) {
      if (!error) mark_roots();
      if (!error) wait_for_scan();
    });
  }

  // Roots that events do not cover, roots that became another directory without an event (their
  // parent was replaced, something was mounted over them), and roots that may have come back. The
  // wake lets the loop see a mirror that is gone.
  void wait_for_poll() {
    poll_timer_.expires_after(config_.poll_interval);
    poll_timer_.async_wait([this](const error_code& error) {
      if (error) return;
      if (inotify_ != nullptr) inotify_->read_limit();
      follow_roots();
      mark_unwatched_roots(std::chrono::steady_clock::now());
      restore_sockets();
      describe();
      dirty_.wake();
      wait_for_poll();
    });
  }

  void wait_for_watchdog() {
    if (!manager_.watchdog()) return;
    watchdog_timer_.expires_after(*manager_.watchdog() / 2);
    watchdog_timer_.async_wait([this](const error_code& error) {
      if (error) return;
      if (loop_.is_alive()) manager_.alive();
      wait_for_watchdog();
    });
  }

  void describe() {
    const std::size_t pending = dirty_.size();
    const std::string text =
        std::to_string(config_.roots.size()) + " roots; " +
        (pending == 0 ? "up to date" : std::to_string(pending) + " changes wait");
    if (text != std::exchange(description_, text)) manager_.status(text);
  }

  void restore_sockets() {
    try {
      const bool control = control_.restore();
      const bool notifications = notifications_.restore();
      if (control || notifications) {
        spdlog::warn("the socket {} was removed or replaced; listening anew",
                     config_.socket.string());
      }
      socket_trouble_.clear();
    } catch (const std::exception& error) {
      const std::string what = error.what();
      if (what != std::exchange(socket_trouble_, what)) spdlog::error("{}", what);
    }
  }

  void scan_all(const std::string& why) {
    if (!why.empty()) spdlog::warn("{}; scanning everything", why);
    status_.update([](SharedStatus::Snapshot& snapshot) { ++snapshot.overflows; });
    mark_roots();
  }

  // Where the kernel tells of changes, it has done so before the writer did.
  void note_save(const std::string& directory) {
    if (events_) events_->drain();
    if (inotify_ == nullptr || !inotify_->sees(directory)) mark_tree(directory);
  }

  void note_event(const std::string& directory) {
    for (const std::string& root : config_.roots) {
      if (!is_at_or_below(directory, root)) continue;
      status_.update([&](auto& snapshot) { snapshot.last_events[root] = now(); });
    }
  }

  void mark_roots() {
    for (const std::string& root : config_.roots) dirty_.mark(root, Scope::tree);
  }

  // With a time: those that are due. Without: all, since a barrier has to be sure.
  void mark_unwatched_roots(std::optional<std::chrono::steady_clock::time_point> time) {
    const SharedStatus::Snapshot status = status_.get();
    // A scan that is under way has met a directory that it cannot watch.
    if (!time && watcher_->failures() != status.watch_failures) mark_roots();
    for (const auto& [root, watch] : status.watches) {
      const bool is_due = !time || *time - watch.scanned_at >= kScanPause * watch.scan_time;
      if (watch.scanned && !watch.complete && is_due) dirty_.mark(root, Scope::tree);
      if (watch.scanned && watch.complete && root_identity(root) != watch.identity) {
        watcher_->forget(root);
        dirty_.mark(root, Scope::tree);
      }
    }
    for (const auto& [root, available] : status.available) {
      if (!available) dirty_.mark(root, Scope::tree);
    }
  }

  // What lies outside all roots, by whatever way it is named, is somebody else's.
  bool mark_tree(const std::string& given) {
    const std::optional<std::string> path = canonical_path(given);
    for (const std::string& root : config_.roots) {
      if (!path || !is_at_or_below(*path, root)) continue;
      dirty_.mark(*path, Scope::tree);
      return true;
    }
    return false;
  }

  void handle(const Json& request, ControlServer::Reply reply) {
    using Command = void (Impl::*)(const Json& request, ControlServer::Reply reply);
    static const std::map<std::string, Command> kCommands = {
        {"flush", &Impl::flush},     {"open_project", &Impl::open_project},
        {"rebuild", &Impl::rebuild}, {"reload", &Impl::reload_by_request},
        {"shutdown", &Impl::leave},  {"status", &Impl::report},
        {"sync", &Impl::sync},
    };
    const auto& word = request["command"].get_ref<const std::string&>();
    const auto command = kCommands.find(word);
    if (command != kCommands.end()) return (this->*command->second)(request, std::move(reply));
    std::string known;
    for (const auto& [name, function] : kCommands) known += (known.empty() ? "" : ", ") + name;
    reply(refusal("no command \"" + word + "\"; there are " + known));
  }

  // By value as its siblings, all of which one table holds.
  // NOLINTNEXTLINE(performance-unnecessary-value-param)
  void leave(const Json& /*request*/, ControlServer::Reply reply) {
    reply({{"ok", true}});
    asio::post(io_, [this] { stop(); });
  }

  void report(const Json& /*request*/, ControlServer::Reply reply) {
    reporter_.report(std::move(reply));
  }

  void drain() {
    if (events_) events_->drain();
    notifications_.drain();
  }

  void flush(const Json& /*request*/, ControlServer::Reply reply) {
    flush_after(0, std::move(reply));
  }

  // Everything saved before this moment has its event in the kernel's queue or is on a path that
  // the queue leads to; taken out and marked, it lies before the barrier.
  void flush_after(std::uint64_t order, ControlServer::Reply reply) {
    drain();
    order = std::max(order, follow_roots());
    mark_unwatched_roots(std::nullopt);
    // Those of clients that hung up would be as many as a locked mirror lets wait.
    flushes_.remove_if([](const Flush& flush) { return !flush.reply.is_awaited(); });
    flushes_.push_back({dirty_.barrier(), order, std::move(reply)});
  }

  void sync(const Json& request, ControlServer::Reply reply) {
    if (!request.contains("path")) {
      mark_roots();
    } else if (!request["path"].is_string() || !mark_tree(request["path"].get<std::string>())) {
      return reply(refusal("\"path\" lies below none of the roots"));
    }
    flush_after(0, std::move(reply));
  }

  bool is_pruned(const std::string& path) const {
    const Scanner scanner(layouts_, *watcher_, config_.pruned);
    return std::any_of(config_.roots.begin(), config_.roots.end(), [&](const std::string& root) {
      return is_at_or_below(path, root) && !scanner.reaches(root, path);
    });
  }

  void open_project(const Json& request, ControlServer::Reply reply) {
    const bool has_path = request.contains("path") && request["path"].is_string();
    const fs::path given = has_path ? request["path"].get<std::string>() : "";
    std::error_code failure;
    const fs::path path = fs::canonical(given, failure);
    if (!given.is_absolute() || failure || !fs::is_directory(path, failure) || path == "/") {
      return reply(refusal("\"path\" has to be the absolute path of a directory below /"));
    }
    if (is_pruned(path.string() + "/")) {
      return reply(
          refusal("\"path\" lies in a directory that is never looked into; \"prune\" in "
                  "the configuration has their names"));
    }
    if (mark_tree(path.string())) return flush_after(0, std::move(reply));
    spdlog::info("watching {} too, until the daemon is started again", path.string());
    opened_.push_back(path.string());
    Config config = config_;
    add_root(config, path.string());
    flush_after(apply(std::move(config)), std::move(reply));
  }

  void rebuild(const Json& /*request*/, ControlServer::Reply reply) {
    if (!take_configuration(reply)) return;
    spdlog::info("building the mirror anew");
    flush_after(loop_.rebuild(), std::move(reply));
  }

  void reload_by_request(const Json& /*request*/, ControlServer::Reply reply) {
    reload(std::move(reply));
  }

  void reload(ControlServer::Reply reply) {
    manager_.reloading();
    const std::optional<std::uint64_t> order = take_configuration(reply);
    if (!order) return manager_.ready();
    for (const std::string& root : config_.roots) spdlog::info("watching {}", root);
    flush_after(*order, {[this, reply = std::move(reply)](const Json& answer) {
      manager_.ready();
      reply(answer);
    }});
  }

  // Reads it again; returns the loop's order. One that is wrong changes nothing: then `reply` is
  // told, and nothing is returned.
  std::optional<std::uint64_t> take_configuration(const ControlServer::Reply& reply) {
    Config config;
    std::string refused;
    try {
      config = load_config(overrides_);
    } catch (const std::exception& error) {
      refused = error.what();
    }
    status_.update([&](auto& snapshot) { snapshot.refused_config = refused; });
    if (!refused.empty()) {
      spdlog::error("{}; the configuration stays as it was", refused);
      reply(refusal(refused));
      return std::nullopt;
    }
    keep_what_needs_a_start(config);
    for (const std::string& path : opened_) add_root(config, path);
    return apply(std::move(config));
  }

  void keep_what_needs_a_start(Config& config) const {
    if (config.db != config_.db || config.socket != config_.socket ||
        config.use_inotify != config_.use_inotify || config.layouts != config_.layouts) {
      spdlog::warn(
          "\"db\", \"socket\", \"watch\", \"json\" and \"layouts\" take effect when the daemon is "
          "started again");
    }
    config.db = config_.db;
    config.socket = config_.socket;
    config.use_inotify = config_.use_inotify;
    config.layouts = config_.layouts;
  }

  // A root that is a link may lead elsewhere by now, of which no event tells. Returns the loop's
  // order, or 0.
  std::uint64_t follow_roots() {
    Config config = config_;
    if (!follow_links(config)) return 0;
    for (const std::string& root : config.roots) spdlog::info("watching {}", root);
    return apply(std::move(config));
  }

  std::uint64_t apply(Config config) {
    config_ = std::move(config);
    configure_reporter();
    wait_for_scan();
    return loop_.reconfigure(config_);
  }

  void answer_flushes() {
    const SharedStatus::Snapshot status = status_.get();
    if (status.rebuilding) return;  // readers see the old mirror until it is complete
    for (auto flush = flushes_.begin(); flush != flushes_.end();) {
      if (flush->order > status.orders_done || !dirty_.reached(flush->barrier)) {
        ++flush;
        continue;
      }
      flush->reply({{"ok", true}, {"db", config_.db.string()}, {"seq", status.seq}});
      flush = flushes_.erase(flush);
    }
  }

  const ConfigOverrides overrides_;
  Config config_;
  std::vector<std::string> opened_;  // roots that open_project added
  mirror::WriterLock lock_;
  const mirror::Schema schema_;
  const Layouts layouts_;
  DirtySet dirty_;
  SharedStatus status_;
  const ServiceManager manager_;
  InotifyWatcher* inotify_ = nullptr;  // watcher_, where it is one
  const std::unique_ptr<Watcher> watcher_;
  SyncLoop loop_;

  asio::io_context io_{1};
  StatusReporter reporter_;
  std::string description_;
  std::string socket_trouble_;
  asio::signal_set signals_;
  std::optional<EventSource> events_;
  asio::steady_timer scan_timer_;
  asio::steady_timer poll_timer_;
  asio::steady_timer watchdog_timer_;
  std::list<Flush> flushes_;
  NotificationReceiver notifications_;
  ControlServer control_;
};

Daemon::Daemon(const ConfigOverrides& overrides) : impl_(std::make_unique<Impl>(overrides)) {}
Daemon::~Daemon() = default;
void Daemon::run() {
  impl_->run();
}

}  // namespace tain::syncd
