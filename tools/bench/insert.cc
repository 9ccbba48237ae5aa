// The floor of every catch-up: the rows of a finished mirror, from memory, into an empty one of the
// same schema, with prepared statements in one transaction.
//
//   bench_insert MIRROR NEW [--search]

#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "program.h"
#include "syncd/mirror/mirror_reader.h"
#include "syncd/mirror/schema.h"
#include "syncd/mirror/search_tables.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;
using tain::sqlite::Database;
using tain::sqlite::Statement;

struct Options {
  fs::path mirror;
  fs::path fresh;
  bool search = false;
};

// A table's rows, one value behind the other: a mirror has millions, and a variant each would take
// the memory of several mirrors.
class StoredRows {
 public:
  StoredRows(const Database& mirror, const std::string& table) : table_(table) {
    Statement rows = mirror.prepare("SELECT * FROM \"" + table + "\"");
    columns_ = sqlite3_column_count(rows.handle());
    for (; rows.step(); ++count_) {
      for (int i = 0; i < columns_; ++i) store(rows.handle(), i);
    }
  }

  std::int64_t count() const { return count_; }

  void insert(const Database& fresh) const {
    std::string sql = "INSERT INTO \"" + table_ + "\" VALUES(?1";
    for (int i = 2; i <= columns_; ++i) sql.append(", ?").append(std::to_string(i));
    Statement insert = fresh.prepare(sql + ")");
    const char* at = bytes_.data();
    for (std::int64_t row = 0; row < count_; ++row) {
      for (int i = 1; i <= columns_; ++i) at = bind(insert.handle(), i, at);
      insert.execute();
    }
  }

 private:
  template <class T>
  void put(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  template <class T>
  static T take(const char*& at) {
    T value;
    std::memcpy(&value, at, sizeof(value));
    at += sizeof(value);
    return value;
  }

  void store(sqlite3_stmt* row, int column) {
    const int type = sqlite3_column_type(row, column);
    bytes_ += static_cast<char>(type);
    if (type == SQLITE_INTEGER) {
      put(sqlite3_column_int64(row, column));
    } else if (type == SQLITE_FLOAT) {
      put(sqlite3_column_double(row, column));
    } else if (type != SQLITE_NULL) {
      const void* data = sqlite3_column_blob(row, column);
      const int size = sqlite3_column_bytes(row, column);
      put(size);
      bytes_.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
    }
  }

  static const char* bind(sqlite3_stmt* row, int parameter, const char* at) {
    const int type = *at++;
    if (type == SQLITE_INTEGER) {
      sqlite3_bind_int64(row, parameter, take<std::int64_t>(at));
    } else if (type == SQLITE_FLOAT) {
      sqlite3_bind_double(row, parameter, take<double>(at));
    } else if (type == SQLITE_NULL) {
      sqlite3_bind_null(row, parameter);
    } else {
      const int size = take<int>(at);
      if (type == SQLITE_TEXT) sqlite3_bind_text(row, parameter, at, size, SQLITE_STATIC);
      if (type == SQLITE_BLOB) sqlite3_bind_blob(row, parameter, at, size, SQLITE_STATIC);
      at += size;
    }
    return at;
  }

  std::string table_;
  int columns_ = 0;
  std::int64_t count_ = 0;
  std::string bytes_;
};

// All but what SQLite and FTS5 keep for themselves.
std::vector<StoredRows> read_rows(const Database& mirror) {
  Statement names = mirror.prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
      "AND name NOT LIKE 'sqlite_%' AND name <> 'unindexed' ORDER BY name");
  std::vector<StoredRows> tables;
  while (names.step()) tables.emplace_back(mirror, std::string(names.text(0)));
  return tables;
}

void drop_search(Database& fresh) {
  for (const auto& searched : tain::mirror::searched_tables()) {
    const std::string index = tain::mirror::search_table(searched);
    for (const char* event : {"insert", "delete", "update"}) {
      fresh.run("DROP TRIGGER IF EXISTS " + index + "_after_" + event);
    }
    fresh.run("DROP TABLE " + index);
  }
}

void fill_search(Database& fresh) {
  for (const auto& searched : tain::mirror::searched_tables()) {
    fresh.run(tain::mirror::index_all_rows(searched));
  }
  fresh.run(std::string(tain::mirror::forget_unindexed()));
}

// Closed, too: only then is everything in the file, as after a catch-up.
void insert_all(Database fresh, const std::vector<StoredRows>& tables, bool search) {
  tain::sqlite::Transaction transaction(fresh);
  for (const StoredRows& rows : tables) rows.insert(fresh);
  if (search) fill_search(fresh);
  transaction.commit();
}

Json measure(const Options& options) {
  const auto tables = read_rows(tain::mirror::open_for_reading(options.mirror));
  std::int64_t rows = 0;
  for (const StoredRows& table : tables) rows += table.count();
  Database fresh(options.fresh, Database::Mode::read_write);
  fresh.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  fresh.run(tain::mirror::create_statements(tain::mirror::Schema()));
  if (!options.search) drop_search(fresh);
  const std::int64_t ns =
      tain::bench::time_ns([&] { insert_all(std::move(fresh), tables, options.search); });
  return {{"rows", rows}, {"ns", ns}, {"bytes", fs::file_size(options.fresh)}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("mirror", options.mirror, "a finished one")->required();
    app.add_option("new", options.fresh, "the file to write")->required();
    app.add_flag("--search", options.search, "with the search indexes");
  };
  return tain::bench::run_program(argc, argv, "Times inserting a mirror's rows", add_options,
                                  [&] { return measure(options); });
}
