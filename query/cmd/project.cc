#include "core/error.h"
#include "core/fs/paths.h"
#include "core/state/project_store.h"
#include "project_verb.h"
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

Answer answer(const std::filesystem::path& root) {
  return {.text = {}, .json = read_json(project_file(root))};
}

class ProjectEdit : public ProjectVerb {
 public:
  explicit ProjectEdit(CLI::App& family)
      : ProjectVerb(family, "edit", "Change what it says of itself",
                    "tain project edit --description \"The rocket's parser\"") {
    add_text(app(), "--name", name_, "What people call it");
    add_text(app(), "--description", description_, "What it is");
    add_text(app(), "--working-dir", working_dir_, "Where its code is")->type_name("DIR");
  }

 private:
  Answer apply(const Io& io) override {
    if (!name_ && !description_ && !working_dir_) {
      throw InvalidArgument("edit", "--name, --description or --working-dir", "none of them");
    }
    const auto change = [this](Project& project) {
      if (name_) project.name = *name_;
      if (description_) project.description = description_;
      if (working_dir_) project.working_dir = working_dir_;
    };
    update_project(root(), change, options(io));
    options(io).notifier.notify(project_directory(root()));
    return answer(root());
  }
  Text name_, description_, working_dir_;
};

const std::vector<SimpleVerb>& project_verbs() {
  static const std::vector<SimpleVerb> verbs{
      {"show",
       "Show what it says of itself",
       "tain project show",
       {},
       [](const SimpleVerb::Call& call) {
         Answer shown = answer(call.root);
         shown.text = describe(shown.json);
         return shown;
       }},
      {"delete",
       "Make the directory no project any longer; refused while it has tasks or sessions",
       "tain project delete --project ~/code/old",
       {},
       [](const SimpleVerb::Call& call) {
         Answer gone = answer(call.root);
         delete_project(call.root, call.options);
         call.options.notifier.notify(call.root);
         return gone;
       }},
  };
  return verbs;
}

}  // namespace

void add_project(CLI::App& app, Commands& commands) {
  CLI::App& family = add_family(app, "project", "Make a directory a project, and change it",
                                "tain project new --name Rocket");
  commands.push_back(std::make_unique<ProjectNew>(family));
  commands.push_back(std::make_unique<ProjectEdit>(family));
  add_simple_verbs(family, commands, project_verbs());
}

}  // namespace tain::query
