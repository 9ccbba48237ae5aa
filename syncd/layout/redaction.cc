#include "redaction.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

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

// Whether `name` ends with `key`, a key of its own.
bool ends_with_key(std::string_view name, std::string_view key) {
  if (!name.ends_with(key)) return false;
  return name.size() == key.size() || name[name.size() - key.size() - 1] == '.';
}

}  // namespace

// One text on its way. What is blanked is not looked into: neither is it there any more, nor may it
// be blanked again.
class Redaction::Pass {
 public:
  Pass(const Redaction& redaction, std::string_view text) : redaction_(redaction), text_(text) {}

  void visit(const JsonNode& node) { visit(node, Around{}); }
  std::optional<std::string> take() { return std::move(redacted_); }

 private:
  // What a value stands in.
  struct Around {
    bool is_environment = false;
    bool names_secret = false;  // {"name": NAME, "value": VALUE}, and the name is secret
  };

  void visit(const JsonNode& node, const Around& around) {
    const bool is_object = node.type == JsonNode::Type::object;
    for (const JsonNode* child = node.first; child != nullptr; child = child->next) {
      if (!is_object) {
        visit_element(*child, around);
        continue;
      }
      keys_.push_back(child->key);
      visit_member(*child, around);
      keys_.pop_back();
    }
  }

  void visit_member(const JsonNode& member, const Around& around) {
    const bool is_variable = around.is_environment && redaction_.is_secret(member.key);
    if (is_variable || (around.names_secret && member.key == "value")) return drop(member);
    const Field* field = field_here();
    if (field != nullptr && !field->hash) return drop(member);
    const bool is_environment = around.is_environment || begins_environment(member.key);
    if (member.is_container()) visit(member, {is_environment, false});
    if (field != nullptr) hash(member);
  }

  void visit_element(const JsonNode& element, const Around& around) {
    if (element.is_container()) {
      visit(element, {around.is_environment, around.is_environment && names_secret(element)});
    } else if (around.is_environment) {
      visit_assignment(element);
    }
  }

  const Field* field_here() const {
    for (const Field& field : redaction_.fields_) {
      if (is_here(field.name)) return &field;
    }
    return nullptr;
  }

  // Whether `name` is that of the value here: the last keys, with dots between them.
  bool is_here(std::string_view name) const {
    for (auto key = keys_.rbegin(); key != keys_.rend() && ends_with_key(name, *key); ++key) {
      if (name.size() == key->size()) return true;
      name.remove_suffix(key->size() + 1);
    }
    return false;
  }

  static bool begins_environment(std::string_view key) {
    if (!begins_as_environment(key)) return false;
    std::string name = to_upper(key);
    std::erase(name, '_');
    return std::find(kEnvironments.begin(), kEnvironments.end(), name) != kEnvironments.end();
  }

  bool names_secret(const JsonNode& element) const {
    const JsonNode* names[] = {text_member(element, "name"), text_member(element, "key")};
    return std::any_of(std::begin(names), std::end(names), [&](const JsonNode* name) {
      return name != nullptr && redaction_.is_secret(name->text);
    });
  }

  // "NAME=VALUE", of which the name may stay.
  void visit_assignment(const JsonNode& element) {
    const std::size_t end = element.text.find('=');
    if (end == std::string_view::npos || !redaction_.is_secret(element.text.substr(0, end))) return;
    // Behind the quote. Elsewhere it is not the sign of that name, which is written with escapes.
    const std::size_t sign = element.raw.find('=');
    if (sign != end + 1) return drop(element);
    put(element, std::string(element.raw.substr(0, sign + 1)) + "\"");
  }

  void drop(const JsonNode& value) {
    const std::size_t size = value.raw.size();
    put(value, size >= 4 ? "null" : size >= 2 ? "\"\"" : "0");
  }

  // Of what is left of it.
  void hash(const JsonNode& value) {
    const std::size_t size = value.raw.size();
    if (size < kDigits + 3) return drop(value);
    const bool is_text = value.type == JsonNode::Type::string;
    const std::string_view left =
        redacted_ ? std::string_view(*redacted_).substr(value.offset, size) : value.raw;
    put(value, "\"#" + digits_of(is_text ? value.text : left) + "\"");
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
  for (const std::string& name : rules_.drop) fields_.push_back({name, false});
  for (const std::string& name : rules_.hash) fields_.push_back({name, true});
}

bool Redaction::is_named(std::string_view key) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const Field& field) { return ends_with_key(field.name, key); });
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
