// `tain roots`: which directories are mirrored.

#include "arguments.h"
#include "command.h"
#include "core/error.h"
#include "query/print/printer.h"
#include "query/print/unicode.h"
#include "roots_discover.h"
#include "roots_listing.h"
#include "roots_takeover.h"
#include "syncd/discovery/survey.h"
#include "syncd/service/config.h"
#include "syncd/service/shell_word.h"

namespace tain::query {
namespace {

std::string_view yes_or_no(bool is_so) {
  return is_so ? "yes" : "no";
}

Value value_of(const std::optional<std::int64_t>& number) {
  if (number) return *number;
  return nullptr;
}

class ListCommand : public Command {
 public:
  explicit ListCommand(CLI::App& family)
      : Command(family, "list", "List them: which layouts are found there, and what is mirrored",
                "tain roots list --format json") {
    add_db(app(), db_);
    add_socket(app(), socket_);
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
  }

  int run(const Io& io) override {
    const syncd::Config config =
        syncd::read_config({.db = db_.value_or(""), .socket = socket_.value_or("")});
    const std::vector<ListedRoot> roots = list_roots(config);
    const auto printer = make_printer(parse_word<Format>("--format", format_), io.out,
                                      {.terminal = io.terminal, .count_rows = false});
    printer->begin({"root", "configured", "watched", "state", "layouts", "sessions", "tasks"});
    for (const ListedRoot& root : roots) print(root, *printer);
    printer->end();
    io.out.flush();
    if (roots.empty()) {
      io.err << "tain: there are no roots; `tain roots discover` looks for some, `tain roots add "
                "DIR` adds one\n";
    }
    return kDone;
  }

 private:
  static void print(const ListedRoot& root, Printer& printer) {
    printer.row(std::vector<Value>{
        std::string_view(root.path), yes_or_no(root.is_configured),
        root.is_watched ? Value(yes_or_no(*root.is_watched)) : Value(nullptr),
        std::string_view(root.state),
        root.layouts.empty() ? std::string_view("none") : std::string_view(root.layouts),
        value_of(root.sessions), value_of(root.tasks)});
  }

  Text db_;
  Text socket_;
  std::string format_;
};

// Adds, or removes.
class ChangeCommand : public Command {
 protected:
  ChangeCommand(CLI::App& family, const std::string& name, const std::string& description,
                const std::string& directories)
      : Command(family, name, description, "tain roots " + name + " ~/code ~/work") {
    app().add_option("DIR", given_, directories)->required()->type_name("");
    add_socket(app(), socket_);
  }

  std::vector<std::string> directories() const {
    std::vector<std::string> directories;
    for (const std::string& given : given_) {
      directories.push_back(syncd::named_directory("DIR", given));
    }
    return directories;
  }

  // Before it is changed, too: one that the daemon would refuse stays as it is.
  syncd::Config config() const { return syncd::read_config({.socket = socket_.value_or("")}); }

 private:
  std::vector<std::string> given_;
  Text socket_;
};

class AddCommand : public ChangeCommand {
 public:
  explicit AddCommand(CLI::App& family)
      : ChangeCommand(
            family, "add", "Mirror more directories, with all projects below them",
            "The directories, written to the configuration in place of roots inside them") {}

  int run(const Io& io) override {
    const std::vector<std::string> added = directories();
    config();
    add_to_configuration(added, io);
    const syncd::Config now = config();
    const mirror::Schema schema;
    const syncd::Layouts layouts(schema, now.layouts, now.file);
    for (const std::string& root : added) {
      if (!syncd::survey(root, layouts, now.pruned).layouts.empty()) continue;
      io.err << "tain: " << make_visible(root)
             << ": no layout recognises anything there yet; if nothing is to come: tain roots "
                "remove "
             << make_visible(syncd::shell_word(root)) << std::endl;
    }
    return take_over(now.socket, {.added = added}, io);
  }
};

class RemoveCommand : public ChangeCommand {
 public:
  explicit RemoveCommand(CLI::App& family)
      : ChangeCommand(family, "remove", "Mirror them no more; the directories stay as they are",
                      "Roots, as `tain roots list` shows them") {}

  int run(const Io& io) override {
    const std::vector<std::string> removed = directories();
    config();
    remove_from_configuration(removed, io);
    const syncd::Config now = config();
    if (!now.roots.empty()) return take_over(now.socket, {.removed = removed}, io);
    // A daemon refuses a configuration without any.
    io.out << "no root is left: a daemon that runs keeps those that it has until it is stopped, "
              "and the mirror their rows; it may be deleted: "
           << make_visible(now.db.string()) << "\n";
    return kDone;
  }
};

// Alone it lists.
class RootsFamily : public Command {
 public:
  explicit RootsFamily(CLI::App& parent)
      : Command(parent, "roots", "List, add, remove or discover the directories that are mirrored",
                "tain roots discover"),
        list_(std::make_unique<ListCommand>(app())) {
    commands_.push_back(std::make_unique<AddCommand>(app()));
    commands_.push_back(std::make_unique<RemoveCommand>(app()));
    add_roots_discover(app(), commands_);
  }

  int run(const Io& io) override {
    for (const auto& command : commands_) {
      if (command->is_chosen()) return command->run(io);
    }
    return list_->run(io);
  }

 private:
  std::unique_ptr<ListCommand> list_;
  Commands commands_;
};

}  // namespace

void add_roots(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<RootsFamily>(app));
}

}  // namespace tain::query
