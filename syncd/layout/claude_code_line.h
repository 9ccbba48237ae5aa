#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json_tree.h"
#include "layout.h"
#include "transcript.h"

namespace tain::syncd {

/// One line of a transcript of Claude Code, taken apart. Refers to the parser's buffers.
///
/// What becomes of it as an event:
///
///  - `type` is the line's own, but that of a message's line says what the message is for: an
///    assistant's is `tool_use` or `thinking` where it is that, a user's `tool_result`. Without a
///    type it is the message's role.
///  - `title` is what names it at a glance (the tool, the summary, the subtype), `body` what
///  somebody
///    wrote, `data` the tool's input or result, or whatever else the line is about.
///  - What every line repeats (version, branch, directory, …) belongs to the session, and is not
///    copied; nor is `toolUseResult`, the program's own copy of a result. What nobody knows goes to
///    `extra`.
class ClaudeLine {
 public:
  explicit ClaudeLine(const LogLine& line);

  std::string_view kind;  ///< the event's type; empty: nothing says it
  std::string_view uuid;
  std::string_view parent_uuid;
  std::string_view session_id;
  std::string_view agent_id;
  std::string_view version;
  std::string_view cwd;
  std::string_view branch;
  std::string_view summary;  ///< of a summary line
  std::string_view model;
  std::optional<std::int64_t> at;
  bool is_sidechain = false;

  /// Whether somebody wrote it to the agent.
  bool is_prompt() const;
  std::string_view actor() const;
  std::string title() const;
  std::string body() const;
  /// What ties a tool's use to its result.
  std::string metadata() const;
  std::string data() const;
  std::string extra() const;
  /// What the line says that models took: of its message, of one inside it, of advisors.
  std::vector<MessageUsage> usages() const;

 private:
  void read_members();
  void read_content();
  std::string uncovered_of_message() const;
  void add_usage(const JsonNode& message, const JsonNode& envelope,
                 std::vector<MessageUsage>& usages) const;
  void add_advice(const JsonNode& counts, const MessageUsage& of_message,
                  std::vector<MessageUsage>& usages) const;
  std::int64_t offset_of(const JsonNode& node) const;

  const LogLine* line_;
  std::string_view type_;
  std::string_view subtype_;
  std::string_view request_id_;
  bool is_meta_ = false;
  const JsonNode* message_ = nullptr;
  const JsonNode* content_ = nullptr;
  const JsonNode* top_content_ = nullptr;  // of lines that have no message
  const JsonNode* data_ = nullptr;
  const JsonNode* cost_ = nullptr;
  const JsonNode* tool_ = nullptr;  // the first block of a tool's use or result
  bool has_text_ = false;
  bool has_thinking_ = false;
  std::vector<const JsonNode*> unknown_;
};

}  // namespace tain::syncd
