#include "event_flags.h"

namespace tain::query {

void EventFlags::add_to(CLI::App& app) {
  add_argument(app, "TYPE", event.type, "What happened: log, error, milestone, tool.used, …");
  add_text(app, "--message", event.message, "A line of text");
  add_text(app, "--title", event.title, "A heading");
  add_text(app, "--body", event.body, "More text");
  add_text(app, "--run", event.agent_run_id, "The agent run it belongs to")->type_name("ID");
  add_text(app, "--lane", lane_, list_words<Lane>());
  add_text(app, "--actor-type", actor_type_, list_words<ActorType>());
  add_text(app, "--actor-id", event.actor.id, "Who did it")->type_name("ID");
  add_text(app, "--data", data_, "Anything")->type_name("JSON");
  add_text(app, "--metadata", metadata_, "An object")->type_name("JSON");
  add_text(app, "--model", model_, "The model that the tokens were spent on");
  usage_.add_to(app);
}

Event EventFlags::parse() {
  if (lane_) event.lane = parse_word<Lane>("--lane", *lane_);
  if (actor_type_) event.actor.type = parse_word<ActorType>("--actor-type", *actor_type_);
  if (data_) event.data = parse_json("--data", *data_);
  if (metadata_) event.metadata = parse_json_object("--metadata", *metadata_);
  event.usage = {usage_.parse(), model_};
  return event;
}

}  // namespace tain::query
