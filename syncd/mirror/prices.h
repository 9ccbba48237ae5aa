#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tain::mirror {

/// What tokens cost, in US dollars per million.
struct Rates {
  double input = 0;
  double output = 0;
  double cache_read = 0;
  double cache_write = 0;     ///< kept for five minutes
  double cache_write_1h = 0;  ///< kept for an hour
};

/// The price of one model.
struct Price {
  Rates rates = {};
  /// For the tokens of each kind beyond the first 200,000 of a message.
  std::optional<Rates> beyond_200k = {};
  /// For all tokens of a message that reads more than 272,000, from the cache or not.
  std::optional<Rates> long_context = {};
  double fast = 1;  ///< what the model's fast mode costs more, as a factor
};

/// Prices of models, as a file says them. Immutable, thread-safe.
///
/// A model goes by the price of its name, or else of the longest name that is a part of its own
/// ("us.anthropic.claude-opus-4-5-20251101-v1:0" of "claude-opus-4-5"), since providers add to it
/// in front and behind. A name that ends with "-fast" and has no price is the fast mode of the
/// rest.
class PriceTable {
 public:
  /// The table that this version ships with (prices.json).
  static PriceTable shipped();
  /// The shipped one, in which the models of the file at `path`, of the same form, have the prices
  /// that it says. Throws IoError, and SchemaError where it is not of that form.
  static PriceTable with_overrides(const std::filesystem::path& path);

  const std::string& date() const { return date_; }
  const std::string& source() const { return source_; }
  /// Differs where anything else does.
  const std::string& fingerprint() const { return fingerprint_; }

  struct Match {
    std::string_view name;  ///< whose price it is
    const Price* price;
    double factor;  ///< 1, or that of the fast mode
  };
  /// Nothing for a model that has no price.
  std::optional<Match> find(std::string_view model) const;

 private:
  void add(std::string_view json, const std::filesystem::path& path);
  const std::pair<const std::string, Price>* longest_part(std::string_view model) const;

  std::string date_;
  std::string source_;
  std::string fingerprint_;
  std::map<std::string, Price, std::less<>> prices_;
};

}  // namespace tain::mirror
