#include "session_verb.h"

namespace tain::query {
namespace {

class SessionEvent : public SessionVerb {
 public:
  explicit SessionEvent(CLI::App& family)
      : SessionVerb(family, "event", "Append an event to the history; prints its id",
                    "tain session event $id log --message \"Tests pass\"") {
    add_argument(app(), "TYPE", event_.type, "What happened: log, error, milestone, tool.used, …");
    add_text(app(), "--message", event_.message, "A line of text");
    add_text(app(), "--title", event_.title, "A heading");
    add_text(app(), "--body", event_.body, "More text");
    add_text(app(), "--task", event_.task_id, "The task it belongs to")->type_name("ID");
    add_text(app(), "--run", event_.agent_run_id, "The agent run it belongs to")->type_name("ID");
    add_text(app(), "--lane", lane_, list_words<Lane>());
    add_text(app(), "--actor-type", actor_type_, list_words<ActorType>());
    add_text(app(), "--actor-id", event_.actor.id, "Who did it")->type_name("ID");
    add_text(app(), "--data", data_, "Anything")->type_name("JSON");
    add_text(app(), "--metadata", metadata_, "An object")->type_name("JSON");
    add_text(app(), "--model", model_, "The model that the tokens were spent on");
    usage_.add_to(app());
  }

 private:
  Answer apply(SessionStateManager& session) override {
    if (lane_) event_.lane = parse_word<Lane>("--lane", *lane_);
    if (actor_type_) event_.actor.type = parse_word<ActorType>("--actor-type", *actor_type_);
    if (data_) event_.data = parse_json("--data", *data_);
    if (metadata_) event_.metadata = parse_json_object("--metadata", *metadata_);
    event_.usage = {usage_.parse(), model_};
    const Event written = session.append_event(event_);
    return {.text = written.id, .json = Codec<Event>::encode(written)};
  }

  Event event_;
  Text lane_, actor_type_, data_, metadata_, model_;
  UsageFlags usage_;
};

}  // namespace

void add_session_event(CLI::App& family, Commands& commands) {
  commands.push_back(std::make_unique<SessionEvent>(family));
}

}  // namespace tain::query
