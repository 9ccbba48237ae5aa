#include "event_flags.h"
#include "session_verb.h"

namespace tain::query {
namespace {

class SessionEvent : public SessionVerb {
 public:
  explicit SessionEvent(CLI::App& family)
      : SessionVerb(family, "event", "Append an event to the history; prints its id",
                    "tain session event $id log --message \"Tests pass\"") {
    flags_.add_to(app());
    add_text(app(), "--task", flags_.event.task_id, "The task it belongs to")->type_name("ID");
  }

 private:
  Answer apply(SessionStateManager& session) override {
    const Event written = session.append_event(flags_.parse());
    return {.text = written.id, .json = Codec<Event>::encode(written)};
  }
  EventFlags flags_;
};

}  // namespace

void add_session_event(CLI::App& family, Commands& commands) {
  commands.push_back(std::make_unique<SessionEvent>(family));
}

}  // namespace tain::query
