#include "status_reporter.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "status_report.h"

namespace tain::syncd {
namespace asio = boost::asio;
namespace {

// Numbers that differ are compared again, since a busy tree moves between any two looks, and the
// system tells of a file a moment after it can be seen.
constexpr int kWalks = 3;

}  // namespace

StatusReporter::StatusReporter(asio::io_context& io, Sources sources,
                               std::chrono::milliseconds patience)
    : io_(io), sources_(std::move(sources)), patience_(patience), deadline_(io) {}

StatusReporter::~StatusReporter() {
  stop();
}

void StatusReporter::configure(const Config& config, Walk walk) {
  config_ = config;
  walk_ = std::move(walk);
}

void StatusReporter::report(ControlServer::Reply reply) {
  std::erase_if(waiting_, [](const Waiting& waiting) { return !waiting.reply.is_awaited(); });
  waiting_.push_back({std::move(reply), counts_begun_ + 1, Steady::now() + patience_});
  if (!is_counting_) begin_count();
  if (waiting_.size() == 1) wait_for_deadline();
}

void StatusReporter::stop() {
  stopping_ = true;
  threads_.join();
}

void StatusReporter::begin_count() {
  is_counting_ = true;
  ++counts_begun_;
  walks_ = 0;
  walk();
}

void StatusReporter::walk() {
  ++walks_;
  asio::post(threads_, [this, walk = walk_] {
    try {
      FileCount count = walk([this] { return stopping_.load(); });
      asio::post(io_, [this, count = std::move(count)]() mutable { compare(std::move(count)); });
    } catch (const ScanStopped&) {
      // and nobody waits any more
    } catch (const std::exception& error) {
      // This process or machine is short of something. Who asks is told all but this.
      spdlog::warn("files were not counted: {}", error.what());
      asio::post(io_, [this] { finish({}); });
    }
  });
}

// What the system has told of until now includes all that happened during the walk.
void StatusReporter::compare(FileCount count) {
  sources_.drain();
  const bool is_idle = sources_.dirty.size() == 0 && !sources_.status.get().rebuilding;
  asio::post(threads_, [this, is_idle, db = config_.db, count = std::move(count)]() mutable {
    count_mirrored(db, is_idle, count);
    asio::post(io_, [this, count = std::move(count)]() mutable { finish(std::move(count)); });
  });
}

void StatusReporter::finish(FileCount count) {
  if (count.differs() && walks_ < kWalks) return walk();
  last_ = std::move(count);
  is_counting_ = false;
  answer_while([this](const Waiting& waiting) { return waiting.count <= counts_begun_; });
  if (!waiting_.empty()) begin_count();
}

void StatusReporter::wait_for_deadline() {
  if (waiting_.empty()) return;
  deadline_.expires_at(waiting_.front().deadline);
  deadline_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // set anew
    const Steady::time_point now = Steady::now();
    answer_while([now](const Waiting& waiting) { return waiting.deadline <= now; });
    wait_for_deadline();
  });
}

// The first ones of those that wait.
template <class Condition>
void StatusReporter::answer_while(const Condition& is_due) {
  std::vector<ControlServer::Reply> replies;
  for (; !waiting_.empty() && is_due(waiting_.front()); waiting_.pop_front()) {
    replies.push_back(std::move(waiting_.front().reply));
  }
  if (replies.empty()) return;
  asio::post(threads_, [this, replies = std::move(replies), config = config_, count = last_] {
    StatusReport found = status_report(config, sources_.status.get(), sources_.dirty,
                                       sources_.watcher, sources_.watch_limit(), count);
    if (found.mirror_is_damaged) sources_.distrust();
    asio::post(io_, [replies, report = std::move(found.report)] {
      for (const ControlServer::Reply& reply : replies) reply(report);
    });
  });
}

}  // namespace tain::syncd
