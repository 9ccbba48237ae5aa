#include "core/state/task_store.h"
#include "session_verb.h"

namespace tain::query {
namespace {

class SessionNew : public Command {
 public:
  explicit SessionNew(CLI::App& family)
      : Command(family, "new", "Begin a session; prints its id",
                "tain session new --topic \"Rewrite the parser\" --type quick") {
    add_text(app(), "--topic", topic_, "What it is about")->required();
    add_text(app(), "--type", type_, "full (default), quick or research: its phases");
    add_text(app(), "--id", fresh_.id, "Its id, if not a new one")->type_name("ID");
    add_text(app(), "--status", status_, "running (default) or spawning");
    add_text(app(), "--description", fresh_.description, "More about it");
    add_text(app(), "--parent", fresh_.parent_session_id, "The session it belongs to")
        ->type_name("ID");
    add_text(app(), "--agent", fresh_.agent_id, "The agent that runs it")->type_name("ID");
    add_text(app(), "--env", env_, "Its environment variables")->type_name("JSON");
    add_text(app(), "--spawn-source", spawn_source_, list_words<SpawnSource>() + " (default cli)");
    add_text(app(), "--spawned-by", fresh_.metadata.spawned_by, "The session that started it")
        ->type_name("ID");
    add_text(app(), "--spawn-reason", fresh_.metadata.spawn_reason, "Why it was started");
    add_texts(app(), "--skill", fresh_.metadata.skills, "A skill that it has; may be repeated");
    add_text(app(), "--context", context_, "What it was told")->type_name("JSON");
    add_texts(app(), "--task", tasks_, "A task that it works on; may be repeated")->type_name("ID");
    flags_.add_to(app());
  }

  int run(const Io& io) override {
    fresh_.topic = *topic_;
    if (type_) fresh_.type = parse_word<SessionType>("--type", *type_);
    if (status_) fresh_.status = parse_word<SessionStatus>("--status", *status_);
    fresh_.metadata.spawn_source = spawn_source_
                                       ? parse_word<SpawnSource>("--spawn-source", *spawn_source_)
                                       : SpawnSource::cli;
    if (env_) fresh_.env = parse_json_object("--env", *env_);
    if (context_) fresh_.metadata.context = parse_json_object("--context", *context_);
    const std::filesystem::path root = flags_.project_root();
    TaskStore tasks(root, flags_.options(io));
    for (const std::string& task : tasks_) tasks.get(task);  // before anything is made
    const SessionStateManager session =
        SessionStateManager::create(root, fresh_, session_options(flags_, io));
    for (const std::string& task : tasks_) tasks.link(task, session.state().session_id);
    flags_.print({.text = session.state().session_id, .json = read_state(session)}, io);
    return kDone;
  }

 private:
  Text topic_, type_, status_, env_, spawn_source_, context_;
  NewSession fresh_;
  std::vector<std::string> tasks_;
  ProjectFlags flags_;
};

}  // namespace

void add_session_new(CLI::App& family, Commands& commands) {
  commands.push_back(std::make_unique<SessionNew>(family));
}

}  // namespace tain::query
