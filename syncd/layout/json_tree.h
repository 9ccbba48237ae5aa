#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json_text.h"
#include "syncd/mirror/row.h"

namespace tain::syncd {

/// One value of a parsed document. Refers to the parser's buffers.
struct JsonNode {
  enum class Type { null, boolean, integer, real, huge, string, array, object };

  Type type = Type::null;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;         ///< integer as well; of `huge` the nearest double, which may be infinite
  std::string_view text;   ///< of a string: its value
  std::string_view raw;    ///< as it stands in the document
  std::string_view key;    ///< of an object's member
  std::size_t offset = 0;  ///< where in the parsed text it begins, in bytes
  const JsonNode* first = nullptr;  ///< of an array or object: its children, linked by `next`
  const JsonNode* next = nullptr;

  bool is_number() const {
    return type == Type::integer || type == Type::real || type == Type::huge;
  }
  bool is_container() const { return type == Type::array || type == Type::object; }
  /// The member; the last one of those with this key, as RFC 8259 §4 says most readers do.
  const JsonNode* find(std::string_view key) const;
};

using mirror::Anomaly;
class Redaction;

struct JsonResult {
  const JsonNode* root = nullptr;  ///< null when there is a fault
  std::string_view text;           ///< that was given, without what must not be seen
  std::optional<JsonFault> fault;
  std::vector<Anomaly>
      anomalies;  ///< duplicate keys, numbers beyond int64 and double, lone surrogates, a BOM
};

/// Parses hostile text into a tree, checking all of it: simdjson's speed, none of its laziness.
///
/// simdjson's own DOM was rejected: one number beyond 64 bits, or one lone surrogate (JavaScript
/// writes those), fails the whole document, and it says nothing of duplicate keys.
class JsonParser {
 public:
  /// Deeper nesting is a fault; it bounds the stack.
  static constexpr std::size_t kMaxDepth = 1000;
  /// More values are a fault; it bounds the memory, of which each takes many times its text.
  static constexpr std::size_t kMaxValues = 1'000'000;
  /// Bytes that must be readable behind a text that is parsed.
  static std::size_t padding();

  /// Shows of each text only what `redaction` lets through; null: all. It has to outlive the
  /// parser.
  explicit JsonParser(const Redaction* redaction = nullptr);
  ~JsonParser();
  JsonParser(const JsonParser&) = delete;
  JsonParser& operator=(const JsonParser&) = delete;

  /// The result refers to this parser and to `text`, until the next call. `padding()` bytes behind
  /// `text` must be readable; their content does not matter.
  JsonResult parse(std::string_view text);

 private:
  struct Impl;

  JsonResult parse_whole(std::string_view text);

  std::unique_ptr<Impl> impl_;
  const Redaction* redaction_;
};

/// `raw` without insignificant white space.
std::string minify(std::string_view raw);

}  // namespace tain::syncd
