#include "message_usage.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "binding.h"
#include "core/json/time.h"

namespace tain::mirror {
namespace {

constexpr std::int64_t kRepeated = 0;  // somebody says it better
constexpr std::int64_t kReplayed = 1;  // the best of its request, and the replay of another
constexpr std::int64_t kCounted = 2;

// The prices of a message change where it is long, see Price.
constexpr std::int64_t kLongTokens = 200'000;
constexpr std::int64_t kLongContext = 272'000;
// As columns, and as tokens of a Line.
enum Token { kInput, kOutput, kCacheRead, kCacheWrite, kCacheWrite1h };

constexpr std::int64_t kMostLines = 64;  // of a message that has side chains
constexpr double kNano = 1e9;
constexpr std::int64_t kMillisecondsPerDay = 86'400'000;

constexpr std::string_view kLine =
    "m.file_id, m.project_key, m.line_offset, m.at, m.model, m.session_id, m.agent_run_id, "
    "m.is_sidechain, m.input_tokens, m.output_tokens, m.cache_read_tokens, m.cache_write_tokens, "
    "m.cache_write_1h_tokens, m.cost_usd, m.message_key, m.request_key, m.standing";

constexpr std::string_view kAddSums =
    "INSERT INTO usage_days(file_id, project_key, day, model, session_id, agent_run_id, is_long, "
    "has_cost, messages, input_tokens, long_input_tokens, output_tokens, long_output_tokens, "
    "cache_read_tokens, long_cache_read_tokens, cache_write_tokens, long_cache_write_tokens, "
    "cache_write_1h_tokens, long_cache_write_1h_tokens, cost_nano_usd) "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20) "
    "ON CONFLICT DO UPDATE SET messages = messages + ?9, input_tokens = input_tokens + ?10, "
    "long_input_tokens = long_input_tokens + ?11, output_tokens = output_tokens + ?12, "
    "long_output_tokens = long_output_tokens + ?13, cache_read_tokens = cache_read_tokens + ?14, "
    "long_cache_read_tokens = long_cache_read_tokens + ?15, "
    "cache_write_tokens = cache_write_tokens + ?16, "
    "long_cache_write_tokens = long_cache_write_tokens + ?17, "
    "cache_write_1h_tokens = cache_write_1h_tokens + ?18, "
    "long_cache_write_1h_tokens = long_cache_write_1h_tokens + ?19, "
    "cost_nano_usd = cost_nano_usd + ?20";

// That a line which was counted has gone while the mirror was filled.
constexpr const char* kNoteHeadless =
    "INSERT OR REPLACE INTO meta(key, value) VALUES('headless', 1)";

std::string select_lines(std::string_view condition) {
  return std::string("SELECT ")
      .append(kLine)
      .append(" FROM message_usage m WHERE ")
      .append(condition);
}

std::string insert_statement_of(const Table& table) {
  std::string names = "file_id, project_key";
  std::string values = "?1, ?2";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    names.append(", ").append(table.columns[i].name);
    values.append(", ?").append(std::to_string(i + 3));
  }
  return "INSERT INTO message_usage(" + names + ") VALUES(" + values + ")";
}

// Whether this id is one of Anthropic's, or the hash of an id that redaction has left.
bool is_of_one_message(std::string_view id) {
  constexpr std::size_t kHashSize = 17;
  const bool is_hash = id.size() == kHashSize && id.front() == '#' &&
                       id.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
  return is_hash || id.starts_with("msg_");
}

// FNV-1a. Both halves of what is hashed together end with a byte that no text has.
std::int64_t hash_of(std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const std::string_view part : parts) {
    for (const char c : part) add(static_cast<unsigned char>(c));
    add(0xFF);
  }
  return static_cast<std::int64_t>(hash);
}

std::string_view text_of(const Value& value) {
  const std::string* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::int64_t number_of(const Value& value) {
  const std::int64_t* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? 0 : *number;
}

}  // namespace

MessageUsageCounter::MessageUsageCounter(sqlite::Database& database, const Schema& schema,
                                         const PriceTable& prices)
    : database_(database),
      table_(schema.message_usage),
      prices_(database, prices),
      insert_(database.prepare(insert_statement_of(table_))),
      of_request_(database.prepare(
          select_lines("m.message_key = ?1 AND m.standing IN (1, 2) AND m.request_key = ?2"))),
      of_message_(database.prepare(select_lines("m.message_key = ?1"))),
      has_sidechain_(database.prepare(
          "SELECT 1 FROM message_usage WHERE message_key = ?1 AND is_sidechain = 1 LIMIT 1")),
      count_lines_(database.prepare("SELECT count(*) FROM (SELECT 1 FROM message_usage WHERE "
                                    "message_key = ?1 LIMIT " +
                                    std::to_string(kMostLines + 2) + ")")),
      losers_(database.prepare(select_lines(
          "m.message_key = ?1 AND m.standing = 0 AND m.request_key = ?2 ORDER BY m.is_sidechain, "
          "m.input_tokens + m.output_tokens + m.cache_read_tokens + m.cache_write_tokens DESC, "
          "m.output_tokens DESC, m.cache_write_1h_tokens DESC, m.at IS NULL, m.at, "
          "(SELECT CAST(f.path AS BLOB) FROM files f WHERE f.file_id = m.file_id), m.line_offset "
          "LIMIT 1"))),
      set_standing_(database.prepare(
          "UPDATE message_usage SET standing = ?3 WHERE file_id = ?1 AND line_offset = ?2")),
      of_file_(database.prepare(select_lines("m.file_id = ?1 AND m.line_offset >= ?2"))),
      last_of_file_(
          database.prepare(select_lines("m.file_id = ?1 ORDER BY m.line_offset DESC LIMIT 1"))),
      delete_from_(
          database.prepare("DELETE FROM message_usage WHERE file_id = ?1 AND line_offset >= ?2")),
      path_(database.prepare("SELECT CAST(path AS BLOB) FROM files WHERE file_id = ?1")),
      add_sums_(database.prepare(kAddSums)),
      drop_sums_(database.prepare("DELETE FROM usage_days WHERE file_id = ?1 AND messages = 0")) {}

MessageUsageCounter::Line MessageUsageCounter::read_line(const sqlite::Statement& row) {
  Line line{.file_id = row.integer(0), .project_key = row.integer(1), .offset = row.integer(2)};
  line.at = row.optional_integer(3);
  line.model = row.text(4);
  line.session_id = row.text(5);
  line.agent_run_id = row.text(6);
  line.is_sidechain = row.integer(7) != 0;
  for (int i = 0; i < 5; ++i) line.tokens[static_cast<std::size_t>(i)] = row.integer(8 + i);
  if (!row.is_null(13)) line.cost_usd = row.real(13);
  line.message_key = row.optional_integer(14);
  line.request_key = row.optional_integer(15);
  line.standing = row.integer(16);
  return line;
}

MessageUsageCounter::Line MessageUsageCounter::line_of(const FileRecord& file,
                                                       const Row& row) const {
  const auto& values = row.values;  // in the order of schema.cc
  Line line{.file_id = file.file_id,
            .project_key = file.project_key,
            .offset = number_of(values[0]),
            .model = std::string(text_of(values[2])),
            .session_id = std::string(text_of(values[5])),
            .agent_run_id = std::string(text_of(values[6])),
            .is_sidechain = number_of(values[7]) != 0};
  if (!is_null(values[1])) line.at = number_of(values[1]);
  for (std::size_t i = 0; i < 5; ++i) line.tokens[i] = number_of(values[8 + i]);
  if (const double* cost = std::get_if<double>(&values[13])) line.cost_usd = *cost;
  const std::string_view message = text_of(values[3]);
  const std::string_view request = text_of(values[4]);
  if (message.empty()) return line;
  line.message_key = hash_of({message});
  if (!request.empty()) {
    line.request_key = hash_of({message, request});
  } else if (is_of_one_message(message)) {
    line.request_key = hash_of({message, "", line.session_id});
  } else {
    line.request_key = hash_of({message, "", line.session_id, std::to_string(line.at.value_or(0))});
  }
  return line;
}

void MessageUsageCounter::add(const FileRecord& file, const Row& row) {
  Line line = line_of(file, row);
  if (repeats_the_row_before(line)) return;
  prices_.know(line.model);
  line.standing = kCounted;
  if (!line.message_key) {
    insert(line, row);
    return count(line, 1);
  }
  if (is_loading_) return add_for_now(std::move(line), row);
  std::optional<Line> best = best_so_far(*line.message_key, *line.request_key);
  if (best && !is_better(line, *best)) {
    line.standing = kRepeated;
    insert(line, row);
  } else {
    if (best) set_standing(*best, kRepeated);
    insert(line, row);
    count(line, 1);
  }
  settle_replays(*line.message_key);
}

// In the order of offsets, whatever the order in which they come: so in every mirror alike.
bool MessageUsageCounter::repeats_the_row_before(const Line& line) {
  if (last_.file_id != line.file_id) {
    last_ = {};
    last_of_file_.bind(1, line.file_id);
    if (last_of_file_.step()) last_ = read_line(last_of_file_);
    last_of_file_.reset();
  }
  if (last_.file_id != 0 && line.offset <= last_.offset) return false;
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  const auto said = [](const Line& of) {
    return std::tie(of.message_key, of.request_key, of.model, of.session_id, of.agent_run_id,
                    of.is_sidechain, of.tokens, of.cost_usd);
  };
  if (last_.file_id != 0 && line.message_key && said(line) == said(last_) &&
      line.at.value_or(kNever) >= last_.at.value_or(kNever)) {
    return true;
  }
  last_ = line;
  return false;
}

// Compares with the lines of this transaction alone.
void MessageUsageCounter::add_for_now(Line line, const Row& row) {
  const auto [known, is_first] = counted_for_now_.try_emplace(*line.request_key);
  Line& best = known->second;
  if (!is_first && !is_better(line, best)) {
    line.standing = kRepeated;
    return insert(line, row);
  }
  if (!is_first) mark(best, kRepeated);
  insert(line, row);
  best = std::move(line);
}

void MessageUsageCounter::settle() {
  std::vector<std::pair<std::int64_t, std::int64_t>> requests;
  sqlite::Statement unsettled = database_.prepare(
      "SELECT message_key, request_key FROM message_usage WHERE message_key IS NOT NULL "
      "GROUP BY message_key, request_key HAVING sum(standing = 2) <> 1 OR (count(*) > 1 AND "
      "EXISTS (SELECT 1 FROM meta WHERE key = 'headless'))");
  while (unsettled.step()) requests.emplace_back(unsettled.integer(0), unsettled.integer(1));
  for (const auto& [message, request] : requests) {
    while (std::optional<Line> counted = best_so_far(message, request)) {
      set_standing(*counted, kRepeated);
    }
    elect(message, request);
  }
  std::vector<std::int64_t> messages;
  sqlite::Statement replayed = database_.prepare(
      "SELECT message_key FROM message_usage WHERE message_key IS NOT NULL GROUP BY message_key "
      "HAVING max(is_sidechain) = 1 AND min(request_key) <> max(request_key)");
  while (replayed.step()) messages.push_back(replayed.integer(0));
  for (const std::int64_t message : messages) settle_replays(message);
  database_.run("DELETE FROM meta WHERE key = 'headless'");
}

void MessageUsageCounter::insert(const Line& line, const Row& row) {
  insert_.bind(1, line.file_id).bind(2, line.project_key);
  const int written = static_cast<int>(row.values.size()) - 3;
  for (int i = 0; i < written; ++i) {
    bind_value(insert_, i + 3, row.values[static_cast<std::size_t>(i)]);
  }
  insert_.bind(written + 3, line.message_key)
      .bind(written + 4, line.request_key)
      .bind(written + 5, line.standing)
      .execute();
}

std::optional<MessageUsageCounter::Line> MessageUsageCounter::best_so_far(
    std::int64_t message_key, std::int64_t request_key) {
  of_request_.bind(1, message_key).bind(2, request_key);
  std::optional<Line> best;
  if (of_request_.step()) best = read_line(of_request_);
  of_request_.reset();
  return best;
}

bool MessageUsageCounter::is_better(const Line& a, const Line& b) {
  const auto rank = [](const Line& line) {
    const auto& tokens = line.tokens;
    const std::int64_t all =
        tokens[kInput] + tokens[kOutput] + tokens[kCacheRead] + tokens[kCacheWrite];
    return std::tuple(!line.is_sidechain, all, tokens[kOutput], tokens[kCacheWrite1h]);
  };
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  if (rank(a) != rank(b)) return rank(a) > rank(b);
  if (a.at != b.at) return a.at.value_or(kNever) < b.at.value_or(kNever);
  if (a.file_id == b.file_id) return a.offset < b.offset;
  return path_of(a.file_id) < path_of(b.file_id);
}

std::string MessageUsageCounter::path_of(std::int64_t file_id) {
  path_.bind(1, file_id);
  std::string path;
  if (path_.step()) path = path_.text(0);
  path_.reset();
  return path;
}

// How many lines of a message there are, where a side chain is among them; else none. Counts no
// further than it matters.
std::int64_t MessageUsageCounter::lines_to_settle(std::int64_t message_key) {
  has_sidechain_.bind(1, message_key);
  const bool has_sidechain = has_sidechain_.step();
  has_sidechain_.reset();
  if (!has_sidechain) return 0;
  count_lines_.bind(1, message_key);
  count_lines_.step();
  const std::int64_t lines = count_lines_.integer(0);
  count_lines_.reset();
  return lines;
}

// A request is of every session in which a line of it stands.
void MessageUsageCounter::settle_replays(std::int64_t message_key) {
  const std::int64_t lines = lines_to_settle(message_key);
  if (lines == 0 || lines > kMostLines + 1) return;
  std::map<std::int64_t, Request> requests;
  of_message_.bind(1, message_key);
  while (of_message_.step()) {
    Line line = read_line(of_message_);
    Request& request = requests[*line.request_key];
    request.sessions.insert(line.session_id);
    if (line.standing > kRepeated) request.best = std::move(line);
  }
  of_message_.reset();
  for (auto& [key, request] : requests) {
    if (!request.best) continue;
    const bool is_replay =
        lines <= kMostLines && request.best->is_sidechain &&
        std::any_of(requests.begin(), requests.end(),
                    [&, &own_key = key, &own = request](const auto& other) {
                      return other.first != own_key && is_replay_of(own, other.second);
                    });
    set_standing(*request.best, is_replay ? kReplayed : kCounted);
  }
}

bool MessageUsageCounter::is_replay_of(const Request& request, const Request& other) {
  const bool share_a_session =
      std::any_of(request.sessions.begin(), request.sessions.end(),
                  [&](const std::string& session) { return other.sessions.contains(session); });
  return share_a_session && other.best && is_better(*other.best, *request.best);
}

// Finds the best of what is left of a message and request.
void MessageUsageCounter::elect(std::int64_t message_key, std::int64_t request_key) {
  losers_.bind(1, message_key).bind(2, request_key);
  std::optional<Line> best;
  if (losers_.step()) best = read_line(losers_);
  losers_.reset();
  if (best) set_standing(*best, kCounted);
}

void MessageUsageCounter::remove_from(std::int64_t file_id, std::int64_t offset) {
  count_for_now();
  last_ = {};
  std::set<std::int64_t> messages;
  std::set<std::pair<std::int64_t, std::int64_t>> headless;  // requests that lose their best line
  of_file_.bind(1, file_id).bind(2, offset);
  while (of_file_.step()) {
    const Line line = read_line(of_file_);
    if (line.standing == kCounted) count(line, -1);
    if (!line.message_key) continue;
    messages.insert(*line.message_key);
    if (line.standing > kRepeated) headless.emplace(*line.message_key, *line.request_key);
  }
  of_file_.reset();
  delete_from_.bind(1, file_id).bind(2, offset).execute();
  if (is_loading_) {
    // Who was beaten by them has to be compared with all others. A load may outlive a process.
    if (!headless.empty()) database_.run(kNoteHeadless);
    return;
  }
  for (const auto& [message, request] : headless) elect(message, request);
  for (const std::int64_t message : messages) settle_replays(message);
}

void MessageUsageCounter::set_standing(Line& line, std::int64_t standing) {
  if (line.standing == standing) return;
  if (line.standing == kCounted) count(line, -1);
  if (standing == kCounted) count(line, 1);
  mark(line, standing);
}

void MessageUsageCounter::mark(Line& line, std::int64_t standing) {
  line.standing = standing;
  set_standing_.bind(1, line.file_id).bind(2, line.offset).bind(3, standing).execute();
}

void MessageUsageCounter::count(const Line& line, std::int64_t sign) {
  const std::int64_t read =
      line.tokens[kInput] + line.tokens[kCacheRead] + line.tokens[kCacheWrite];
  Sums& sums = changes_[{line.file_id, day_of(line.at), line.model, line.session_id,
                         line.agent_run_id, read > kLongContext, line.cost_usd.has_value()}];
  sums.project_key = line.project_key;
  sums.messages += sign;
  for (std::size_t i = 0; i < line.tokens.size(); ++i) sums.tokens[i] += sign * line.tokens[i];
  const std::int64_t write_5m = line.tokens[kCacheWrite] - line.tokens[kCacheWrite1h];
  for (const auto& [token, tokens] :
       {std::pair{kInput, line.tokens[kInput]}, std::pair{kOutput, line.tokens[kOutput]},
        std::pair{kCacheRead, line.tokens[kCacheRead]}, std::pair{kCacheWrite, write_5m},
        std::pair{kCacheWrite1h, line.tokens[kCacheWrite1h]}}) {
    sums.long_tokens[token] += sign * std::max<std::int64_t>(tokens - kLongTokens, 0);
  }
  if (line.cost_usd) sums.cost_nano_usd += sign * std::llround(*line.cost_usd * kNano);
}

void MessageUsageCounter::count_for_now() {
  for (const auto& [request, best] : counted_for_now_) count(best, 1);
  counted_for_now_.clear();
}

void MessageUsageCounter::flush() {
  count_for_now();
  std::set<std::int64_t> shrunk;
  for (const auto& [key, sums] : changes_) {
    add_sums_.bind(1, key.file_id)
        .bind(2, sums.project_key)
        .bind(3, std::string_view(key.day))
        .bind(4, std::string_view(key.model))
        .bind(5, std::string_view(key.session_id))
        .bind(6, std::string_view(key.agent_run_id))
        .bind(7, std::int64_t{key.is_long})
        .bind(8, std::int64_t{key.has_cost})
        .bind(9, sums.messages);
    for (int i = 0; i < 5; ++i) {
      add_sums_.bind(10 + 2 * i, sums.tokens[static_cast<std::size_t>(i)])
          .bind(11 + 2 * i, sums.long_tokens[static_cast<std::size_t>(i)]);
    }
    add_sums_.bind(20, sums.cost_nano_usd).execute();
    if (sums.messages <= 0) shrunk.insert(key.file_id);
  }
  changes_.clear();
  for (const std::int64_t file_id : shrunk) drop_sums_.bind(1, file_id).execute();
}

void MessageUsageCounter::discard() {
  changes_.clear();
  counted_for_now_.clear();
  last_ = {};
  prices_.discard();
}

std::string MessageUsageCounter::day_of(const std::optional<std::int64_t>& at) {
  if (!at) return {};
  const std::int64_t day = (*at >= 0 ? *at : *at - kMillisecondsPerDay + 1) / kMillisecondsPerDay;
  if (day != last_day_ || last_day_name_.empty()) {
    last_day_ = day;
    last_day_name_ = format_time({day * kMillisecondsPerDay}).substr(0, 10);
  }
  return last_day_name_;
}

}  // namespace tain::mirror
