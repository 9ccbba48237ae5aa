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
    flags_.add_to(app());
  }

  int run(const Io& io) override {
    fresh_.topic = *topic_;
    if (type_) fresh_.type = parse_word<SessionType>("--type", *type_);
    if (status_) fresh_.status = parse_word<SessionStatus>("--status", *status_);
    fresh_.metadata.spawn_source = SpawnSource::cli;
    const SessionStateManager session =
        SessionStateManager::create(flags_.project_root(), fresh_, flags_.options(io));
    flags_.print({.text = session.state().session_id, .json = read_state(session)}, io);
    return kDone;
  }

 private:
  Text topic_, type_, status_;
  NewSession fresh_;
  SessionFlags flags_;
};

}  // namespace

void add_session_new(CLI::App& family, Commands& commands) {
  commands.push_back(std::make_unique<SessionNew>(family));
}

}  // namespace tain::query
