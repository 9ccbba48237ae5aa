#include "redaction.h"

#include <algorithm>
#include <array>
#include <utility>

#include "mapping.h"
#include "sha256.h"

namespace tain::syncd {
namespace {

// In upper case, without _. All of them begin as concerns() has it.
constexpr auto kEnvironments = std::to_array<std::string_view>(
    {"ENV", "ENVVARS", "ENVOVERRIDES", "ENVIRONMENT", "ENVIRONMENTVARIABLES"});
// The directory where a program runs.
constexpr std::string_view kWorkingDirectory = "PWD";
constexpr std::size_t kDigits = 16;

std::string digits_of(std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string digits;
  for (const std::uint8_t byte : sha256(value)) {
    if (digits.size() == kDigits) break;
    digits += kHex[byte >> 4];
    digits += kHex[byte & 0xF];
  }
  return digits;
}

std::string to_upper(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

// The words of a name, in upper case: those of DB_PASS2 and of dbPass are DB and PASS.
std::vector<std::string> words_in_name(std::string_view name) {
  std::vector<std::string> words;
  char before = 0;
  for (const char c : name) {
    const bool is_letter = is_upper(c) || is_lower(c);
    const bool begins =
        !(is_upper(before) || is_lower(before)) || (is_lower(before) && is_upper(c));
    if (is_letter && begins) words.emplace_back();
    if (is_letter) words.back() += c;
    before = c;
  }
  for (std::string& word : words) word = to_upper(word);
  return words;
}

const JsonNode* text_member(const JsonNode& object, std::string_view key) {
  const JsonNode* member = object.find(key);
  return member != nullptr && member->type == JsonNode::Type::string ? member : nullptr;
}

}  // namespace

// One text on its way.
class Redaction::Pass {
 public:
  Pass(const Redaction& redaction, std::string_view text) : redaction_(redaction), text_(text) {}

  void visit(const JsonNode& node) {
    const bool is_object = node.type == JsonNode::Type::object;
    for (const JsonNode* child = node.first; child != nullptr; child = child->next) {
      if (is_object) keys_.push_back(child->key);
      visit_value(*child, is_object);
      if (is_object) keys_.pop_back();
    }
  }

  std::optional<std::string> take() { return std::move(redacted_); }

 private:
  void visit_value(const JsonNode& value, bool is_member) {
    if (is_member) {
      if (const Field* field = field_here()) return blank(value, field->hash);
      if (is_environment(value)) visit_environment(value);
    }
    if (value.is_container()) visit(value);
  }

  const Field* field_here() const {
    for (const Field& field : redaction_.fields_) {
      const Path& path = field.path;
      if (path.size() > keys_.size()) continue;
      if (std::equal(path.rbegin(), path.rend(), keys_.rbegin())) return &field;
    }
    return nullptr;
  }

  static bool is_environment(const JsonNode& value) {
    if (!value.is_container() || !begins_as_environment(value.key)) return false;
    std::string key = to_upper(value.key);
    std::erase(key, '_');
    return std::find(kEnvironments.begin(), kEnvironments.end(), key) != kEnvironments.end();
  }

  void visit_environment(const JsonNode& environment) {
    const bool is_object = environment.type == JsonNode::Type::object;
    for (const JsonNode* child = environment.first; child != nullptr; child = child->next) {
      if (is_object && redaction_.is_secret(child->key)) {
        blank(*child, false);
      } else if (child->is_container()) {
        if (!is_object) visit_named_value(*child);
        visit_environment(*child);
      } else if (!is_object) {
        visit_assignment(*child);
      }
    }
  }

  // {"name": NAME, "value": VALUE}
  void visit_named_value(const JsonNode& element) {
    for (const std::string_view key : {"name", "key"}) {
      const JsonNode* name = text_member(element, key);
      if (name == nullptr || !redaction_.is_secret(name->text)) continue;
      for (const JsonNode* child = element.first; child != nullptr; child = child->next) {
        if (child->key == "value") blank(*child, false);
      }
    }
  }

  // "NAME=VALUE", of which the name may stay.
  void visit_assignment(const JsonNode& element) {
    const std::size_t end = element.text.find('=');
    if (end == std::string_view::npos || !redaction_.is_secret(element.text.substr(0, end))) return;
    const std::size_t sign = element.raw.find('=');
    if (sign == std::string_view::npos) return blank(element, false);
    put(element, std::string(element.raw.substr(0, sign + 1)) + "\"");
  }

  void blank(const JsonNode& value, bool hash) {
    const std::size_t size = value.raw.size();
    if (hash && size >= kDigits + 3) {
      const bool is_text = value.type == JsonNode::Type::string;
      return put(value, "\"#" + digits_of(is_text ? value.text : value.raw) + "\"");
    }
    put(value, size >= 4 ? "null" : size >= 2 ? "\"\"" : "0");
  }

  void put(const JsonNode& value, std::string with) {
    if (!redacted_) redacted_.emplace(text_);
    with.resize(value.raw.size(), ' ');
    redacted_->replace(value.offset, with.size(), with);
  }

  const Redaction& redaction_;
  std::string_view text_;
  std::vector<std::string_view> keys_;  // of the objects around, from the outermost
  std::optional<std::string> redacted_;
};

Redaction::Redaction(RedactionRules rules) : rules_(std::move(rules)) {
  for (const std::string& name : rules_.drop) fields_.push_back({keys_of(name), false});
  for (const std::string& name : rules_.hash) fields_.push_back({keys_of(name), true});
}

bool Redaction::is_named(std::string_view key) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const Field& field) { return field.path.back() == key; });
}

bool Redaction::is_secret(std::string_view name) const {
  const std::string upper = to_upper(name);
  const auto is_part = [&](const std::string& part) {
    return upper.find(to_upper(part)) != std::string::npos;
  };
  return std::any_of(rules_.secret_names.begin(), rules_.secret_names.end(), is_part) ||
         (upper != kWorkingDirectory && has_secret_word(name));
}

bool Redaction::has_secret_word(std::string_view name) const {
  const std::vector<std::string> words = words_in_name(name);
  return std::any_of(
      rules_.secret_words.begin(), rules_.secret_words.end(), [&](const std::string& secret) {
        return std::find(words.begin(), words.end(), to_upper(secret)) != words.end();
      });
}

std::optional<std::string> Redaction::apply(const JsonNode& root, std::string_view text) const {
  Pass pass(*this, text);
  pass.visit(root);
  return pass.take();
}

}  // namespace tain::syncd
