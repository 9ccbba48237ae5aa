#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/document.h"
#include "json_tree.h"
#include "layout.h"
#include "syncd/mirror/row.h"

namespace tain::syncd {

// What layouts of transcripts share: the logs in which a program for agents records its sessions.

/// The columns of `events` that a line of a transcript fills. Found once: there are millions of
/// lines.
struct EventColumns {
  explicit EventColumns(const mirror::Table& events);

  std::size_t line_offset, line_length, id, at, type, session_id, agent_run_id, actor_type, lane,
      title, body, metadata, model, data, extra, left_in_file;
};

/// Tokens that one answer of a model took, as a line says it. A message that spans several lines is
/// said by each of them, see mirror/message_usage.h.
struct MessageUsage {
  std::int64_t offset = 0;  ///< of what says it, in the file
  std::optional<std::int64_t> at = {};
  std::string_view session_id = {};
  std::string_view agent_run_id = {};
  std::string_view model = {};
  bool is_fast = false;  ///< in a model's fast mode, which has a price of its own
  std::string message_id = {};
  std::string_view request_id = {};
  bool is_sidechain = false;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_tokens = 0;     ///< of all durations
  std::int64_t cache_write_1h_tokens = 0;  ///< of them those that are kept for an hour
  std::optional<double> cost_usd = {};     ///< where the line says it
};

/// Makes rows of `message_usage`.
class UsageRows {
 public:
  explicit UsageRows(const mirror::Table& message_usage);
  mirror::Row row(const MessageUsage& usage) const;

 private:
  const mirror::Table* table_;
  std::size_t line_offset_, at_, model_, message_id_, request_id_, session_id_, agent_run_id_,
      is_sidechain_, input_, output_, cache_read_, cache_write_, cache_write_1h_, cost_;
};

/// The text of a member; empty where it has none, or is none.
std::string_view text_of(const JsonNode* node);
/// The time that a member says, in UTC milliseconds.
std::optional<std::int64_t> time_of(const JsonNode* node);
/// A count of tokens; 0 where it is none, or beyond reason.
std::int64_t tokens_of(const JsonNode* node);

/// Leaves what is too long in the file and says so in `left_in_file`: texts longer than
/// `max_body`, and data, of which there is much more and which nobody searches, beyond a
/// sixteenth of it.
void leave_long_values(const EventColumns& columns, std::size_t max_body, mirror::Row& event);

/// Appends a member with this raw JSON value to `object`, which is empty or an object without its
/// closing brace.
void append_member(std::string& object, std::string_view key, std::string_view raw);

/// The first line of `text`, cut to the length of a title.
std::string title_of(std::string_view text);

/// What of a line may be remembered, since it is saved with every append: a name of a reasonable
/// length, or none; the beginning of a text.
std::string_view name_or_none(std::string_view name);
std::string_view beginning_of(std::string_view text);

/// Whether it is written like one ("8c816805-24e2-4871-ac94-e97ce23993c1").
bool is_uuid(std::string_view text);

/// Whether version `found` ("2.1.39") is later than `tested`, which has one number or two ("2.1"),
/// as far as that says. What is no version is not.
bool is_newer(std::string_view found, std::string_view tested);

/// What is said, once for a file, of a version that is newer than those that `layout` was tested
/// with.
Anomaly newer_format(std::string_view layout, std::string_view found, std::string_view tested);

/// What the lines of a session, or of an agent's run inside one, say together.
struct TranscriptSummary {
  std::optional<std::int64_t> first_at = {};  ///< the earliest time: lines are not in order
  std::optional<std::int64_t> last_at = {};
  std::string cwd = {};                  ///< the first
  std::string branch = {};               ///< the last
  std::string model = {};                ///< the last
  std::string prompt = {};               ///< the first line of the first one
  std::string summary = {};              ///< the last
  std::vector<std::string> models = {};  ///< in the order in which they were met
  std::map<std::string, std::int64_t, std::less<>> events = {};  ///< how many of each type

  void add_time(const std::optional<std::int64_t>& at);
  void add_model(std::string_view name);
  void add_event(std::string_view type);
  /// Counts, models and directory, as JSON.
  std::string context() const;
  Json to_json() const;
  static TranscriptSummary from_json(const Json& saved);
};

/// The directory that it began in, without a slash at its end: its project. Nothing: nobody said.
std::optional<std::string> project_of(const TranscriptSummary& summary);

/// The `sessions` row of a transcript; its title is the summary, or else the first prompt.
mirror::Row session_row(const mirror::Table& sessions, std::string_view runtime,
                        std::string_view session_id, const TranscriptSummary& summary);
/// The `agent_runs` row of a part of a session.
mirror::Row run_row(const mirror::Table& agent_runs, std::string_view type, std::string_view id,
                    std::string_view session_id, const TranscriptSummary& summary);

}  // namespace tain::syncd
