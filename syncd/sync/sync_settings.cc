#include "sync_settings.h"

#include <cstdint>
#include <vector>

#include "core/error.h"
#include "core/json/document.h"
#include "core/model/codec.h"
#include "syncd/mirror/ledger.h"

namespace tain::syncd {
namespace {

std::optional<std::size_t> read_size(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::size_t>();
}

std::optional<std::set<std::string, std::less<>>> read_names(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return std::nullopt;
  std::set<std::string, std::less<>> names;
  for (const Json& name : *found) {
    if (!name.is_string()) return std::nullopt;
    names.insert(name.get<std::string>());
  }
  return names;
}

// What is absent or not what it should be, gives nothing.
template <class T>
std::optional<T> read_described(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  const std::filesystem::path nowhere;
  try {
    return Codec<T>::decode(*found, Place(nowhere));
  } catch (const SchemaError&) {
    return std::nullopt;
  }
}

// A mirror that does not say which words were secret was built when none was, and holds them.
std::optional<RedactionRules> read_redaction(const Json& object) {
  const auto found = object.find("redact");
  if (found == object.end() || !found->contains("secret_words")) return std::nullopt;
  return read_described<RedactionRules>(object, "redact");
}

}  // namespace

// The budget of a transaction is left out: in how many pieces a log is read shows nowhere.
std::string to_text(const SyncSettings& settings) {
  const Json json = {{"max_body", settings.limits.max_body},
                     {"max_document", settings.limits.max_document},
                     {"max_line", settings.limits.max_line},
                     {"prune", settings.pruned},
                     {"redact", Codec<RedactionRules>::encode(settings.redaction)},
                     {"layouts", Codec<LayoutChoices>::encode(settings.layouts)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<SyncSettings> parse_settings(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto max_body = read_size(json, "max_body");
  const auto max_document = read_size(json, "max_document");
  const auto max_line = read_size(json, "max_line");
  auto pruned = read_names(json, "prune");
  auto redaction = read_redaction(json);
  auto layouts = read_described<LayoutChoices>(json, "layouts");
  if (!max_body || !max_document || !max_line || !pruned || !redaction || !layouts) {
    return std::nullopt;
  }
  return SyncSettings{{.max_body = *max_body, .max_document = *max_document, .max_line = *max_line},
                      std::move(*pruned),
                      std::move(*redaction),
                      std::move(*layouts)};
}

SyncSettings settings_of(const sqlite::Database& mirror) {
  auto settings = parse_settings(mirror::recorded_settings(mirror).value_or(""));
  if (settings) return std::move(*settings);
  throw Error("read the settings of", mirror.path(),
              "it does not say with which settings it was built; start the tain-syncd that belongs "
              "to this program, it rebuilds the mirror");
}

bool give_same_rows(const SyncSettings& a, const SyncSettings& b) {
  return a.limits.max_body == b.limits.max_body && a.limits.max_document == b.limits.max_document &&
         a.limits.max_line == b.limits.max_line && a.redaction == b.redaction &&
         a.layouts == b.layouts;
}

}  // namespace tain::syncd
