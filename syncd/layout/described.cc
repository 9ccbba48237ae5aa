// A layout that a user described in the configuration; layout_description.h says how.

#include <algorithm>
#include <map>
#include <variant>

#include "event_list.h"
#include "layout.h"
#include "line_mapping.h"
#include "list_mapping.h"
#include "path_pattern.h"
#include "session_mapping.h"
#include "task_mapping.h"

namespace tain::syncd {
namespace {

using mirror::Table;

// Of which kinds of files a description may speak.
constexpr auto kKinds = std::to_array<FileKind>(
    {FileKind::session, FileKind::task, FileKind::project, FileKind::agent_run, FileKind::execution,
     FileKind::evaluation, FileKind::agent, FileKind::session_task, FileKind::bookmark,
     FileKind::runtime_binding, FileKind::worker, FileKind::events, FileKind::document});
constexpr auto kBuiltIn = std::to_array<std::string_view>(
    {"native", "agent-session", "maestro", "claude-code", "codex", "beads", "json"});

// The table of a kind of file; null: it has none.
const Table* table_of(FileKind kind, const mirror::Schema& schema) {
  switch (kind) {
    case FileKind::session:
      return &schema.sessions;
    case FileKind::task:
      return &schema.tasks;
    case FileKind::project:
      return &schema.projects;
    case FileKind::agent_run:
      return &schema.agent_runs;
    case FileKind::execution:
      return &schema.executions;
    case FileKind::evaluation:
      return &schema.evaluations;
    case FileKind::agent:
      return &schema.agents;
    case FileKind::session_task:
      return &schema.session_tasks;
    case FileKind::bookmark:
      return &schema.bookmarks;
    case FileKind::runtime_binding:
      return &schema.runtime_bindings;
    case FileKind::worker:
      return &schema.workers;
    case FileKind::events:
      return &schema.events;
    case FileKind::messages:
    case FileKind::tasks:
    case FileKind::transcript:
    case FileKind::config:
    case FileKind::document:
      return nullptr;
  }
  return nullptr;
}

FileKind kind_of(const std::string& word, const Place& place) {
  std::string known;
  for (const FileKind kind : kKinds) {
    if (to_text(kind) == word) return kind;
    known.append(known.empty() ? "one of " : ", ").append(to_text(kind));
  }
  Place(place, "is").reject(known, word);
}

// `type`: of another one nothing would come.
void require_column(const Table& table, const std::string& column, std::optional<ColumnType> type,
                    const Place& place, const Json& found) {
  std::string known;
  for (const Column& candidate : table.columns) {
    if (type && candidate.type != *type) continue;
    if (candidate.name == column) return;
    known.append(known.empty() ? "" : ", ").append(candidate.name);
  }
  const std::string expected = type ? "a column of words of " : "a column of ";
  Place(place, column).reject(expected + table.name + " (" + known + ")", found);
}

// Whether it is keys with one dot between them.
bool is_path(std::string_view text) {
  const std::vector<std::string> keys = keys_of(text);
  return std::none_of(keys.begin(), keys.end(), [](const auto& key) { return key.empty(); });
}

std::string path_of(const Json& json, const Place& place) {
  if (!json.is_string() || !is_path(json.get_ref<const std::string&>())) {
    place.reject("where the value stands, such as \"task.title\"", json);
  }
  return json.get<std::string>();
}

// Object members of `json` with the column that each is for.
template <class Take>
void each_column(const Json& json, const Table& table, std::optional<ColumnType> type,
                 const Place& place, const Take& take) {
  if (!json.is_object()) place.reject("an object, of which each key is a column", json);
  for (const auto& member : json.items()) {
    require_column(table, member.key(), type, place, member.value());
    take(member.key(), member.value(), Place(place, member.key()));
  }
}

// Makes `mapping` read what `described` says: `fields` and `words` of a file or a list.
template <class Described>
void describe(Mapping& mapping, const Table& table, const Described& described,
              const Place& place) {
  mapping.numbers_as_text();
  each_column(described.fields, table, {}, Place(place, "fields"),
              [&](const std::string& column, const Json& at, const Place& here) {
                std::vector<std::string> paths;
                if (at.is_array()) {
                  for (const Json& path : at) paths.push_back(path_of(path, here));
                } else {
                  paths.push_back(path_of(at, here));
                }
                mapping.only(column, paths);
              });
  each_column(described.words, table, ColumnType::word, Place(place, "words"),
              [&](const std::string& column, const Json& words, const Place& here) {
                if (!words.is_object()) here.reject("an object of their words and ours", words);
                for (const auto& word : words.items()) {
                  const Place there(here, word.key());
                  mapping.word(column, word.key(), Codec<std::string>::decode(word.value(), there));
                }
              });
}

std::vector<std::string_view> names_of(std::string_view path) {
  std::vector<std::string_view> names;
  for (;;) {
    const std::size_t slash = path.find('/');
    names.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return names;
    path.remove_prefix(slash + 1);
  }
}

// One name of a pattern; the views are into the description.
PathPattern::Step step_of(std::string_view name, const Table* table, const Place& place) {
  const std::size_t star = name.find('*');
  const std::size_t open = name.find('<');
  if (star == std::string_view::npos && open == std::string_view::npos) return exactly(name);
  const std::size_t begin = std::min(star, open);
  const std::size_t end = begin == star ? star : name.find('>', open);
  const std::string shown(name);
  if (end == std::string_view::npos ||
      name.find_first_of("*<", end + 1) != std::string_view::npos) {
    place.reject("at most one * or one <column> in a name", shown);
  }
  const std::string_view column = begin == star ? "" : name.substr(open + 1, end - open - 1);
  if (begin == open && (table == nullptr || !table->find(column))) {
    place.reject(table == nullptr ? "* instead: a document has no columns"
                                  : "a column of " + table->name + " between < and >",
                 shown);
  }
  return between(name.substr(0, begin), name.substr(end + 1), column);
}

PathPattern pattern_of(const std::string& path, const Table* table, const Place& place) {
  PathPattern::Steps steps;
  bool has_below = false;
  for (const std::string_view name : names_of(path)) {
    if (name.empty()) place.reject("names with one / between them", path);
    if (name == "**" && std::exchange(has_below, true)) place.reject("at most one **", path);
    steps.push_back(name == "**" ? below() : step_of(name, table, place));
  }
  return PathPattern(std::move(steps));
}

// The views are into `described`.
std::vector<PathPattern> patterns_of(const Json& described, const Table* table,
                                     const Place& place) {
  std::vector<PathPattern> patterns;
  const auto add = [&](const Json& path, const Place& here) {
    if (!path.is_string()) here.reject("a path, such as \"**/*.json\", or a list of them", path);
    patterns.push_back(pattern_of(path.get_ref<const std::string&>(), table, here));
  };
  if (!described.is_array()) {
    add(described, place);
    return patterns;
  }
  for (const Json& path : described) {
    const std::string index = std::to_string(patterns.size());
    add(path, Place(place, index));
  }
  if (patterns.empty()) place.reject("at least one path", described);
  return patterns;
}

class DescribedLayout final : public Layout {
 public:
  DescribedLayout(const mirror::Schema& schema, const LayoutDescription& description,
                  const Place& place)
      : description_(description) {
    require_name(Place(place, "name"));
    add_markers(Place(place, "markers"));
    const Place files(place, "files");
    for (const FileDescription& file : description_.files) {
      const std::string index = std::to_string(files_.size());
      add_file(schema, file, Place(files, index));
    }
  }

  std::string_view name() const override { return description_.name; }

  std::optional<FileRole> classify(const PathParts& path) const override {
    const std::optional<Range> marker = find_marker(path);
    if (!marker || marker->end == path.size()) return std::nullopt;
    const PathParts inside(path.begin() + static_cast<std::ptrdiff_t>(marker->end), path.end());
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const auto names = match(files_[i], inside);
      if (!names) continue;
      FileRole role{files_[i].kind, name(), join_path(path, marker->begin), {}, i};
      for (const auto& [column, value] : *names) role.names.emplace_back(column, value);
      return role;
    }
    return std::nullopt;
  }

  bool is_inside(const PathParts& directory) const override {
    return find_marker(directory).has_value();
  }

  Whereabouts whereabouts() const override { return {.markers = description_.markers}; }

  std::vector<mirror::Row> project(const FileRole& role, const JsonNode& root,
                                   Anomalies& anomalies) const override {
    const File& file = files_[role.place];
    std::vector<mirror::Row> rows = own_rows(file, role, root, anomalies);
    EventList::Names names;
    if (!file.owner.empty()) names.emplace_back(file.owner, rows.front()[file.id]);
    for (const List& list : file.lists) list.add(role, root, names, rows, anomalies);
    return rows;
  }

  void line_rows(const FileRole& role, const LogLine& line, const LineMapping& lines,
                 std::vector<mirror::Row>& rows, Anomalies& anomalies) const override {
    const Mapping& mapping = std::get<Mapping>(files_[role.place].mapping);
    rows.push_back(lines.row(mapping, role, line, anomalies));
  }

 private:
  struct Range {
    std::size_t begin;
    std::size_t end;
  };
  struct List {
    std::string path;
    std::variant<EventList, TaskMapping> mapping;

    void add(const FileRole& role, const JsonNode& root, const EventList::Names& names,
             std::vector<mirror::Row>& rows, Anomalies& anomalies) const {
      if (const auto* events = std::get_if<EventList>(&mapping)) {
        return events->add(root, path, names, rows, anomalies);
      }
      const auto& tasks = std::get<TaskMapping>(mapping);
      each_object(root, path, anomalies, [&](const JsonNode& object, const std::string& place) {
        const auto offset = static_cast<std::int64_t>(object.offset);
        for (mirror::Row& row : tasks.rows(role, object, anomalies, {place, offset})) {
          rows.push_back(std::move(row));
        }
      });
    }
  };
  struct File {
    FileKind kind;
    std::vector<PathPattern> patterns;
    std::variant<std::monostate, Mapping, SessionMapping, TaskMapping> mapping;
    std::string_view id;     // the column that names its row
    std::string_view owner;  // the column of an event that holds it; empty: none does
    std::vector<List> lists;
  };

  void require_name(const Place& place) const {
    if (name().empty()) place.reject("a name", name());
    if (std::find(kBuiltIn.begin(), kBuiltIn.end(), name()) != kBuiltIn.end()) {
      place.reject("a name that no built-in layout has", name());
    }
  }

  void add_markers(const Place& place) {
    for (const std::string& marker : description_.markers) {
      markers_.push_back(names_of(marker));
      const auto& names = markers_.back();
      if (std::any_of(names.begin(), names.end(), [](auto part) { return part.empty(); })) {
        place.reject("names with one / between them, such as \".tool/state\"", marker);
      }
    }
    if (markers_.empty()) place.reject("at least one directory's name", Json::array());
  }

  void add_file(const mirror::Schema& schema, const FileDescription& described,
                const Place& place) {
    const FileKind kind = kind_of(described.is, place);
    const Table* table = table_of(kind, schema);
    File& file = files_.emplace_back(
        File{kind, patterns_of(described.path, table, Place(place, "path")), {}, {}, {}, {}});
    if (table == nullptr) {
      require_nothing(described.fields, Place(place, "fields"));
      require_nothing(described.words, Place(place, "words"));
    } else if (kind == FileKind::session) {
      describe(file.mapping.emplace<SessionMapping>(schema).session, *table, described, place);
      file.id = file.owner = "session_id";
    } else if (kind == FileKind::task) {
      describe(file.mapping.emplace<TaskMapping>(schema).task, *table, described, place);
      file.id = "id";
      file.owner = "task_id";
    } else {
      describe(file.mapping.emplace<Mapping>(*table), *table, described, place);
    }
    const Place lists(place, "lists");
    if (is_log(kind) && !described.lists.empty()) {
      lists.reject("no lists in a file of " + described.is + ", whose lines are rows each",
                   Json::array());
    }
    for (const ListDescription& list : described.lists) {
      const std::string index = std::to_string(file.lists.size());
      file.lists.push_back(list_of(schema, list, Place(lists, index)));
    }
  }

  static void require_nothing(const Json& found, const Place& place) {
    if (!found.empty()) place.reject("nothing: a document has no columns", found);
  }

  static List list_of(const mirror::Schema& schema, const ListDescription& described,
                      const Place& place) {
    if (!is_path(described.list) || described.list.ends_with("[]")) {
      Place(place, "list").reject("where a list stands: \"a.b\", \"a[].b\"", described.list);
    }
    if (described.is == "task") {
      TaskMapping tasks(schema);
      describe(tasks.task, schema.tasks, described, place);
      return {described.list, std::move(tasks)};
    }
    if (described.is != "event") Place(place, "is").reject("event or task", described.is);
    EventList events(schema);
    describe(events.event, schema.events, described, place);
    return {described.list, std::move(events)};
  }

  static std::optional<PathPattern::Names> match(const File& file, const PathParts& inside) {
    for (const PathPattern& pattern : file.patterns) {
      if (auto names = pattern.match(inside)) return names;
    }
    return std::nullopt;
  }

  // The innermost, as everywhere.
  std::optional<Range> find_marker(const PathParts& path) const {
    std::optional<Range> found;
    for (const auto& marker : markers_) {
      const auto at = std::find_end(path.begin(), path.end(), marker.begin(), marker.end());
      const auto begin = static_cast<std::size_t>(at - path.begin());
      if (at == path.end() || (found && begin <= found->begin)) continue;
      found = {begin, begin + marker.size()};
    }
    return found;
  }

  static std::vector<mirror::Row> own_rows(const File& file, const FileRole& role,
                                           const JsonNode& root, Anomalies& anomalies) {
    if (const auto* session = std::get_if<SessionMapping>(&file.mapping)) {
      return session->rows(role, root, anomalies);
    }
    if (const auto* task = std::get_if<TaskMapping>(&file.mapping)) {
      return task->rows(role, root, anomalies);
    }
    const auto* mapping = std::get_if<Mapping>(&file.mapping);
    if (mapping == nullptr) return {};
    mirror::Row row = mapping->row(root, "", anomalies);
    complete_from_path(role, row);
    return {std::move(row)};
  }

  const LayoutDescription description_;  // the views below are into it
  std::vector<std::vector<std::string_view>> markers_;
  std::vector<File> files_;
};

}  // namespace

std::unique_ptr<Layout> make_described_layout(const mirror::Schema& schema,
                                              const LayoutDescription& description,
                                              const Place& place) {
  return std::make_unique<DescribedLayout>(schema, description, place);
}

}  // namespace tain::syncd
