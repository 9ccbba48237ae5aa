#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/time.h"
#include "file_version.h"
#include "ledger.h"
#include "message_usage.h"
#include "prices.h"
#include "schema.h"
#include "sqlite/database.h"
#include "table_rows.h"

namespace tain::mirror {

/// The mirror's database as MirrorWriter has it open, and the statements prepared on it.
struct MirrorConnection {
  enum class Finding { empty, ours, other_version, foreign };

  /// Opens `path`; where it is empty, makes the tables. Of what is no mirror, or one of another
  /// version, only `finding` is said. Throws DatabaseError, is_corrupt() for what is no database.
  MirrorConnection(const std::filesystem::path& path, const Schema& schema, const Clock& clock,
                   const PriceTable& prices);

  TableRows& of(const Table& table);
  /// The counter of before goes on counting where the new one cannot be had.
  void count_by(const Schema& schema, const PriceTable& prices);
  void set_loading(bool loading);
  void prepare_cache();
  /// Brings the search index up to the rows, see search_tables.cc.
  void complete_search();
  /// Looks at the file below the database. SQLite itself would not notice: it holds the
  /// descriptors, and most pages in memory.
  bool looks_sound();
  /// Moves all of the journal into the file; false where a reader is in the way.
  bool checkpoint();

  sqlite::Database database;
  Finding finding;
  bool is_loading = false;
  std::vector<TableRows> tables;
  std::optional<sqlite::Statement> delete_anomalies;
  std::vector<sqlite::Statement> deletes;  // of what else there is of a file
  std::vector<sqlite::Statement> delete_lines;
  std::vector<sqlite::Statement> delete_folded;
  std::vector<sqlite::Statement> assignments;
  std::optional<sqlite::Statement> put_document;
  std::optional<sqlite::Statement> put_anomaly;
  std::map<std::string_view, sqlite::Statement> index_rows;
  std::optional<sqlite::Statement> note_new_row;
  std::optional<sqlite::Statement> find_unindexed;
  std::optional<sqlite::Statement> forget_noted;
  std::unique_ptr<MessageUsageCounter> usage;
  std::optional<Ledger> ledger;
  std::optional<FileVersion> version;
  std::vector<std::pair<std::filesystem::path, FileVersion>> journals;
  std::int64_t size = 0;  // of the database's file when it was looked at last
};

}  // namespace tain::mirror
