#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tain::syncd {

/// How much a mark asks to look at.
enum class Scope {
  file,  ///< this path
  tree,  ///< everything at and below this path, new directories included
};

/// Whether `path` is `directory` or lies below it.
bool is_at_or_below(std::string_view path, std::string_view directory);

/// Counts marks: everything marked before a moment has a lower generation than everything marked
/// after it.
using Generation = std::uint64_t;

struct Mark {
  std::string path;
  Scope scope = Scope::file;
  Generation generation = 0;
  std::chrono::steady_clock::time_point since = {};  ///< how long it has been waiting
};

/// The paths that may differ from the mirror: the one queue that every way of learning of a change
/// ends in.
///
/// A path is in it once per scope, however often it is marked, so its size is bounded by the tree
/// and not by the length of a burst. Marks are taken in the order of their generations, so that
/// nothing starves. Thread-safe.
class DirtySet {
 public:
  /// `path` is absolute, without a slash at the end.
  void mark(std::string path, Scope scope);
  /// For what is older than all other marks.
  void mark_first(std::string path, Scope scope);
  /// For what a scan finds and what is put off: as old as its cause, so that a barrier waits for
  /// both and what waits long is seen to.
  void mark(std::string path, Scope scope, const Mark& cause);

  /// Takes up to `limit` marks; they count as pending until done() or put_back().
  std::vector<Mark> take(std::size_t limit);
  /// What was taken is in the mirror.
  void done();
  /// What was taken is not in the mirror: it is dirty again, as old as it was.
  void put_back();

  /// A generation that is reached() when all that is marked now is done. The barrier is a mark
  /// itself (of no path), so that at least one batch goes by before it is reached.
  Generation barrier();
  bool reached(Generation barrier) const;

  /// Marks that are not done.
  std::size_t size() const;
  /// What waits at or below a directory: how many marks, and how long the oldest of them does.
  struct Backlog {
    std::size_t marks = 0;
    std::chrono::milliseconds lag{0};
  };
  Backlog backlog_below(std::string_view directory) const;
  /// How long the oldest mark that is not done has been waiting.
  std::chrono::milliseconds lag() const;

  /// Waits for a mark, for wake() or for close(). With `longest`, a pause: marks do not end it, the
  /// time does.
  void wait(std::optional<std::chrono::milliseconds> longest);
  /// Ends a wait().
  void wake();
  /// Ends all waits, now and later.
  void close();
  bool closed() const;

 private:
  using Steady = std::chrono::steady_clock;
  using Order = std::pair<Generation, std::uint64_t>;  // the second tells marks of one scan apart

  using Pending = std::map<Order, Mark>;
  // By path, which is the mark's own.
  using Places = std::unordered_map<std::string_view, Pending::iterator>;

  // With mutex_ held, all three.
  Places& places_of(Scope scope);
  void insert(Mark mark);
  Mark remove(Pending::iterator place);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Pending pending_;  // guarded by mutex_, as all below
  Places files_;     // where in pending_, of each scope
  Places trees_;
  std::vector<Mark> taken_;
  Generation last_generation_ = 0;
  std::uint64_t last_serial_ = 0;
  bool woken_ = false;
  bool closed_ = false;
};

}  // namespace tain::syncd
