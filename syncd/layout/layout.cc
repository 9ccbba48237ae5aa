#include "layout.h"

#include <simdjson.h>

#include <stdexcept>

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
    case FileKind::execution:
      return "execution";
    case FileKind::evaluation:
      return "evaluation";
    case FileKind::agent:
      return "agent";
    case FileKind::session_task:
      return "session_task";
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
  return kind == FileKind::events || kind == FileKind::messages;
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

Layouts::Layouts(const mirror::Schema& schema) {
  layouts_.push_back(make_native_layout(schema));
  layouts_.push_back(make_agent_session_layout(schema));
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

const Layout& Layouts::named(std::string_view name) const {
  for (const auto& layout : layouts_) {
    if (layout->name() == name) return *layout;
  }
  throw std::logic_error("no layout " + std::string(name));
}

}  // namespace tain::syncd
