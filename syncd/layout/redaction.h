#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/model/field.h"
#include "json_tree.h"

namespace tain::syncd {

/// What of the files must not reach the mirror, as the configuration says it. A field is named as
/// it stands in the files: "content", or "message.content" for the one of a `message` only; it is
/// found at any depth, and in lists. A key may have dots of its own: "user.name" is also the field
/// that is called so.
struct RedactionRules {
  std::vector<std::string> drop = {};  ///< fields that are left out
  std::vector<std::string> hash = {};  ///< fields of which only equality is left
  /// Parts of the names, in any case, of environment variables whose values are left out.
  std::vector<std::string> secret_names = {"TOKEN",      "KEY",  "SECRET", "PASSWORD",  "PASSWD",
                                           "PASSPHRASE", "AUTH", "COOKIE", "CREDENTIAL"};
  /// The same, but only as a whole word of a name: PASS is in DB_PASS and dbPass, not in COMPASS. A
  /// variable that is called PWD is the directory.
  std::vector<std::string> secret_words = {"JWT", "PASS", "PAT", "PRIVATE", "PWD"};
  bool operator==(const RedactionRules&) const = default;
};

/// Blanks in texts of JSON what must not reach the mirror. Immutable, thread-safe.
///
///  1. A text keeps its length, so that offsets still lead into the file: a value is replaced by
///     null, by "#" and 16 digits of its SHA-256, or, where that does not fit, by "" or 0; and
///     spaces.
///  2. A hash of few bytes can be guessed: a value of fewer than 19 bytes, quotes included, is
///     dropped instead.
///  3. An environment is an object or a list below a key such as `env` (env, envVars, envOverrides,
///     environment, environmentVariables; in any case, with or without _), with members NAME:
///     VALUE, and elements "NAME=VALUE" or {"name": NAME, "value": VALUE}, at any depth. Its
///     secrets are dropped, also where a rule says that they, or what is around them, be hashed: a
///     hash is of what is left.
///  4. Only keys are looked at: a secret in the middle of a text is not found.
class Redaction {
 public:
  explicit Redaction(RedactionRules rules = {});

  const RedactionRules& rules() const { return rules_; }
  /// Whether something may have to be blanked in a text that has this key. It is asked for every
  /// key: texts without any of concern, nearly all, must not get slower.
  bool concerns(std::string_view key) const {
    return (begins_as_environment(key) && looks_for_names()) || (!fields_.empty() && is_named(key));
  }
  /// `text`, from which `root` was parsed, with all blanked that must be; nothing when that is
  /// nothing.
  std::optional<std::string> apply(const JsonNode& root, std::string_view text) const;

 private:
  class Pass;
  struct Field {
    std::string name;  // "message.content"
    bool hash;
  };

  static bool begins_as_environment(std::string_view key) {
    return key.size() >= 3 && (key[0] | 0x20) == 'e' && (key[1] | 0x20) == 'n' &&
           (key[2] | 0x20) == 'v';
  }
  bool looks_for_names() const {
    return !rules_.secret_names.empty() || !rules_.secret_words.empty();
  }
  bool is_named(std::string_view key) const;
  bool is_secret(std::string_view name) const;
  bool has_secret_word(std::string_view name) const;

  RedactionRules rules_;
  std::vector<Field> fields_;
};

}  // namespace tain::syncd

namespace tain {

template <>
struct Description<syncd::RedactionRules> {
  static constexpr auto fields = std::tuple{
      optional("drop", &syncd::RedactionRules::drop),
      optional("hash", &syncd::RedactionRules::hash),
      optional("secret_names", &syncd::RedactionRules::secret_names),
      optional("secret_words", &syncd::RedactionRules::secret_words),
  };
};

}  // namespace tain
