// The layout that knows nothing: below the directories that the configuration names under "json",
// every JSON file is a document, and every line of a JSON Lines file an event with all of it in
// `data`. When that was and of what type, it tells from what such members are mostly called; where
// they hold something else, that is no anomaly.
//
// It claims nothing by itself: a source tree is full of JSON that is nobody's state.

#include <algorithm>

#include "core/fs/paths.h"
#include "layout.h"
#include "line_mapping.h"

namespace tain::syncd {
namespace {

constexpr std::string_view kLinesSuffix = ".jsonl";

Mapping make_json_line(const mirror::Schema& schema) {
  Mapping line(schema.events);
  for (const Column& column : schema.events.columns) line.only(column.name, {});
  line.numbers_as_text()
      .only("id", {"id", "uuid"})
      .only("at", {"at", "timestamp", "ts", "time", "created_at", "createdAt"})
      .only("type", {"type", "event", "kind"})
      .only("message", {"message", "msg", "text"});
  return line;
}

class JsonLayout final : public Layout {
 public:
  JsonLayout(const mirror::Schema& schema, const std::vector<std::string>& directories)
      : roots_(directories), line_(make_json_line(schema)) {
    for (const std::string& root : roots_) parts_.push_back(split_path(root));
  }

  std::string_view name() const override { return "json"; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    const bool is_log = path.back().ends_with(kLinesSuffix);
    if (!is_log && !path.back().ends_with(kJsonSuffix)) return std::nullopt;
    // The innermost counts.
    const PathParts* found = nullptr;
    for (const PathParts& directory : parts_) {
      const bool is_below = directory.size() < path.size() &&
                            std::equal(directory.begin(), directory.end(), path.begin());
      if (is_below && (found == nullptr || found->size() < directory.size())) found = &directory;
    }
    if (found == nullptr) return std::nullopt;
    return FileRole{is_log ? FileKind::events : FileKind::document, name(),
                    join_path(*found, found->size())};
  }

  // What is not looked into elsewhere (`node_modules`, …) is not looked into here.
  bool is_inside(const PathParts& /*directory*/) const override { return false; }

  std::vector<mirror::Row> project(const FileRole& /*role*/, const JsonNode& /*root*/,
                                   Anomalies& /*anomalies*/) const override {
    return {};
  }

  void line_rows(const FileRole& role, const LogLine& line, const LineMapping& lines,
                 std::vector<mirror::Row>& rows, Anomalies& /*anomalies*/) const override {
    Anomalies ignored;
    mirror::Row row = lines.row(line_, role, line, ignored);
    row["extra"] = std::monostate();
    row["data"] = minify(line.object.raw);
    lines.leave_long_texts(row);
    rows.push_back(std::move(row));
  }

 private:
  std::vector<std::string> roots_;
  std::vector<PathParts> parts_;  // of roots_
  Mapping line_;
};

}  // namespace

std::unique_ptr<Layout> make_json_layout(const mirror::Schema& schema,
                                         const std::vector<std::string>& directories) {
  return std::make_unique<JsonLayout>(schema, directories);
}

}  // namespace tain::syncd
