// What a question costs in a process that asks many: prepared and answered, on a connection that
// knows the schema, and has asked for nothing else.
//
//   bench_query MIRROR FILE.sql

#include <filesystem>
#include <fstream>
#include <sstream>

#include "program.h"
#include "syncd/mirror/mirror_reader.h"

namespace {

using tain::Json;

Json value_of(const tain::sqlite::Statement& row, int column) {
  switch (sqlite3_column_type(row.handle(), column)) {
    case SQLITE_INTEGER:
      return row.integer(column);
    case SQLITE_FLOAT:
      return row.real(column);
    case SQLITE_NULL:
      return nullptr;
    default:
      return std::string(row.text(column));
  }
}

Json answer(const tain::sqlite::Database& mirror, const std::string& sql) {
  tain::sqlite::Statement question = mirror.prepare(sql);
  Json rows = Json::array();
  while (question.step()) {
    Json row = Json::array();
    const int columns = sqlite3_column_count(question.handle());
    for (int i = 0; i < columns; ++i) row.push_back(value_of(question, i));
    rows.push_back(std::move(row));
  }
  return rows;
}

Json measure(const std::filesystem::path& path, const std::filesystem::path& file) {
  std::ostringstream sql;
  sql << std::ifstream(file).rdbuf();
  const tain::sqlite::Database mirror = tain::mirror::open_for_reading(path);
  answer(mirror, "SELECT count(*) FROM roots");
  Json rows;
  const std::int64_t ns = tain::bench::time_ns([&] { rows = answer(mirror, sql.str()); });
  return {{"ns", ns}, {"rows", std::move(rows)}};
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path mirror;
  std::filesystem::path file;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("mirror", mirror)->required();
    app.add_option("file", file, "with one statement")->required()->check(CLI::ExistingFile);
  };
  return tain::bench::run_program(argc, argv, "Times a question", add_options,
                                  [&] { return measure(mirror, file); });
}
