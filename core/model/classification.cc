#include "classification.h"

#include <array>

#include "event.h"

namespace tain {
namespace {

struct Rule {
  std::string_view word;
  Lane lane;
  std::string_view tag;
};

// The well-known types of events: seed 001's words, seed 000's dotted kinds, and libtain's own.
constexpr auto kTypes = std::to_array<Rule>({
    {"created", Lane::coordination, "lifecycle"},
    {"session_started", Lane::coordination, "lifecycle"},
    {"session_ended", Lane::coordination, "lifecycle"},
    {"update", Lane::implementation, "progress"},
    {"milestone", Lane::planning, "progress"},
    {"blocker", Lane::questions, "blocker"},
    {"spawn", Lane::coordination, "lifecycle"},
    {"task_start", Lane::coordination, "lifecycle"},
    {"task_complete", Lane::coordination, "lifecycle"},
    {"command", Lane::implementation, "terminal"},
    {"log", Lane::implementation, "log"},
    {"error", Lane::implementation, "error"},
    {"task.start", Lane::coordination, "lifecycle"},
    {"task.complete", Lane::coordination, "lifecycle"},
    {"task.error", Lane::coordination, "error"},
    {"session.started", Lane::coordination, "lifecycle"},
    {"session.ended", Lane::coordination, "lifecycle"},
    {"user.message", Lane::user, "message"},
    {"assistant.response", Lane::user, "message"},
    {"tool.used", Lane::implementation, "tool"},
    {"terminal.command", Lane::implementation, "terminal"},
    {"file.changed", Lane::implementation, "file"},
    {"action.logged", Lane::implementation, "action"},
    {"verification.logged", Lane::implementation, "verification"},
    {"plan.logged", Lane::planning, "plan"},
    {"thought.logged", Lane::planning, "thought"},
    {"context.saved", Lane::planning, "context"},
    {"rule.logged", Lane::planning, "rule"},
    {"instructions.loaded", Lane::planning, "instructions"},
    {"question.logged", Lane::questions, "question"},
    {"todo.logged", Lane::todos, "todo"},
    {"agent.activity.logged", Lane::coordination, "agent"},
    {"task.created", Lane::background, "background"},
    {"task.updated", Lane::background, "background"},
    {"task.message.inbound", Lane::background, "message"},
    {"task.message.outbound", Lane::background, "message"},
    {"execution.queued", Lane::background, "execution"},
    {"execution.running", Lane::background, "execution"},
    {"execution.cancelling", Lane::background, "execution"},
    {"execution.succeeded", Lane::background, "execution"},
    {"execution.failed", Lane::background, "execution"},
    {"execution.cancelled", Lane::background, "execution"},
    {"execution.timed_out", Lane::background, "execution"},
});

// Tools whose use says more than that one was used.
constexpr auto kTools = std::to_array<Rule>({
    {"Read", Lane::exploration, "read"},
    {"Grep", Lane::exploration, "search"},
    {"Glob", Lane::exploration, "search"},
    {"LS", Lane::exploration, "search"},
    {"WebFetch", Lane::exploration, "web"},
    {"WebSearch", Lane::exploration, "web"},
    {"TodoWrite", Lane::todos, "todo"},
    {"AskUserQuestion", Lane::questions, "question"},
    {"ExitPlanMode", Lane::planning, "plan"},
    {"Task", Lane::coordination, "agent"},
    {"Agent", Lane::coordination, "agent"},
    {"Skill", Lane::coordination, "skill"},
});

// Fields of an event's metadata that say where it belongs.
constexpr auto kMetadata = std::to_array<Rule>({
    {"question_phase", Lane::questions, "question"},
    {"todo_state", Lane::todos, "todo"},
});

template <std::size_t N>
const Rule* find(const std::array<Rule, N>& rules, std::string_view word) {
  for (const Rule& rule : rules) {
    if (rule.word == word) return &rule;
  }
  return nullptr;
}

std::string text_at(const std::optional<Json>& object, const char* key) {
  if (!object || !object->is_object()) return {};
  const auto found = object->find(key);
  return found != object->end() && found->is_string() ? found->get<std::string>() : "";
}

std::string tool_of(const Event& event) {
  const std::string tool = text_at(event.metadata, "tool_name");
  return tool.empty() ? text_at(event.data, "tool_name") : tool;
}

void apply(Classification& result, const Rule* rule, std::string_view what) {
  if (rule == nullptr) return;
  if (!result.lane) result.lane = rule->lane;
  result.tags.emplace_back(rule->tag);
  result.matches.push_back(std::string(what) + " " + std::string(rule->word));
}

}  // namespace

std::optional<Lane> default_lane(std::string_view type) {
  const Rule* rule = find(kTypes, type);
  return rule == nullptr ? std::nullopt : std::optional(rule->lane);
}

std::optional<Classification> classify(const Event& event) {
  Classification result;
  for (const Rule& rule : kMetadata) {
    if (!text_at(event.metadata, std::string(rule.word).c_str()).empty()) {
      apply(result, &rule, "metadata");
    }
  }
  const std::string tool = tool_of(event);
  apply(result, find(kTools, tool), "tool");
  if (tool.starts_with("mcp__")) {
    const Rule mcp{tool, Lane::coordination, "mcp"};
    apply(result, &mcp, "tool");
  }
  apply(result, find(kTypes, event.type), "type");
  if (result.matches.empty()) return std::nullopt;
  return result;
}

}  // namespace tain
