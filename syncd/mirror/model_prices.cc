#include "model_prices.h"

#include <vector>

namespace tain::mirror {

ModelPrices::ModelPrices(sqlite::Database& database, const PriceTable& prices)
    : database_(database),
      prices_(prices),
      put_(database.prepare("INSERT OR REPLACE INTO model_prices "
                            "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)")) {
  refresh();
}

// Of the models that the mirror knows, where they are of another table of prices.
void ModelPrices::refresh() {
  sqlite::Statement models = database_.prepare("SELECT DISTINCT model FROM model_prices");
  std::vector<std::string> known;
  while (models.step()) known.emplace_back(models.text(0));
  models.reset();
  known_.insert(known.begin(), known.end());
  sqlite::Statement stored = database_.prepare("SELECT value FROM meta WHERE key = 'prices'");
  const bool is_current = stored.step() && stored.text(0) == prices_.fingerprint();
  stored.reset();
  if (is_current) return;
  sqlite::Transaction transaction(database_);
  database_.run("DELETE FROM model_prices");
  known_.clear();
  for (const std::string& model : known) know(model);
  database_
      .prepare(
          "INSERT OR REPLACE INTO meta(key, value) VALUES('prices', ?1), "
          "('prices_date', ?2), ('prices_source', ?3)")
      .bind(1, std::string_view(prices_.fingerprint()))
      .bind(2, std::string_view(prices_.date()))
      .bind(3, std::string_view(prices_.source()))
      .execute();
  transaction.commit();
}

void ModelPrices::know(const std::string& model) {
  if (model.empty() || known_.contains(model)) return;
  known_.insert(model);
  const auto match = prices_.find(model);
  const Price none;
  const Price& price = match ? *match->price : none;
  for (const bool is_long : {false, true}) {
    const bool has_long_rates = is_long && price.long_context;
    const Rates& rates = has_long_rates ? *price.long_context : price.rates;
    const Rates& beyond = has_long_rates ? rates : price.beyond_200k.value_or(rates);
    put_.bind(1, std::string_view(model)).bind(2, std::int64_t{is_long});
    if (match) {
      put_.bind(3, match->name);
    } else {
      put_.bind(3, nullptr);
    }
    int parameter = 4;
    for (const Rates& each : {rates, beyond}) {
      for (const double rate :
           {each.input, each.output, each.cache_read, each.cache_write, each.cache_write_1h}) {
        if (match) {
          put_.bind(parameter++, rate * match->factor);
        } else {
          put_.bind(parameter++, nullptr);
        }
      }
    }
    put_.execute();
  }
}

}  // namespace tain::mirror
