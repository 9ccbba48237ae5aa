#include "core/error.h"
#include "session_verb.h"

namespace tain::query {
namespace {

Answer answer(const AgentRun& run, const std::string& text = {}) {
  return {.text = text, .json = Codec<AgentRun>::encode(run)};
}

// SESSION stands before the word that says what to do with the run, so this one verb holds them
// all.
class SessionRun : public SessionVerb {
 public:
  explicit SessionRun(CLI::App& family)
      : SessionVerb(family, "run", "Start, account for and end an agent run",
                    "run=$(tain session run $id start build --model opus)") {
    app().require_subcommand(1);
    add_start();
    add_usage();
    begin_ = &add("begin", "Say that a pending one runs", "begin $run");
    add_argument(*begin_, "RUN", run_, "Its id");
    cancel_ = &add("cancel", "Call it off", "cancel $run");
    add_argument(*cancel_, "RUN", run_, "Its id");
    finish_ = &add("finish", "End it well", "finish $run");
    add_argument(*finish_, "RUN", run_, "Its id");
    fail_ = &add("fail", "End it as failed", "fail $run \"Out of context\"");
    add_argument(*fail_, "RUN", run_, "Its id");
    add_argument(*fail_, "MESSAGE", message_, "Why");
  }

 private:
  CLI::App& add(const std::string& name, const std::string& description,
                const std::string& example) {
    CLI::App& word = *app().add_subcommand(name, description);
    word.footer("\nExample:\n  tain session run $id " + example);
    word.fallthrough();  // --project, --format and --socket may stand at the end
    return word;
  }

  void add_start() {
    start_ = &add("start", "Start one; prints its id", "start build --model opus --checkpoint 1");
    add_argument(*start_, "TYPE", fresh_.agent_type, "spec, plan, build, research, docs, debug, …");
    add_text(*start_, "--model", fresh_.model, "The model");
    add_text(*start_, "--name", fresh_.name, "What people call it");
    add_text(*start_, "--checkpoint", checkpoint_, "The checkpoint it works on")->type_name("N");
    add_text(*start_, "--id", fresh_.id, "Its id, if not a new one")->type_name("ID");
    add_text(*start_, "--agent", fresh_.agent_id, "The agent, as the registry has it")
        ->type_name("ID");
    start_->add_flag("--pending", pending_, "It does not run yet");
  }

  void add_usage() {
    usage_word_ =
        &add("usage", "Add to what it has used", "usage $run --input 1200 --output 80 --cost 0.02");
    add_argument(*usage_word_, "RUN", run_, "Its id");
    usage_.add_to(*usage_word_);
  }

  Answer apply(SessionStateManager& session) override {
    if (start_->parsed()) return start(session);
    if (usage_word_->parsed()) return add_usage_to_run(session);
    if (begin_->parsed()) {
      return answer(session.set_agent_run_status(run_, AgentRunStatus::running));
    }
    if (cancel_->parsed()) {
      return answer(session.set_agent_run_status(run_, AgentRunStatus::cancelled));
    }
    if (finish_->parsed()) return answer(session.finish_agent_run(run_));
    return answer(session.fail_agent_run(run_, message_));
  }

  Answer start(SessionStateManager& session) {
    fresh_.checkpoint_id = parse_integer("--checkpoint", checkpoint_);
    if (pending_) fresh_.status = AgentRunStatus::pending;
    const AgentRun run = session.start_agent_run(fresh_);
    return answer(run, run.id);
  }

  Answer add_usage_to_run(SessionStateManager& session) {
    const Usage usage = usage_.parse();
    if (usage == Usage{}) throw InvalidArgument("usage", "tokens or a cost", "neither");
    return answer(session.add_agent_run_usage(run_, usage));
  }

  CLI::App* start_ = nullptr;
  CLI::App* usage_word_ = nullptr;
  CLI::App* begin_ = nullptr;
  CLI::App* cancel_ = nullptr;
  CLI::App* finish_ = nullptr;
  CLI::App* fail_ = nullptr;
  NewAgentRun fresh_;
  Text checkpoint_;
  bool pending_ = false;
  std::string run_, message_;
  UsageFlags usage_;
};

}  // namespace

void add_session_run(CLI::App& family, Commands& commands) {
  commands.push_back(std::make_unique<SessionRun>(family));
}

}  // namespace tain::query
