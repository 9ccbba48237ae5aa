#pragma once

#include <set>
#include <string>

#include "prices.h"
#include "sqlite/database.h"

namespace tain::mirror {

/// The owner of `model_prices`: what tokens of each model cost that the mirror knows. Views join it
/// when somebody asks, so that other prices need no other mirror.
class ModelPrices {
 public:
  /// Refreshes the table where the mirror has it of another table of prices, in a transaction of
  /// its own. `prices` has to outlive this. Throws DatabaseError.
  ModelPrices(sqlite::Database& database, const PriceTable& prices);

  /// Sees to it that the model has its rows, with or without a price; an empty name is none.
  void know(const std::string& model);
  /// Forgets what it knows to be written: the rows are rolled back.
  void discard() { known_.clear(); }

 private:
  void refresh();

  sqlite::Database& database_;
  const PriceTable& prices_;
  sqlite::Statement put_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace tain::mirror
