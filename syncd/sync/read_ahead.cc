#include "read_ahead.h"

#include <system_error>
#include <utility>

namespace tain::syncd {
namespace {

// Of files; the rows of a small one take thirty times as much memory as it.
constexpr std::size_t kMostWaiting = 128UL * 1024;

}  // namespace

ReadAhead::ReadAhead(const std::vector<std::unique_ptr<FileReader>>& readers, std::vector<Job> jobs,
                     Stop stop)
    : jobs_(std::move(jobs)), stop_(std::move(stop)), results_(jobs_.size()), end_(jobs_.size()) {
  try {
    for (const auto& reader : readers) threads_.emplace_back([this, &reader] { work(*reader); });
  } catch (const std::system_error&) {
    // There may be no more threads. One reader is enough, and without any its owner reads.
    if (threads_.empty()) end_ = 0;
  }
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

// What was written goes back to whoever read it: a thread that frees what another has allocated
// makes each wait for the other.
FileReading& ReadAhead::take() {
  std::unique_lock lock(mutex_);
  if (current_) spent_.push_back(std::move(*current_));
  current_.reset();
  std::optional<Result>& slot = results_[taken_++];
  changed_.wait(lock, [&] { return slot.has_value(); });
  Result result = std::move(*slot);
  slot.reset();
  if (result.error) std::rethrow_exception(result.error);
  waiting_ -= size_of(*result.reading);
  current_.emplace(std::move(*result.reading));
  lock.unlock();
  changed_.notify_all();
  return *current_;
}

void ReadAhead::read_no_more() {
  const std::lock_guard lock(mutex_);
  end_ = claimed_;
}

void ReadAhead::work(FileReader& reader) {
  std::vector<FileReading> spent;
  while (const std::optional<std::size_t> job = claim(spent)) {
    spent.clear();
    Result result = read(reader, jobs_[*job]);
    {
      const std::lock_guard lock(mutex_);
      if (result.reading) waiting_ += size_of(*result.reading);
      results_[*job] = std::move(result);
    }
    changed_.notify_all();
  }
}

// Who has claimed a file does not wait before it is read: so the one that is taken next always
// comes.
std::optional<std::size_t> ReadAhead::claim(std::vector<FileReading>& spent) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || waiting_ < kMostWaiting; });
  if (closed_ || claimed_ == end_) return std::nullopt;
  spent.swap(spent_);
  return claimed_++;
}

ReadAhead::Result ReadAhead::read(FileReader& reader, const Job& job) const {
  try {
    return {reader.read(job.root, job.record, job.role, "", stop_), nullptr};
  } catch (...) {
    return {std::nullopt, std::current_exception()};
  }
}

}  // namespace tain::syncd
