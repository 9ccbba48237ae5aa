#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "ledger.h"
#include "model_prices.h"
#include "row.h"
#include "schema.h"
#include "sqlite/database.h"

namespace tain::mirror {

/// Counts what messages took once, whatever lines and files say it again. Owns all that is written
/// to `message_usage` and `usage_days`.
///
/// A line that says what a message took is a row of `message_usage`, unless it only repeats the row
/// before it in its file: that one always says it better, and stays as long. An answer of a model
/// spans several lines with one message id, most of which say the same, or the last says most; a
/// resumed session repeats the lines of the one before in another file; a side chain repeats its
/// parent's under other requests. So, as ccusage 20 has it:
///
///  1. Lines with one message id and request id say the same, in whatever sessions. Without a
///     request id they do within a session; where the message id is not one of Anthropic's, which
///     nobody else gives, nor a hash that redaction left of one, only at one moment. A line without
///     a message id stands for itself.
///  2. Of those the best counts: outside of side chains before inside, then the one that says most
///     tokens, then most output, then the earliest (a fork repeats its parent's lines at a time of
///     its own), then the first by path and place. The rest have standing 0.
///  3. What a side chain says, and another request of its session says better, has standing 1. (A
///     message with more than 64 rows is nobody's, and left alone.) What counts has standing 2.
///
/// What counts depends on the rows alone, not on the order in which they came: rows may come and
/// go, and the mirror stays a function of the tree. `usage_days` has the sums, so that a question
/// about cost reads thousands of rows and not hundreds of thousands. Prices are no part of it: they
/// are joined when somebody asks.
///
/// While a mirror is filled, a line is only compared with those of the same transaction, and
/// settle() does the rest once, at the end: to look for each line's message, by an index that is
/// being built in a random order, took a fifth of such a load.
class MessageUsageCounter {
 public:
  /// See ModelPrices, which it owns.
  MessageUsageCounter(sqlite::Database& database, const Schema& schema, const PriceTable& prices);

  /// Whether the mirror is filled, without the index that says where a message's lines are.
  void set_loading(bool is_loading) { is_loading_ = is_loading; }
  /// Makes of what was counted for now, while the mirror was filled, what counts. The index is
  /// there.
  void settle();

  /// Adds a row of `message_usage`, which is not there yet. `file` is in the ledger.
  void add(const FileRecord& file, const Row& row);
  /// Removes those of the file that begin at `offset` or behind it.
  void remove_from(std::int64_t file_id, std::int64_t offset);
  /// Brings the sums up to date. They are not before.
  void flush();
  /// Forgets what flush() would do, and what it knows to be written: the rows are rolled back.
  void discard();

 private:
  // A row of message_usage.
  struct Line {
    std::int64_t file_id = 0;
    std::int64_t project_key = 0;
    std::int64_t offset = 0;
    std::optional<std::int64_t> at = {};
    std::string model = {};
    std::string session_id = {};
    std::string agent_run_id = {};
    bool is_sidechain = false;
    std::array<std::int64_t, 5> tokens = {};  // in the order of kTokens
    std::optional<double> cost_usd = {};
    std::optional<std::int64_t> message_key = {};
    std::optional<std::int64_t> request_key = {};
    std::int64_t standing = 0;
  };
  // The lines with one message and request id.
  struct Request {
    std::optional<Line> best = {};
    std::set<std::string> sessions = {};
  };
  // What the sums of usage_days are of, and what is added to them.
  struct SumKey {
    std::int64_t file_id;
    std::string day, model, session_id, agent_run_id;
    bool is_long, has_cost;
    auto operator<=>(const SumKey&) const = default;  // NOLINT(modernize-use-nullptr): its own bug
  };
  struct Sums {
    std::int64_t project_key = 0;
    std::int64_t messages = 0;
    std::array<std::int64_t, 5> tokens = {};
    std::array<std::int64_t, 5> long_tokens = {};  // those beyond 200,000 of a message
    std::int64_t cost_nano_usd = 0;
  };

  static Line read_line(const sqlite::Statement& row);
  Line line_of(const FileRecord& file, const Row& row) const;
  bool repeats_the_row_before(const Line& line);
  void add_for_now(Line line, const Row& row);
  void count_for_now();
  void insert(const Line& line, const Row& row);
  bool is_better(const Line& a, const Line& b);
  std::string path_of(std::int64_t file_id);
  std::optional<Line> best_so_far(std::int64_t message_key, std::int64_t request_key);
  std::int64_t lines_to_settle(std::int64_t message_key);
  bool is_replay_of(const Request& request, const Request& other);
  void settle_replays(std::int64_t message_key);
  void elect(std::int64_t message_key, std::int64_t request_key);
  void set_standing(Line& line, std::int64_t standing);
  void mark(Line& line, std::int64_t standing);
  void count(const Line& line, std::int64_t sign);
  std::string day_of(const std::optional<std::int64_t>& at);

  sqlite::Database& database_;
  const Table& table_;
  ModelPrices prices_;
  sqlite::Statement insert_, of_request_, of_message_, has_sidechain_, count_lines_, losers_,
      set_standing_, of_file_, last_of_file_, delete_from_, path_, add_sums_, drop_sums_;
  std::map<SumKey, Sums> changes_;
  bool is_loading_ = false;
  std::unordered_map<std::int64_t, Line> counted_for_now_;  // by request; of this transaction
  Line last_;                   // of the file that rows are added to; file_id 0: of none
  std::int64_t last_day_ = -1;  // of which the name is known
  std::string last_day_name_;
};

}  // namespace tain::mirror
