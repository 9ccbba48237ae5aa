#include "arguments.h"
#include "command.h"
#include "core/fs/paths.h"
#include "core/notify/sync_notifier.h"
#include "core/state/project_store.h"
#include "query/print/answer.h"

namespace tain::query {
namespace {

class ProjectNew : public Command {
 public:
  explicit ProjectNew(CLI::App& family)
      : Command(family, "new", "Make a directory a project", "tain project new --name Rocket") {
    app().add_option("DIR", directory_, "The directory, if not this one")->type_name("");
    add_text(app(), "--name", fresh_name_, "What people call it")->required();
    add_text(app(), "--id", fresh_.id, "Its id, if not a new one")->type_name("ID");
    add_text(app(), "--description", fresh_.description, "What it is");
    add_format(app(), format_, {"text", "json"});
    add_socket(app(), socket_);
  }

  int run(const Io& io) override {
    fresh_.name = *fresh_name_;
    StateOptions options;
    options.clock = io.clock;
    const Project project = create_project(directory_, fresh_, options);
    const SyncNotifier notifier = socket_ ? SyncNotifier(*socket_) : SyncNotifier();
    notifier.notify(project_directory(directory_));
    if (format_ == "json") {
      print_json_array(io.out, Codec<Project>::encode(project));
    } else {
      io.out << project.id << '\n';
    }
    return kDone;
  }

 private:
  std::string directory_ = ".";
  Text fresh_name_;
  NewProject fresh_;
  std::string format_;
  Text socket_;
};

}  // namespace

void add_project(CLI::App& app, Commands& commands) {
  CLI::App& family =
      add_family(app, "project", "Make a directory a project", "tain project new --name Rocket");
  commands.push_back(std::make_unique<ProjectNew>(family));
}

}  // namespace tain::query
