#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/codec.h"
#include "json_tree.h"
#include "layout_description.h"
#include "mapping.h"
#include "syncd/mirror/row.h"

namespace tain::syncd {

/// What a file holds, and so what becomes of it.
enum class FileKind {
  project,          ///< the project's own row
  session,          ///< a session's state
  agent_run,        ///< one agent run
  events,           ///< JSON Lines, an event each
  task,             ///< a work item
  tasks,            ///< JSON Lines, a work item each
  execution,        ///< one run of an agent's capability on a task
  evaluation,       ///< what came of a task
  agent,            ///< an agent of the registry, with its capabilities
  session_task,     ///< background work of a session
  transcript,       ///< JSON Lines, the record that a program for agents keeps of a session
  messages,         ///< JSON Lines, a message to or from such work each
  bookmark,         ///< one bookmark
  runtime_binding,  ///< which task and session a runtime's session is
  worker,           ///< one worker
  config,           ///< all settings of a project
  document,         ///< any other JSON: only `documents`
};

std::string_view to_text(FileKind kind);
/// Whether the file is JSON Lines.
bool is_log(FileKind kind);
/// Whether it is a log to which nothing is appended: it is written anew as a whole, so that nothing
/// of it stays as it was.
bool is_rewritten(FileKind kind);

/// A file's place in the world, from its path alone.
struct FileRole {
  FileKind kind = FileKind::document;
  std::string_view layout;   ///< the layout's name
  std::string project_root;  ///< absolute
  /// What the path says of columns that the content may leave open: (column, value).
  std::vector<std::pair<std::string_view, std::string>> names = {};
  std::size_t place = 0;  ///< which of the layout's own places it is, where that says more
};

/// Fills in what `row` lacks and the path says. A name that is not UTF-8 says nothing.
void complete_from_path(const FileRole& role, mirror::Row& row);

/// An absolute path in pieces: "/a/b/c" is {"a", "b", "c"}.
using PathParts = std::vector<std::string_view>;
PathParts split_path(std::string_view path);
std::string join_path(const PathParts& parts, std::size_t count);

/// The kind of an anomaly that says that a file is of a later version than its layout was tested
/// with.
inline constexpr std::string_view kNewerFormat = "newer format";

/// One object of a log, and where it stands. It is mostly a line of its own; but two may stand on
/// one line, and one over many.
struct LogLine {
  const JsonNode& object;
  std::int64_t offset = 0;  ///< of its first byte in the file
  std::int64_t length = 0;  ///< in bytes
};

/// What the lines of one log say together: the session that a transcript is, or the difference
/// between a line's total and that of the line before. It sees each line once, in order, and knows
/// nothing of the pieces in which the log is read: between two readings it is what save() returned.
/// A log that was rewritten begins with a new one.
///
/// Its memory must not grow with the log: it is saved with each append. Used by one thread.
class LogFold {
 public:
  virtual ~LogFold() = default;
  /// Takes the next line. `rows` are those that line_rows() made of it, which may be completed, but
  /// only by what this line and those before it say.
  virtual void take(const LogLine& line, std::vector<mirror::Row>& rows, Anomalies& anomalies) = 0;
  /// The rows of all lines so far, of tables whose rows are not lines.
  virtual std::vector<mirror::Row> rows() const = 0;
  /// The directory of the project that the log belongs to, once a line has said it; it then stays.
  /// Nothing: what the path says.
  virtual std::optional<std::string> project_root() const { return std::nullopt; }
  /// All that it remembers, for Layout::fold().
  virtual std::string save() const = 0;
};

class LineMapping;

/// Where the trees of a layout usually are, for those who look for them.
struct Whereabouts {
  /// What the program that writes them keeps in its user's home, relative to it.
  std::vector<std::string_view> in_home = {};
  /// The variable of the environment that names such a directory instead, or several with commas
  /// between them; empty: there is none.
  std::string_view variable = {};
  /// What of such a directory is meant, since trees of others may lie beside it; empty: all of it.
  std::vector<std::string_view> parts = {};
  /// Directories by which a repository is known that holds such a tree, relative to the one that
  /// holds them.
  std::vector<std::string> markers = {};
};

/// Whose files these are: from paths to roles, from JSON to rows. Immutable, thread-safe.
///
/// To add a layout: a file here with a class of this kind and its make_…() function below, and a
/// line in the constructor of Layouts. classify() and project() depend on their arguments alone,
/// since the mirror has to be a function of the tree. What is only a mapping is data: take a
/// Mapping or a SessionMapping, and say with also() and word() where else, and in which words,
/// things stand; code is for what that cannot say. See agent_session.cc.
class Layout {
 public:
  virtual ~Layout() = default;
  virtual std::string_view name() const = 0;
  /// What the file at this path would be; nothing when it is none of this layout's. Looks at no
  /// file.
  virtual std::optional<FileRole> classify(const PathParts& path) const = 0;
  /// Whether a directory at this path lies inside a tree of this layout, where no name is pruned.
  virtual bool is_inside(const PathParts& directory) const = 0;
  /// Where such trees usually are; nowhere, unless a layout knows better.
  virtual Whereabouts whereabouts() const { return {}; }
  /// The root of the project that the content of a file names where its path does not; nothing: the
  /// path has said it.
  virtual std::optional<std::string> project_root(const FileRole& role, const JsonNode& root) const;
  /// The rows of a file whose whole content is one JSON object.
  virtual std::vector<mirror::Row> project(const FileRole& role, const JsonNode& root,
                                           Anomalies& anomalies) const = 0;
  /// Adds what one line of a log becomes, from that line alone, to `rows`: any number of rows of
  /// tables whose rows are lines. Those of one table need different offsets. Unless a layout knows
  /// better, it is the one row that `lines` makes of it.
  virtual void line_rows(const FileRole& role, const LogLine& line, const LineMapping& lines,
                         std::vector<mirror::Row>& rows, Anomalies& anomalies) const;
  /// What the lines of this log say together; null, unless a layout knows better: each stands for
  /// itself. `saved` is what the fold of the lines before said of itself; empty: there are none.
  virtual std::unique_ptr<LogFold> fold(const FileRole& role, std::string_view saved) const;
};

/// The layouts that this program knows; for a path, the first that claims it counts.
class Layouts {
 public:
  /// With those that `choices` describes. Throws SchemaError, which names `described_in` and the
  /// key, where a description is wrong.
  explicit Layouts(const mirror::Schema& schema, LayoutChoices choices = {},
                   const std::filesystem::path& described_in = {});
  const LayoutChoices& choices() const { return choices_; }
  std::optional<FileRole> classify(std::string_view path) const;
  bool is_inside(std::string_view directory) const;
  const Layout& named(std::string_view name) const;
  /// Of each layout; the views are into the layouts.
  std::vector<Whereabouts> whereabouts() const;

 private:
  void add_described(const mirror::Schema& schema, const Place& file);

  LayoutChoices choices_;
  std::vector<std::unique_ptr<Layout>> layouts_;
};

std::unique_ptr<Layout> make_native_layout(const mirror::Schema& schema);
std::unique_ptr<Layout> make_agent_session_layout(const mirror::Schema& schema);
std::unique_ptr<Layout> make_maestro_layout(const mirror::Schema& schema);
std::unique_ptr<Layout> make_beads_layout(const mirror::Schema& schema);
std::unique_ptr<Layout> make_claude_code_layout(const mirror::Schema& schema);
std::unique_ptr<Layout> make_codex_layout(const mirror::Schema& schema);
/// The layout that `description` describes, which stands at `place` of a configuration. Throws
/// SchemaError.
std::unique_ptr<Layout> make_described_layout(const mirror::Schema& schema,
                                              const LayoutDescription& description,
                                              const Place& place);
/// Any JSON below `directories`, which are absolute.
std::unique_ptr<Layout> make_json_layout(const mirror::Schema& schema,
                                         const std::vector<std::string>& directories);

}  // namespace tain::syncd
