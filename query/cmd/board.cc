#include <utility>

#include "command.h"
#include "core/model/task.h"
#include "mirror_flags.h"
#include "project_scope.h"
#include "query/print/rows.h"
#include "query/print/unicode.h"

namespace tain::query {
namespace {

// ?1 are the projects, ?2 the statuses in their order, both JSON lists. A foreign status comes
// last. The order within a status is the view's.
constexpr std::string_view kBoard = R"sql(
SELECT b.project, b.status, b.id, b.display_title AS title, b.priority, b.kind, b.parent_id,
       b.assignee_agent_id AS assignee, b.children,
       b.unfinished_dependencies AS waits_for, b.due, b.updated, p.root
FROM task_board b
JOIN projects p USING (project_key)
JOIN tasks t USING (file_id, line_offset)
LEFT JOIN json_each(?2) s ON s.value = b.status
WHERE ?1 IS NULL OR b.project_key IN (SELECT value FROM json_each(?1))
ORDER BY b.project, CAST(p.root AS BLOB), coalesce(s.key, 100), b.status, b.sort_order,
         t.created_at, b.id
)sql";

std::string statuses_in_order() {
  Json statuses = Json::array();
  for (const std::string_view word : words_of<TaskStatus>()) statuses.push_back(word);
  return statuses.dump();
}

// One line for each task, below the name of its project and its status.
class BoardWriter {
 public:
  explicit BoardWriter(const Io& io) : io_(io), style_(io.terminal) {}

  void take(const std::vector<Value>& row) {
    const Place place{text(row[0]), text(row[12]), text(row[1])};
    if (!tasks_.empty() && place != place_) write();
    place_ = place;
    tasks_.push_back(
        {text(row[2]), text(row[3]), text(row[4]), text(row[7]), text(row[10]), number(row[9])});
    priority_width_ = std::max(priority_width_, display_width(tasks_.back().priority));
    id_width_ = std::max(id_width_, display_width(tasks_.back().id));
  }

  void write() {
    if (tasks_.empty()) return;
    if (!written_ || written_->root != place_.root) write_project();
    io_.out << "\n"
            << style_.bold << place_.status << style_.plain << " (" << tasks_.size() << ")\n";
    for (const Task& task : tasks_) write(task);
    tasks_.clear();
    priority_width_ = id_width_ = 0;
    written_ = place_;
  }

 private:
  struct Place {
    std::string project, root, status;
    bool operator==(const Place&) const = default;
  };
  struct Task {
    std::string id, title, priority, assignee, due;
    std::int64_t waits_for;
  };

  static std::string text(const Value& value) {
    const auto* text = std::get_if<std::string_view>(&value);
    return text == nullptr ? "" : make_visible(*text);
  }
  static std::int64_t number(const Value& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    return number == nullptr ? 0 : *number;
  }

  // Of projects that have one name, each but the first says where it lies.
  void write_project() const {
    io_.out << (written_ ? "\n" : "") << style_.bold << place_.project << style_.plain;
    if (written_ && written_->project == place_.project) io_.out << "  " << place_.root;
    io_.out << '\n';
  }

  static std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(width - display_width(text), ' ');
  }

  void write(const Task& task) const {
    std::string line = "  " + padded(task.priority, priority_width_) + "  " +
                       padded(task.id, id_width_) + "  " + task.title;
    if (!task.assignee.empty()) line += "  @" + task.assignee;
    if (!task.due.empty()) line += "  due " + task.due.substr(0, 10);
    std::string mark;
    const bool is_over = place_.status == "completed" || place_.status == "cancelled";
    if (task.waits_for > 0 && !is_over) mark = "  waits for " + std::to_string(task.waits_for);
    if (io_.terminal) {
      const std::size_t width = io_.terminal->columns;
      line = cut_to_width(std::move(line), width - std::min(width / 2, mark.size()));
    }
    io_.out << line << style_.red << mark << (mark.empty() ? "" : style_.plain) << '\n';
  }

  const Io& io_;
  const Style style_;
  std::optional<Place> written_;  // the last
  Place place_;                   // of the tasks to be written
  std::vector<Task> tasks_;
  std::size_t priority_width_ = 0;
  std::size_t id_width_ = 0;
};

class BoardCommand : public Command {
 public:
  explicit BoardCommand(CLI::App& parent)
      : Command(parent, "board", "Show the tasks by status, in the order that people gave them",
                "tain board atlas") {
    app()
        .add_option_function<std::string>(
            "PROJECT", [this](const std::string& value) { project_ = value; },
            "Only of this project: its id, its name, or its directory")
        ->type_name("");
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    const sqlite::Database database = mirror_.open(io);
    const std::optional<std::string> projects = keys_in_scope(database, parse_scope(project_));
    const std::string statuses = statuses_in_order();
    ReadOnlyQuery query(database, kBoard, mirror_.longest_statement());
    query.bind(1, projects ? Value(std::string_view(*projects)) : Value(nullptr));
    query.bind(2, std::string_view(statuses));
    const auto format = parse_word<Format>("--format", format_);
    if (format != Format::table) {
      print_rows(query, format, io);
      return kDone;
    }
    BoardWriter board(io);
    std::vector<Value> row;
    while (query.step()) {
      query.read(row);
      board.take(row);
    }
    board.write();
    return kDone;
  }

 private:
  Text project_;
  std::string format_;
  MirrorFlags mirror_;
};

}  // namespace

void add_board(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<BoardCommand>(app));
}

}  // namespace tain::query
