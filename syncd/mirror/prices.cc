#include "prices.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <functional>
#include <utility>

#include "core/error.h"
#include "core/fs/atomic_file.h"
#include "core/fs/file_system.h"
#include "core/json/document.h"
#include "syncd/shipped_prices.h"

namespace tain::mirror {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFastSuffix = "-fast";

void require_object(const Json& json, const std::string& place, const fs::path& path) {
  if (!json.is_object()) throw SchemaError(path, place, "an object", json.type_name());
}

double rate_in(const Json& object, const char* key, const std::string& place,
               const fs::path& path) {
  const auto found = object.find(key);
  if (found == object.end()) return 0;
  const double rate = found->is_number() ? found->get<double>() : -1;
  if (!(rate >= 0) || !std::isfinite(rate)) {
    throw SchemaError(path, place + "/" + key, "US dollars per million tokens", found->dump());
  }
  return rate;
}

Rates rates_in(const Json& object, const std::string& place, const fs::path& path) {
  require_object(object, place, path);
  const auto rate = [&](const char* key) { return rate_in(object, key, place, path); };
  return {rate("input"), rate("output"), rate("cache_read"), rate("cache_write"),
          rate("cache_write_1h")};
}

Price price_in(const Json& object, const std::string& place, const fs::path& path) {
  Price price{.rates = rates_in(object, place, path)};
  for (const auto& [key, rates] : {std::pair{"beyond_200k", &price.beyond_200k},
                                   std::pair{"long_context", &price.long_context}}) {
    if (object.contains(key)) *rates = rates_in(object[key], place + "/" + key, path);
  }
  if (object.contains("fast")) price.fast = rate_in(object, "fast", place, path);
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
  const Json document = Json::parse(json, nullptr, false);
  require_object(document, "", path);
  const Json models = document.value("models", Json());
  require_object(models, "/models", path);
  date_ = document.value("date", date_);
  source_ = document.value("source", source_);
  fingerprint_ = std::to_string(std::hash<std::string>()(fingerprint_ + std::string(json)));
  for (const auto& [model, price] : models.items()) {
    prices_[model] = price_in(price, "/models/" + model, path);
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
