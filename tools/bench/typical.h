#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/model/event.h"
#include "core/model/session.h"

namespace tain::bench {

/// Makes sessions and events as agents leave them: about 4.5 KB of `state.json` each, and lines of
/// 210 bytes. Everything follows from the seed alone.
class Typical {
 public:
  explicit Typical(std::uint64_t seed) : random_(seed) {}

  /// The `number`-th session of its tree. Ten of them in a row work on one task.
  Session session(std::int64_t number);
  /// The `number`-th event of the session; every fifth says what it cost.
  Event event(const Session& session, std::int64_t number);

 private:
  std::int64_t below(std::int64_t limit);
  std::string text(int words);
  std::string id(const std::string& prefix, Timestamp at);
  std::vector<std::string> texts(int count, int words);
  void fill_plan(Session& session);
  void fill_progress(Session& session);
  void fill_phases(Session& session);

  // Not a distribution of the library's: what those draw differs between libraries.
  std::mt19937_64 random_;
};

/// The bytes of a `state.json`.
std::string state_bytes(const Session& session);

/// The id of the task that the session of this number works on.
std::string task_of(std::int64_t session_number);

}  // namespace tain::bench
