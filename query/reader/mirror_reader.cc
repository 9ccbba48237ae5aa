#include "mirror_reader.h"

#include <map>
#include <utility>

#include "syncd/mirror/mirror_reader.h"

namespace tain::query {

// The statements that are ready; one that has rows to give is not among them, so that a list may be
// asked for while the same list is being read.
struct MirrorReader::Connection {
  explicit Connection(const std::filesystem::path& mirror)
      : database(mirror::open_for_reading(mirror)) {}

  sqlite::Statement take(const std::string& sql) {
    if (auto found = ready.extract(sql)) return std::move(found.mapped());
    return database.prepare(sql);
  }

  sqlite::Database database;
  std::multimap<std::string, sqlite::Statement> ready;
};

struct Cursor::State {
  State(std::shared_ptr<MirrorReader::Connection> opened, std::string text,
        std::vector<Conditions::Parameter> values)
      : connection(std::move(opened)),
        sql(std::move(text)),
        parameters(std::move(values)),
        statement(connection->take(sql)) {
    int number = 0;
    for (const Conditions::Parameter& parameter : parameters) {
      ++number;
      if (const auto* integer = std::get_if<std::int64_t>(&parameter)) {
        statement.bind(number, *integer);
      } else {
        statement.bind(number, std::string_view(std::get<std::string>(parameter)));
      }
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  // So that no transaction stays open, and the statement refers to nothing of ours.
  ~State() {
    statement.reset();
    sqlite3_clear_bindings(statement.handle());
    connection->ready.emplace(std::move(sql), std::move(statement));
  }

  std::shared_ptr<MirrorReader::Connection> connection;
  std::string sql;
  std::vector<Conditions::Parameter> parameters;
  sqlite::Statement statement;
};

Cursor::Cursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

bool Cursor::step() {
  return state_->statement.step();
}
bool Cursor::is_null(int column) const {
  return state_->statement.is_null(column);
}
std::int64_t Cursor::integer(int column) const {
  return state_->statement.integer(column);
}
double Cursor::real(int column) const {
  return state_->statement.real(column);
}
std::string_view Cursor::text(int column) const {
  return state_->statement.text(column);
}

MirrorReader::MirrorReader(const std::filesystem::path& mirror)
    : mirror_(std::filesystem::absolute(mirror)),
      connection_(std::make_shared<Connection>(mirror_)) {}
MirrorReader::MirrorReader(MirrorReader&&) noexcept = default;
MirrorReader& MirrorReader::operator=(MirrorReader&&) noexcept = default;
MirrorReader::~MirrorReader() = default;

std::optional<Json> MirrorReader::document(const std::string& path) {
  // A path that is not UTF-8 is a BLOB in the mirror, which never equals a text.
  Cursor found = open_cursor(
      "SELECT d.body FROM documents d JOIN files f USING (file_id)"
      " WHERE f.path = ?1 OR f.path = CAST(?1 AS BLOB)",
      {path});
  if (!found.step()) return std::nullopt;
  return Json::parse(found.text(0));
}

Cursor MirrorReader::ask(const Listing& listing, const std::string& select,
                         const Conditions& conditions) {
  std::string sql = "SELECT f.path, p.root, p.name, ";
  sql += listing.has_left_in_file ? "t.left_in_file" : "NULL";
  sql.append(select).append(" FROM ").append(listing.table);
  sql += " t JOIN projects p USING (project_key) LEFT JOIN files f ON f.file_id = t.file_id";
  sql.append(conditions.where()).append(" ORDER BY ").append(listing.order);
  return open_cursor(sql + ", t.file_id, t.rowid", conditions.parameters());
}

Cursor MirrorReader::open_cursor(const std::string& sql,
                                 const std::vector<Conditions::Parameter>& parameters) {
  follow_the_mirror();
  return Cursor(std::make_unique<Cursor::State>(connection_, sql, parameters));
}

void MirrorReader::follow_the_mirror() {
  if (connection_->database.has_moved()) connection_ = std::make_shared<Connection>(mirror_);
}

}  // namespace tain::query
