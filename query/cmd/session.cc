#include "command.h"
#include "session_verb.h"

namespace tain::query {

void add_session(CLI::App& app, Commands& commands) {
  CLI::App& family = add_family(app, "session", "Write a session's state, as an agent does",
                                "id=$(tain session new --topic \"Rewrite the parser\")");
  add_session_new(family, commands);
  add_session_state_verbs(family, commands);
  add_session_event(family, commands);
  add_session_run(family, commands);
  add_session_show(family, commands);
}

}  // namespace tain::query
