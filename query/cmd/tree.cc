#include "command.h"
#include "mirror_flags.h"
#include "query/find/task_nodes.h"
#include "query/print/printer.h"
#include "thing_argument.h"

namespace tain::query {
namespace {

class TreeCommand : public Command {
 public:
  explicit TreeCommand(CLI::App& parent)
      : Command(parent, "tree", "Show a task and all tasks that are a part of it",
                "tain tree $task") {
    task_.add_to(app(), "TASK", {"tasks"});
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    const sqlite::Database database = mirror_.open(io);
    const std::optional<Thing> task = task_.find(database, io);
    if (!task) return kFailed;
    const std::vector<TaskNode> nodes = read_task_nodes(database, *task);
    const auto format = parse_word<Format>("--format", format_);
    if (format == Format::table) {
      draw_task_nodes(nodes, "", io.terminal, io.out);
    } else {
      print(nodes, *make_printer(format, io.out));
    }
    return kDone;
  }

 private:
  static Value text_or_null(const std::string& text) {
    return text.empty() ? Value(nullptr) : Value(std::string_view(text));
  }

  static void print(const std::vector<TaskNode>& nodes, Printer& printer) {
    printer.begin({"depth", "id", "parent_id", "title", "status", "priority", "waits_for"});
    for (const TaskNode& node : nodes) {
      printer.row(std::vector<Value>{node.depth, std::string_view(node.id),
                                     text_or_null(node.parent_id), text_or_null(node.title),
                                     text_or_null(node.status), text_or_null(node.priority),
                                     node.waits_for});
    }
    printer.end();
  }

  ThingArgument task_;
  std::string format_;
  MirrorFlags mirror_;
};

}  // namespace

void add_tree(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<TreeCommand>(app));
}

}  // namespace tain::query
