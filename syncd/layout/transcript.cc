#include "transcript.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/json/time.h"

namespace tain::syncd {
namespace {

// Of data a text's limit leaves this part: 1 KiB of 16.
constexpr std::size_t kDataPart = 16;
constexpr std::size_t kLongestTitle = 120;
constexpr std::size_t kLongestName = 4096;
// Of different words that a transcript may make us remember: hostile ones have no end.
constexpr std::size_t kMostWords = 64;
constexpr std::string_view kOtherWords = "…";
// Of one message. Beyond that somebody is joking, and sums would not fit 64 bits.
constexpr std::int64_t kMostTokens = 10'000'000'000;
constexpr double kMostCost = 1e6;

bool is_plain(std::string_view key) {
  return std::all_of(key.begin(), key.end(), [](char c) {
    return c >= ' ' && c != '"' && c != '\\' && static_cast<unsigned char>(c) < 0x80;
  });
}

// Between two characters of UTF-8.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

std::string quoted(std::string_view text) {
  if (is_plain(text)) return std::string("\"").append(text).append("\"");
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

mirror::Value text_or_null(std::string_view text) {
  if (text.empty()) return {};
  return std::string(text);
}

mirror::Value number_or_null(const std::optional<std::int64_t>& number) {
  if (!number) return {};
  return *number;
}

bool is_hexadecimal(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// "2.1.39" is {2, 1}, as far as there are so many.
std::vector<int> version_numbers(std::string_view text) {
  std::vector<int> numbers;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); numbers.size() < 2;) {
    int number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ec != std::errc()) break;
    numbers.push_back(number);
    if (read.ptr == end || *read.ptr != '.') break;
    at = read.ptr + 1;
  }
  return numbers;
}

std::string text_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::int64_t> number_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

}  // namespace

EventColumns::EventColumns(const mirror::Table& events)
    : line_offset(events.index_of("line_offset")),
      line_length(events.index_of("line_length")),
      id(events.index_of("id")),
      at(events.index_of("at")),
      type(events.index_of("type")),
      session_id(events.index_of("session_id")),
      agent_run_id(events.index_of("agent_run_id")),
      actor_type(events.index_of("actor_type")),
      lane(events.index_of("lane")),
      title(events.index_of("title")),
      body(events.index_of("body")),
      metadata(events.index_of("metadata")),
      model(events.index_of("model")),
      data(events.index_of("data")),
      extra(events.index_of("extra")),
      left_in_file(events.index_of("left_in_file")) {}

UsageRows::UsageRows(const mirror::Table& message_usage)
    : table_(&message_usage),
      line_offset_(message_usage.index_of("line_offset")),
      at_(message_usage.index_of("at")),
      model_(message_usage.index_of("model")),
      message_id_(message_usage.index_of("message_id")),
      request_id_(message_usage.index_of("request_id")),
      session_id_(message_usage.index_of("session_id")),
      agent_run_id_(message_usage.index_of("agent_run_id")),
      is_sidechain_(message_usage.index_of("is_sidechain")),
      input_(message_usage.index_of("input_tokens")),
      output_(message_usage.index_of("output_tokens")),
      cache_read_(message_usage.index_of("cache_read_tokens")),
      cache_write_(message_usage.index_of("cache_write_tokens")),
      cache_write_1h_(message_usage.index_of("cache_write_1h_tokens")),
      cost_(message_usage.index_of("cost_usd")) {}

mirror::Row UsageRows::row(const MessageUsage& usage) const {
  mirror::Row row{table_, std::vector<mirror::Value>(table_->columns.size())};
  row.values[line_offset_] = usage.offset;
  row.values[at_] = number_or_null(usage.at);
  const std::string_view model = name_or_none(usage.model);
  if (!model.empty()) {
    row.values[model_] = std::string(model).append(usage.is_fast ? "-fast" : "");
  }
  row.values[message_id_] = text_or_null(usage.message_id);
  row.values[request_id_] = text_or_null(usage.request_id);
  row.values[session_id_] = text_or_null(usage.session_id);
  row.values[agent_run_id_] = text_or_null(usage.agent_run_id);
  row.values[is_sidechain_] = std::int64_t{usage.is_sidechain};
  row.values[input_] = usage.input_tokens;
  row.values[output_] = usage.output_tokens;
  row.values[cache_read_] = usage.cache_read_tokens;
  row.values[cache_write_] = usage.cache_write_tokens;
  row.values[cache_write_1h_] = usage.cache_write_1h_tokens;
  const bool is_a_cost = usage.cost_usd && *usage.cost_usd >= 0 && *usage.cost_usd <= kMostCost;
  if (is_a_cost) row.values[cost_] = *usage.cost_usd;
  return row;
}

std::string_view text_of(const JsonNode* node) {
  return node != nullptr && node->type == JsonNode::Type::string ? node->text : std::string_view();
}

std::optional<std::int64_t> time_of(const JsonNode* node) {
  if (node == nullptr) return std::nullopt;
  std::optional<Timestamp> time;
  if (node->type == JsonNode::Type::string) time = parse_time(node->text);
  if (node->is_number()) time = time_from_number(node->real);
  return time ? std::optional(time->ms) : std::nullopt;
}

std::int64_t tokens_of(const JsonNode* node) {
  if (node == nullptr || node->type != JsonNode::Type::integer) return 0;
  return node->integer < 0 || node->integer > kMostTokens ? 0 : node->integer;
}

void leave_long_values(const EventColumns& columns, std::size_t max_body, mirror::Row& event) {
  const std::pair<std::size_t, std::size_t> limits[] = {{columns.title, max_body},
                                                        {columns.body, max_body},
                                                        {columns.data, max_body / kDataPart},
                                                        {columns.extra, max_body / kDataPart}};
  std::string left;
  for (const auto& [column, most] : limits) {
    mirror::Value& value = event.values[column];
    const std::string* text = std::get_if<std::string>(&value);
    if (text == nullptr || text->size() <= most) continue;
    left.append(left.empty() ? "[\"" : ",\"")
        .append(event.table->columns[column].name)
        .append("\"");
    value = std::monostate();
  }
  if (!left.empty()) event.values[columns.left_in_file] = left.append("]");
}

void append_member(std::string& object, std::string_view key, std::string_view raw) {
  object.append(object.empty() ? "{" : ",").append(quoted(key)).append(":").append(raw);
}

std::string title_of(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(begin);
  text = text.substr(0, text.find_first_of("\r\n"));
  const std::string_view title = cut(text, kLongestTitle);
  return std::string(title).append(title.size() < text.size() ? "…" : "");
}

std::string_view name_or_none(std::string_view name) {
  return name.size() > kLongestName ? std::string_view() : name;
}

std::string_view beginning_of(std::string_view text) {
  return cut(text, kLongestName);
}

bool is_uuid(std::string_view text) {
  constexpr std::size_t kSize = 36;
  if (text.size() != kSize) return false;
  for (const std::size_t dash : {8UL, 13UL, 18UL, 23UL}) {
    if (text[dash] != '-') return false;
  }
  return is_hexadecimal(text.substr(0, 8)) && is_hexadecimal(text.substr(9, 4)) &&
         is_hexadecimal(text.substr(14, 4)) && is_hexadecimal(text.substr(19, 4)) &&
         is_hexadecimal(text.substr(24));
}

bool is_newer(std::string_view found, std::string_view tested) {
  const std::vector<int> limit = version_numbers(tested);
  std::vector<int> version = version_numbers(found);
  version.resize(std::min(version.size(), limit.size()));
  return version > limit;
}

Anomaly newer_format(std::string_view layout, std::string_view found, std::string_view tested) {
  return {std::string(kNewerFormat), "/version",
          std::string(found)
              .append(" of ")
              .append(layout)
              .append(" is newer than the ")
              .append(tested)
              .append(".x that this was tested with; what is not known stays in extra and data")};
}

void TranscriptSummary::add_time(const std::optional<std::int64_t>& at) {
  if (!at) return;
  first_at = std::min(first_at.value_or(*at), *at);
  last_at = std::max(last_at.value_or(*at), *at);
}

void TranscriptSummary::add_model(std::string_view name) {
  if (name.empty() || name == model || name_or_none(name).empty()) return;
  model = name;
  const bool is_known = std::find(models.begin(), models.end(), name) != models.end();
  if (!is_known && models.size() < kMostWords) models.emplace_back(name);
}

void TranscriptSummary::add_event(std::string_view type) {
  auto found = events.find(type);
  if (found == events.end()) {
    const bool is_kept = events.size() < kMostWords && type.size() <= kLongestTitle;
    const std::string_view known = is_kept ? type : kOtherWords;
    found = events.try_emplace(std::string(known)).first;
  }
  ++found->second;
}

std::string TranscriptSummary::context() const {
  Json context = Json::object();
  if (!cwd.empty()) context["cwd"] = cwd;
  context["models"] = models;
  context["events"] = Json::object();
  for (const auto& [type, count] : events) context["events"][type] = count;
  return context.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json TranscriptSummary::to_json() const {
  Json json = Json::object();
  if (first_at) json["first_at"] = *first_at;
  if (last_at) json["last_at"] = *last_at;
  for (const auto& [key, text] : {std::pair<const char*, const std::string*>{"cwd", &cwd},
                                  {"branch", &branch},
                                  {"model", &model},
                                  {"prompt", &prompt},
                                  {"summary", &summary}}) {
    if (!text->empty()) json[key] = *text;
  }
  if (!models.empty()) json["models"] = models;
  for (const auto& [type, count] : events) json["events"][type] = count;
  return json;
}

TranscriptSummary TranscriptSummary::from_json(const Json& saved) {
  TranscriptSummary summary;
  summary.first_at = number_in(saved, "first_at");
  summary.last_at = number_in(saved, "last_at");
  summary.cwd = text_in(saved, "cwd");
  summary.branch = text_in(saved, "branch");
  summary.model = text_in(saved, "model");
  summary.prompt = text_in(saved, "prompt");
  summary.summary = text_in(saved, "summary");
  if (saved.contains("models")) summary.models = saved["models"].get<std::vector<std::string>>();
  if (!saved.contains("events")) return summary;
  for (const auto& [type, count] : saved["events"].items()) {
    summary.events[type] = count.get<std::int64_t>();
  }
  return summary;
}

std::optional<std::string> project_of(const TranscriptSummary& summary) {
  std::string_view root = summary.cwd;
  while (root.size() > 1 && root.ends_with('/')) root.remove_suffix(1);
  return root.empty() ? std::nullopt : std::optional(std::string(root));
}

mirror::Row session_row(const mirror::Table& sessions, std::string_view runtime,
                        std::string_view session_id, const TranscriptSummary& summary) {
  mirror::Row row{&sessions, std::vector<mirror::Value>(sessions.columns.size())};
  row["session_id"] = text_or_null(session_id);
  row["topic"] = text_or_null(summary.summary.empty() ? summary.prompt : title_of(summary.summary));
  row["summary"] = text_or_null(summary.summary);
  row["git_branch"] = text_or_null(summary.branch);
  row["runtime_source"] = std::string(runtime);
  row["runtime_session_id"] = text_or_null(session_id);
  row["context"] = summary.context();
  row["created_at"] = row["started_at"] = number_or_null(summary.first_at);
  row["updated_at"] = row["last_activity_at"] = number_or_null(summary.last_at);
  return row;
}

mirror::Row run_row(const mirror::Table& agent_runs, std::string_view type, std::string_view id,
                    std::string_view session_id, const TranscriptSummary& summary) {
  mirror::Row row{&agent_runs, std::vector<mirror::Value>(agent_runs.columns.size())};
  row["id"] = text_or_null(id);
  row["session_id"] = text_or_null(session_id);
  row["agent_type"] = std::string(type);
  row["name"] = text_or_null(summary.prompt);
  row["model"] = text_or_null(summary.model);
  row["working_dir"] = text_or_null(summary.cwd);
  row["metadata"] = summary.context();
  row["created_at"] = row["started_at"] = number_or_null(summary.first_at);
  row["completed_at"] = number_or_null(summary.last_at);
  return row;
}

}  // namespace tain::syncd
