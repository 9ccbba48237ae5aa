#include "layout.h"

#include <simdjson.h>

#include <set>
#include <stdexcept>

#include "line_mapping.h"

namespace tain::syncd {

std::string_view to_text(FileKind kind) {
  switch (kind) {
    case FileKind::project:
      return "project";
    case FileKind::session:
      return "session";
    case FileKind::agent_run:
      return "agent_run";
    case FileKind::events:
      return "events";
    case FileKind::task:
      return "task";
    case FileKind::tasks:
      return "tasks";
    case FileKind::execution:
      return "execution";
    case FileKind::evaluation:
      return "evaluation";
    case FileKind::agent:
      return "agent";
    case FileKind::session_task:
      return "session_task";
    case FileKind::transcript:
      return "transcript";
    case FileKind::messages:
      return "messages";
    case FileKind::bookmark:
      return "bookmark";
    case FileKind::runtime_binding:
      return "runtime_binding";
    case FileKind::worker:
      return "worker";
    case FileKind::config:
      return "config";
    case FileKind::document:
      return "document";
  }
  return {};
}

bool is_log(FileKind kind) {
  return kind == FileKind::events || kind == FileKind::transcript || kind == FileKind::messages ||
         kind == FileKind::tasks;
}

bool is_rewritten(FileKind kind) {
  return kind == FileKind::tasks;
}

void complete_from_path(const FileRole& role, mirror::Row& row) {
  for (const auto& [column, value] : role.names) {
    const std::optional<std::size_t> index = row.table->find(column);
    if (!index || !mirror::is_null(row.values[*index])) continue;
    if (simdjson::validate_utf8(value.data(), value.size())) row.values[*index] = value;
  }
}

PathParts split_path(std::string_view path) {
  PathParts parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) parts.push_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

std::string join_path(const PathParts& parts, std::size_t count) {
  std::string path;
  for (std::size_t i = 0; i < count; ++i) path.append("/").append(parts[i]);
  return path.empty() ? "/" : path;
}

std::optional<std::string> Layout::project_root(const FileRole& /*role*/,
                                                const JsonNode& /*root*/) const {
  return std::nullopt;
}

void Layout::line_rows(const FileRole& role, const LogLine& line, const LineMapping& lines,
                       std::vector<mirror::Row>& rows, Anomalies& anomalies) const {
  rows.push_back(lines.row(role, line, anomalies));
}

std::unique_ptr<LogFold> Layout::fold(const FileRole& /*role*/, std::string_view /*saved*/) const {
  return nullptr;
}

Layouts::Layouts(const mirror::Schema& schema, LayoutChoices choices,
                 const std::filesystem::path& described_in)
    : choices_(std::move(choices)) {
  layouts_.push_back(make_native_layout(schema));
  // What somebody described counts more than what we think.
  add_described(schema, Place(described_in));
  layouts_.push_back(make_agent_session_layout(schema));
  // The programs for agents keep their logs in directories of many names, Beads in one of its own.
  layouts_.push_back(make_beads_layout(schema));
  layouts_.push_back(make_claude_code_layout(schema));
  layouts_.push_back(make_codex_layout(schema));
  layouts_.push_back(make_maestro_layout(schema));
  layouts_.push_back(make_json_layout(schema, choices_.json));
}

void Layouts::add_described(const mirror::Schema& schema, const Place& file) {
  const Place list(file, "layouts");
  std::set<std::string_view> names;
  for (const LayoutDescription& description : choices_.layouts) {
    const std::string key = std::to_string(names.size());
    const Place here(list, key);
    if (!names.insert(description.name).second) {
      Place(here, "name").reject("a name that no other layout has", description.name);
    }
    layouts_.push_back(make_described_layout(schema, description, here));
  }
}

std::optional<FileRole> Layouts::classify(std::string_view path) const {
  const PathParts parts = split_path(path);
  // A name that begins with a dot is a temporary, an editor's swap file or the like.
  if (parts.empty() || parts.back().starts_with('.')) return std::nullopt;
  for (const auto& layout : layouts_) {
    if (std::optional<FileRole> role = layout->classify(parts)) return role;
  }
  return std::nullopt;
}

bool Layouts::is_inside(std::string_view directory) const {
  const PathParts parts = split_path(directory);
  for (const auto& layout : layouts_) {
    if (layout->is_inside(parts)) return true;
  }
  return false;
}

std::vector<Whereabouts> Layouts::whereabouts() const {
  std::vector<Whereabouts> all;
  for (const auto& layout : layouts_) all.push_back(layout->whereabouts());
  return all;
}

const Layout& Layouts::named(std::string_view name) const {
  for (const auto& layout : layouts_) {
    if (layout->name() == name) return *layout;
  }
  throw std::logic_error("no layout " + std::string(name));
}

}  // namespace tain::syncd
