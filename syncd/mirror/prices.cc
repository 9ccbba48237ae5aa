#include "prices.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

#include "core/error.h"
#include "core/fs/atomic_file.h"
#include "core/fs/file_system.h"
#include "core/json/document.h"
#include "core/model/codec.h"
#include "syncd/shipped_prices.h"

namespace tain::mirror {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFastSuffix = "-fast";

constexpr auto kKeys = std::to_array<std::string_view>({"source", "date", "unit", "models"});
constexpr auto kRates = std::to_array<std::string_view>(
    {"input", "output", "cache_read", "cache_write", "cache_write_1h"});
constexpr auto kKeysOfPrice =
    std::to_array<std::string_view>({"input", "output", "cache_read", "cache_write",
                                     "cache_write_1h", "beyond_200k", "long_context", "fast"});

// A misspelt key would make a model free.
void require_object_of(std::span<const std::string_view> keys, const Json& json,
                       const Place& place) {
  if (!json.is_object()) place.reject("an object", json);
  std::string list;
  for (const std::string_view key : keys) list.append(list.empty() ? "one of " : ", ").append(key);
  for (const auto& member : json.items()) {
    const bool is_known = std::find(keys.begin(), keys.end(), member.key()) != keys.end();
    if (!is_known) Place(place, member.key()).reject(list, member.value());
  }
}

double number_in(const Json& object, std::string_view key, const std::string& expected,
                 const Place& place) {
  const Json found = object.value(key, Json(Json::value_t::discarded));
  const double number = found.is_number() ? found.get<double>() : -1;
  if (!(number >= 0) || !std::isfinite(number)) Place(place, key).reject(expected, found);
  return number;
}

// Of an object of known keys.
Rates rates_in(const Json& object, const Place& place) {
  const auto rate = [&](std::string_view key, bool is_required = false) {
    if (!is_required && !object.contains(key)) return 0.0;
    return number_in(object, key, "US dollars per million tokens", place);
  };
  return {rate("input", true), rate("output", true), rate("cache_read"), rate("cache_write"),
          rate("cache_write_1h")};
}

Price price_in(const Json& object, const Place& place) {
  require_object_of(kKeysOfPrice, object, place);
  Price price{.rates = rates_in(object, place)};
  for (const auto& [key, rates] : {std::pair{"beyond_200k", &price.beyond_200k},
                                   std::pair{"long_context", &price.long_context}}) {
    if (!object.contains(key)) continue;
    const Place here(place, key);
    require_object_of(kRates, object[key], here);
    *rates = rates_in(object[key], here);
  }
  if (object.contains("fast")) price.fast = number_in(object, "fast", "a factor", place);
  return price;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether `rest`, behind a model's name, makes it another one: "gpt-51", "gpt-5.1" and
// "claude-opus-4-1" are not what they begin with; with a date behind it a model stays itself.
bool names_another(std::string_view rest) {
  if (rest.empty()) return false;
  if (is_letter_or_digit(rest.front()) || rest.front() == '.') return true;
  rest.remove_prefix(1);
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  return digits == 1 || digits == 2;
}

// Whether `part` stands in `name` as a name of its own.
bool is_part(std::string_view name, std::string_view part) {
  for (std::size_t at = name.find(part); at != std::string_view::npos;
       at = name.find(part, at + 1)) {
    const bool begins = at == 0 || !is_letter_or_digit(name[at - 1]);
    if (begins && !names_another(name.substr(at + part.size()))) return true;
  }
  return false;
}

}  // namespace

PriceTable PriceTable::shipped() {
  PriceTable table;
  table.add(kShippedPrices, "prices.json");
  return table;
}

PriceTable PriceTable::with_overrides(const fs::path& path) {
  PriceTable table = shipped();
  const std::optional<std::string> json = read_file(FileSystem::real(), path);
  if (!json) throw IoError("read", path, ENOENT);
  table.add(*json, path);
  return table;
}

void PriceTable::add(std::string_view json, const fs::path& path) {
  const Json document = Document::parse(json, path).root();
  const Place file(path);
  require_object_of(kKeys, document, file);
  const Json models = document.value("models", Json(Json::value_t::discarded));
  const Place here(file, "models");
  if (!models.is_object()) here.reject("an object", models);
  for (const auto& [key, said] : {std::pair{"date", &date_}, std::pair{"source", &source_}}) {
    if (document.contains(key)) *said = Codec<std::string>::decode(document[key], {file, key});
  }
  fingerprint_ = std::to_string(std::hash<std::string>()(fingerprint_ + std::string(json)));
  for (const auto& [model, price] : models.items()) {
    prices_[model] = price_in(price, Place(here, model));
  }
}

std::optional<PriceTable::Match> PriceTable::find(std::string_view model) const {
  const auto exact = prices_.find(model);
  if (exact != prices_.end()) return Match{exact->first, &exact->second, 1};
  if (model.ends_with(kFastSuffix)) {
    const std::string_view slow = model.substr(0, model.size() - kFastSuffix.size());
    const auto same = prices_.find(slow);
    const auto* priced = same != prices_.end() ? &*same : longest_part(slow);
    if (priced != nullptr) return Match{priced->first, &priced->second, priced->second.fast};
  }
  const auto* part = longest_part(model);
  if (part == nullptr) return std::nullopt;
  return Match{part->first, &part->second, 1};
}

const std::pair<const std::string, Price>* PriceTable::longest_part(std::string_view model) const {
  const std::pair<const std::string, Price>* longest = nullptr;
  for (const auto& entry : prices_) {
    const bool is_longer = longest == nullptr || entry.first.size() > longest->first.size();
    if (is_longer && is_part(model, entry.first)) longest = &entry;
  }
  return longest;
}

}  // namespace tain::mirror
