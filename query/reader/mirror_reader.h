#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "conditions.h"
#include "core/error.h"
#include "core/fs/paths.h"
#include "filters.h"
#include "rows.h"

namespace tain::query {

/// Reads a mirror into core's structs:
///
///   tain::query::MirrorReader reader;
///   for (const auto& row : reader.list<tain::Session>({.phase = tain::Phase::build})) {
///     std::cout << row.project << ": " << row.entity.topic << "\n";
///   }
///
/// What can be listed are Project, Session, Task, AgentRun, Event, Execution, Agent, SessionTask,
/// TaskMessage, RuntimeBinding, Bookmark, Evaluation and Worker; filters.h has what each can be
/// asked. Each question is compiled once a reader, and then used again.
///
/// A reader, and the rows that it gave, belong to one thread at a time. Any number of readers, in
/// any threads and processes, may read one mirror while the daemon writes it: they never wait for
/// it, nor it for them, and see each file's rows wholly or not at all.
///
/// A daemon may put another file in the mirror's place (`tain rebuild`, a new version of Tain).
/// Rows that are being read go on, to their end, in the mirror that they began in; the next list
/// opens the new one.
class MirrorReader {
 public:
  /// Opens the mirror. Throws NotFoundError where there is none, VersionError where another version
  /// of Tain built it, Error where it is no mirror or cannot be opened.
  explicit MirrorReader(const std::filesystem::path& mirror = default_mirror_file());
  MirrorReader(MirrorReader&&) noexcept;
  MirrorReader& operator=(MirrorReader&&) noexcept;
  ~MirrorReader();

  /// Throws as the constructor does where the mirror was replaced, Error where SQLite fails.
  template <class E>
  Rows<E> list(const Filter<E>& filter = {}) {
    static const std::string select = select_list<E>();
    Conditions conditions;
    filter.add_to(conditions);
    return Rows<E>(ask(ListingOf<E>::value, select, conditions));
  }

  /// The JSON of the file at `path` (as Mirrored has it), with all fields that it has, in the words
  /// of its program. Nothing where the mirror has no such file, or it is a log. Throws as list().
  std::optional<Json> document(const std::string& path);

  const std::filesystem::path& mirror() const { return mirror_; }

 private:
  struct Connection;

  Cursor ask(const Listing& listing, const std::string& select, const Conditions& conditions);
  Cursor open_cursor(const std::string& sql, const std::vector<Conditions::Parameter>& parameters);
  void follow_the_mirror();

  friend struct Cursor::State;

  std::filesystem::path mirror_;
  std::shared_ptr<Connection> connection_;  // of the rows too, which may outlast it here
};

}  // namespace tain::query
