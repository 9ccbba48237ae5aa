#include "session_verb.h"

namespace tain::query {
namespace {

class SessionShow : public SessionVerb {
 public:
  explicit SessionShow(CLI::App& family)
      : SessionVerb(family, "show", "Show the state", "tain session show $id --format json") {}

 private:
  Answer apply(SessionStateManager& session) override {
    Json state = read_state(session);
    std::string table = describe(state);
    return {.text = std::move(table), .json = std::move(state)};
  }
};

}  // namespace

void add_session_show(CLI::App& family, Commands& commands) {
  commands.push_back(std::make_unique<SessionShow>(family));
}

}  // namespace tain::query
