#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json_tree.h"
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
  execution,        ///< one run of an agent's capability on a task
  evaluation,       ///< what came of a task
  agent,            ///< an agent of the registry, with its capabilities
  session_task,     ///< background work of a session
  messages,         ///< JSON Lines, a message to or from such work each
  bookmark,         ///< one bookmark
  runtime_binding,  ///< which task and session a runtime's session is
  worker,           ///< one worker
  config,           ///< all settings of a project
  document,         ///< any other JSON: only `documents`
};

std::string_view to_text(FileKind kind);
/// Whether the file is JSON Lines, to which lines are appended.
bool is_log(FileKind kind);

/// A file's place in the world, from its path alone.
struct FileRole {
  FileKind kind = FileKind::document;
  std::string_view layout;   ///< the layout's name
  std::string project_root;  ///< absolute
  /// What the path says of columns that the content may leave open: (column, value).
  std::vector<std::pair<std::string_view, std::string>> names = {};
};

/// Fills in what `row` lacks and the path says. A name that is not UTF-8 says nothing.
void complete_from_path(const FileRole& role, mirror::Row& row);

/// An absolute path in pieces: "/a/b/c" is {"a", "b", "c"}.
using PathParts = std::vector<std::string_view>;
PathParts split_path(std::string_view path);
std::string join_path(const PathParts& parts, std::size_t count);

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
  /// The rows of a file whose whole content is one JSON object.
  virtual std::vector<mirror::Row> project(const FileRole& role, const JsonNode& root,
                                           Anomalies& anomalies) const = 0;
};

/// The layouts that this program knows; for a path, the first that claims it counts.
class Layouts {
 public:
  explicit Layouts(const mirror::Schema& schema);
  std::optional<FileRole> classify(std::string_view path) const;
  bool is_inside(std::string_view directory) const;
  const Layout& named(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<Layout>> layouts_;
};

std::unique_ptr<Layout> make_native_layout(const mirror::Schema& schema);
std::unique_ptr<Layout> make_agent_session_layout(const mirror::Schema& schema);

}  // namespace tain::syncd
