#include "dirty_set.h"

#include <algorithm>
#include <utility>

namespace tain::syncd {

bool is_at_or_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

DirtySet::Places& DirtySet::places_of(Scope scope) {
  return scope == Scope::file ? files_ : trees_;
}

void DirtySet::insert(Mark mark) {
  Places& places = places_of(mark.scope);
  if (const auto known = places.find(mark.path); known != places.end()) {
    const Mark& waiting = known->second->second;
    if (waiting.generation <= mark.generation) return;  // it waits already, and is as old
    mark.since = std::min(mark.since, waiting.since);
    remove(known->second);
  }
  const Order order{mark.generation, ++last_serial_};
  const auto place = pending_.emplace(order, std::move(mark)).first;
  places.emplace(place->second.path, place);
}

Mark DirtySet::remove(Pending::iterator place) {
  places_of(place->second.scope).erase(place->second.path);
  return std::move(pending_.extract(place).mapped());
}

void DirtySet::mark(std::string path, Scope scope) {
  {
    const std::lock_guard lock(mutex_);
    insert({std::move(path), scope, ++last_generation_, Steady::now()});
  }
  changed_.notify_one();
}

void DirtySet::mark_first(std::string path, Scope scope) {
  mark(std::move(path), scope, Mark{{}, scope, 0, Steady::now()});
}

void DirtySet::mark(std::string path, Scope scope, const Mark& cause) {
  {
    const std::lock_guard lock(mutex_);
    insert({std::move(path), scope, cause.generation, cause.since});
  }
  changed_.notify_one();
}

std::vector<Mark> DirtySet::take(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<Mark> marks;
  while (!pending_.empty() && marks.size() < limit) {
    taken_.push_back(remove(pending_.begin()));
    marks.push_back(taken_.back());
  }
  return marks;
}

void DirtySet::done() {
  const std::lock_guard lock(mutex_);
  taken_.clear();
}

void DirtySet::put_back() {
  const std::lock_guard lock(mutex_);
  for (Mark& mark : taken_) insert(std::move(mark));
  taken_.clear();
}

Generation DirtySet::barrier() {
  Generation generation = 0;
  {
    const std::lock_guard lock(mutex_);
    generation = ++last_generation_;
    insert({"", Scope::file, generation, Steady::now()});
  }
  wake();
  return generation;
}

bool DirtySet::reached(Generation barrier) const {
  const std::lock_guard lock(mutex_);
  const bool waiting = !pending_.empty() && pending_.begin()->first.first <= barrier;
  return !waiting && std::none_of(taken_.begin(), taken_.end(),
                                  [&](const Mark& mark) { return mark.generation <= barrier; });
}

std::size_t DirtySet::size() const {
  const std::lock_guard lock(mutex_);
  return pending_.size() + taken_.size();
}

DirtySet::Backlog DirtySet::backlog_below(std::string_view directory) const {
  const std::lock_guard lock(mutex_);
  const Steady::time_point now = Steady::now();
  Steady::time_point oldest = now;
  Backlog backlog;
  const auto count = [&](const Mark& mark) {
    if (!is_at_or_below(mark.path, directory)) return;
    ++backlog.marks;
    oldest = std::min(oldest, mark.since);
  };
  for (const Mark& mark : taken_) count(mark);
  for (const auto& [order, mark] : pending_) count(mark);
  backlog.lag = std::chrono::duration_cast<std::chrono::milliseconds>(now - oldest);
  return backlog;
}

std::chrono::milliseconds DirtySet::lag() const {
  const std::lock_guard lock(mutex_);
  Steady::time_point oldest = Steady::now();
  const Steady::time_point now = oldest;
  for (const Mark& mark : taken_) oldest = std::min(oldest, mark.since);
  if (!pending_.empty()) oldest = std::min(oldest, pending_.begin()->second.since);
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - oldest);
}

void DirtySet::wait(std::optional<std::chrono::milliseconds> longest) {
  std::unique_lock lock(mutex_);
  // With a limit, marks do not end the wait: it is a pause after a failure.
  const auto ready = [&] { return closed_ || woken_ || (!longest && !pending_.empty()); };
  if (longest) {
    changed_.wait_for(lock, *longest, ready);
  } else {
    changed_.wait(lock, ready);
  }
  woken_ = false;
}

void DirtySet::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void DirtySet::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

bool DirtySet::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace tain::syncd
