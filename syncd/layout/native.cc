// The tree that core writes: everything below `.tain/`.

#include <algorithm>

#include "core/fs/paths.h"
#include "layout.h"
#include "session_mapping.h"

namespace tain::syncd {
namespace {

class NativeLayout final : public Layout {
 public:
  explicit NativeLayout(const mirror::Schema& schema)
      : session_(schema), agent_run_(schema.agent_runs) {}

  std::string_view name() const override { return "native"; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    const std::optional<std::size_t> marker = find_marker(path);
    if (!marker || *marker + 1 >= path.size()) return std::nullopt;
    FileRole role{FileKind::document, name(), join_path(path, *marker), ""};
    const PathParts below(path.begin() + static_cast<std::ptrdiff_t>(*marker) + 1, path.end());
    const std::string_view file = below.back();
    const bool in_session = below.size() >= 3 && below.front() == kSessionsDirectory;
    const bool in_runs =
        in_session && below.size() >= 4 && below.rbegin()[1] == kAgentRunsDirectory;
    if (in_session) role.session = in_runs ? below.rbegin()[2] : below.rbegin()[1];
    if (file == kEventsFile) {
      role.kind = FileKind::events;
    } else if (!file.ends_with(kJsonSuffix)) {
      return std::nullopt;
    } else if (below.size() == 1 && file == kProjectFile) {
      role.kind = FileKind::project;
    } else if (in_runs) {  // whatever it is called: "state" is a run's id like any other
      role.kind = FileKind::agent_run;
    } else if (in_session && file == kStateFile) {
      role.kind = FileKind::session;
    }
    return role;
  }

  bool is_inside(const PathParts& directory) const override {
    return find_marker(directory).has_value();
  }

  std::vector<mirror::Row> project(const FileRole& role, const JsonNode& root,
                                   Anomalies& anomalies) const override {
    switch (role.kind) {
      case FileKind::session:
        return session_.rows(role, root, anomalies);
      case FileKind::agent_run:
        return {run_row(role, root, anomalies)};
      case FileKind::project:   // its row is the ledger's
      case FileKind::events:    // line by line, see EventMapping
      case FileKind::document:  // whole in `documents`, and nowhere else
        return {};
    }
    return {};
  }

 private:
  // A project inside another's `.tain` would be a strange thing; the innermost counts.
  static std::optional<std::size_t> find_marker(const PathParts& path) {
    const auto found = std::find(path.rbegin(), path.rend(), kProjectMarker);
    if (found == path.rend()) return std::nullopt;
    return static_cast<std::size_t>(path.rend() - found) - 1;
  }

  mirror::Row run_row(const FileRole& role, const JsonNode& root, Anomalies& anomalies) const {
    mirror::Row row = agent_run_.row(root, "", anomalies);
    mirror::Value& session = row["session_id"];
    if (mirror::is_null(session)) session = role.session;
    return row;
  }

  SessionMapping session_;
  Mapping agent_run_;
};

}  // namespace

std::unique_ptr<Layout> make_native_layout(const mirror::Schema& schema) {
  return std::make_unique<NativeLayout>(schema);
}

}  // namespace tain::syncd
