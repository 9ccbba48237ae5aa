#include "claude_code_line.h"

#include <algorithm>
#include <array>
#include <string>

namespace tain::syncd {
namespace {

// On every line, and said once, by the session; or a copy of what is there already.
constexpr auto kRepeated = std::to_array<std::string_view>(
    {"userType", "slug", "toolUseResult", "entrypoint", "isSnapshotUpdate"});
constexpr auto kOfMessages = std::to_array<std::string_view>(
    {"id", "type", "role", "model", "content", "usage", "stop_reason", "stop_sequence"});

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_true(const JsonNode* node) {
  return node != nullptr && node->type == JsonNode::Type::boolean && node->boolean;
}

const JsonNode* object_of(const JsonNode* node) {
  return node != nullptr && node->type == JsonNode::Type::object ? node : nullptr;
}

std::string_view type_of(const JsonNode& block) {
  return text_of(block.find("type"));
}

// What a block of a message's content says in words.
std::string_view words_of(const JsonNode& block) {
  const std::string_view type = type_of(block);
  if (type == "text") return text_of(block.find("text"));
  if (type == "thinking") return text_of(block.find("thinking"));
  return {};
}

bool has_elements(const JsonNode* node) {
  return node != nullptr && node->type == JsonNode::Type::array;
}

void read_counts(const JsonNode& counts, MessageUsage& usage) {
  usage.is_fast = text_of(counts.find("speed")) == "fast";
  usage.input_tokens = tokens_of(counts.find("input_tokens"));
  usage.output_tokens = tokens_of(counts.find("output_tokens"));
  usage.cache_read_tokens = tokens_of(counts.find("cache_read_input_tokens"));
  usage.cache_write_tokens = tokens_of(counts.find("cache_creation_input_tokens"));
  usage.cache_write_1h_tokens = 0;
  const JsonNode* by_duration = object_of(counts.find("cache_creation"));
  if (by_duration == nullptr) return;
  usage.cache_write_1h_tokens = tokens_of(by_duration->find("ephemeral_1h_input_tokens"));
  usage.cache_write_tokens =
      usage.cache_write_1h_tokens + tokens_of(by_duration->find("ephemeral_5m_input_tokens"));
}

bool says_something(const MessageUsage& usage) {
  return usage.cost_usd || usage.input_tokens > 0 || usage.output_tokens > 0 ||
         usage.cache_read_tokens > 0 || usage.cache_write_tokens > 0;
}

}  // namespace

ClaudeLine::ClaudeLine(const LogLine& line) : line_(&line) {
  read_members();
  if (message_ != nullptr) read_content();
  kind = type_;
  if (type_.empty() && message_ != nullptr) kind = text_of(message_->find("role"));
  if (tool_ != nullptr && (kind == "assistant" || kind == "user")) {
    kind = type_of(*tool_);
  } else if (kind == "assistant" && has_thinking_ && !has_text_) {
    kind = "thinking";
  }
}

void ClaudeLine::read_members() {
  for (const JsonNode* member = line_->object.first; member != nullptr; member = member->next) {
    const std::string_view key = member->key;
    if (key == "type") {
      type_ = text_of(member);
    } else if (key == "uuid") {
      uuid = text_of(member);
    } else if (key == "parentUuid") {
      parent_uuid = text_of(member);
      if (!parent_uuid.empty()) unknown_.push_back(member);
    } else if (key == "timestamp") {
      at = time_of(member);
    } else if (key == "sessionId") {
      session_id = text_of(member);
    } else if (key == "message") {
      message_ = object_of(member);
      if (message_ == nullptr) unknown_.push_back(member);
    } else if (key == "isSidechain") {
      is_sidechain = is_true(member);
    } else if (key == "cwd") {
      cwd = text_of(member);
    } else if (key == "version") {
      version = text_of(member);
    } else if (key == "gitBranch") {
      branch = text_of(member);
    } else if (key == "requestId") {
      request_id_ = text_of(member);
    } else if (key == "agentId") {
      agent_id = text_of(member);
    } else if (key == "isMeta") {
      is_meta_ = is_true(member);
      unknown_.push_back(member);
    } else if (key == "summary") {
      summary = text_of(member);
    } else if (key == "subtype") {
      subtype_ = text_of(member);
    } else if (key == "content") {
      top_content_ = member;
    } else if (key == "data" || key == "snapshot") {
      data_ = member;
    } else if (key == "costUSD") {
      cost_ = member;
    } else if (!is_one_of(kRepeated, key)) {
      unknown_.push_back(member);
    }
  }
  const JsonNode* data = object_of(data_);
  if (data == nullptr) return;
  if (!at) at = time_of(data->find("timestamp"));
  if (agent_id.empty()) agent_id = text_of(data->find("agentId"));
}

void ClaudeLine::read_content() {
  model = text_of(message_->find("model"));
  content_ = message_->find("content");
  if (!has_elements(content_)) return;
  for (const JsonNode* block = content_->first; block != nullptr; block = block->next) {
    const std::string_view type = type_of(*block);
    has_text_ = has_text_ || type == "text";
    has_thinking_ = has_thinking_ || type == "thinking";
    const bool is_tool = type == "tool_use" || type == "tool_result";
    if (is_tool && tool_ == nullptr) tool_ = block;
  }
}

bool ClaudeLine::is_prompt() const {
  return kind == "user" && !is_meta_;
}

std::string_view ClaudeLine::actor() const {
  if (kind == "user") return is_meta_ ? "system" : "user";
  if (kind == "assistant" || kind == "tool_use" || kind == "thinking") return "agent";
  return "system";
}

std::string ClaudeLine::title() const {
  if (tool_ != nullptr && kind == "tool_use") return std::string(text_of(tool_->find("name")));
  if (kind == "summary") return std::string(summary);
  if (!subtype_.empty()) return std::string(subtype_);
  const JsonNode* data = object_of(data_);
  return data == nullptr ? std::string() : std::string(type_of(*data));
}

std::string ClaudeLine::body() const {
  const JsonNode* content = content_ != nullptr ? content_ : top_content_;
  if (!has_elements(content)) return std::string(text_of(content));
  std::string body;
  for (const JsonNode* block = content->first; block != nullptr; block = block->next) {
    const std::string_view words = words_of(*block);
    if (!words.empty()) body.append(body.empty() ? "" : "\n").append(words);
  }
  return body;
}

std::string ClaudeLine::metadata() const {
  std::string metadata;
  if (tool_ == nullptr) return metadata;
  const bool is_use = kind == "tool_use";
  if (const JsonNode* id = tool_->find(is_use ? "id" : "tool_use_id")) {
    append_member(metadata, "tool_use_id", id->raw);
  }
  if (is_true(tool_->find("is_error"))) append_member(metadata, "is_error", "true");
  return metadata.empty() ? metadata : metadata + "}";
}

// One tool's input or result, or all blocks where there are more.
std::string ClaudeLine::data() const {
  if (tool_ == nullptr) return data_ == nullptr ? std::string() : std::string(data_->raw);
  const bool is_alone = content_->first->next == nullptr;
  const JsonNode* said = tool_->find(kind == "tool_use" ? "input" : "content");
  return std::string(is_alone && said != nullptr ? said->raw : content_->raw);
}

std::string ClaudeLine::extra() const {
  std::string extra;
  for (const JsonNode* member : unknown_) append_member(extra, member->key, member->raw);
  const std::string message = uncovered_of_message();
  if (!message.empty()) append_member(extra, "message", message);
  return extra.empty() ? extra : extra + "}";
}

std::string ClaudeLine::uncovered_of_message() const {
  std::string json;
  if (message_ == nullptr) return json;
  for (const JsonNode* member = message_->first; member != nullptr; member = member->next) {
    const bool is_null = member->type == JsonNode::Type::null;
    if (!is_null && !is_one_of(kOfMessages, member->key)) {
      append_member(json, member->key, member->raw);
    }
  }
  return json.empty() ? json : json + "}";
}

std::vector<MessageUsage> ClaudeLine::usages() const {
  std::vector<MessageUsage> usages;
  if (message_ != nullptr) add_usage(*message_, line_->object, usages);
  // A sub-agent's line inside a report of its progress.
  const JsonNode* data = object_of(data_);
  const JsonNode* inner = data == nullptr ? nullptr : object_of(data->find("message"));
  const JsonNode* message = inner == nullptr ? nullptr : object_of(inner->find("message"));
  if (message != nullptr) add_usage(*message, *inner, usages);
  return usages;
}

// `envelope` is what the message stands in.
void ClaudeLine::add_usage(const JsonNode& message, const JsonNode& envelope,
                           std::vector<MessageUsage>& usages) const {
  const JsonNode* counts = object_of(message.find("usage"));
  if (counts == nullptr) return;
  MessageUsage usage{.offset = line_->offset,
                     .at = at,
                     .session_id = session_id,
                     .agent_run_id = agent_id,
                     .model = text_of(message.find("model")),
                     .message_id = std::string(text_of(message.find("id"))),
                     .request_id = request_id_,
                     .is_sidechain = is_sidechain};
  if (&envelope != &line_->object) {
    usage.offset = offset_of(*counts);
    usage.at = time_of(envelope.find("timestamp"));
    usage.request_id = text_of(envelope.find("requestId"));
    usage.is_sidechain = is_true(envelope.find("isSidechain"));
  } else if (cost_ != nullptr && cost_->is_number()) {
    usage.cost_usd = cost_->real;
  }
  read_counts(*counts, usage);
  if (says_something(usage)) usages.push_back(usage);
  usage.cost_usd.reset();
  add_advice(*counts, usage, usages);
}

// Other models that a message consulted: what they took is not in the message's own counts.
void ClaudeLine::add_advice(const JsonNode& counts, const MessageUsage& of_message,
                            std::vector<MessageUsage>& usages) const {
  const JsonNode* iterations = counts.find("iterations");
  if (!has_elements(iterations)) return;
  std::size_t number = 0;
  for (const JsonNode* child = iterations->first; child != nullptr; child = child->next) {
    const std::string_view adviser = text_of(child->find("model"));
    if (type_of(*child) != "advisor_message" || adviser.empty()) continue;
    MessageUsage advice = of_message;
    advice.offset = offset_of(*child);
    advice.model = adviser;
    if (!advice.message_id.empty()) advice.message_id += ":advisor:" + std::to_string(number);
    ++number;
    read_counts(*child, advice);
    usages.push_back(std::move(advice));
  }
}

std::int64_t ClaudeLine::offset_of(const JsonNode& node) const {
  return line_->offset + (node.raw.data() - line_->object.raw.data());
}

}  // namespace tain::syncd
