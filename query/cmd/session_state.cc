// The verbs that change one thing in `state.json`.

#include "core/error.h"
#include "session_verb.h"

namespace tain::query {
namespace {

class SessionPhase : public StateVerb {
 public:
  explicit SessionPhase(CLI::App& family)
      : StateVerb(family, "phase", "Leave the current phase and enter another",
                  "tain session phase $id build") {
    add_argument(app(), "PHASE", phase_, "spec, plan, build, docs or complete");
  }

 private:
  void change(SessionStateManager& session) override {
    session.transition_to_phase(parse_word<Phase>("phase", phase_));
  }
  std::string phase_;
};

class SessionBuild : public StateVerb {
 public:
  explicit SessionBuild(CLI::App& family)
      : StateVerb(family, "build", "Plan a build of so many checkpoints",
                  "tain session build $id 5") {
    add_argument(app(), "TOTAL", total_, "How many checkpoints");
  }

 private:
  void change(SessionStateManager& session) override {
    session.init_build(parse_integer("total", total_));
  }
  std::string total_;
};

class SessionCheckpoint : public StateVerb {
 public:
  explicit SessionCheckpoint(CLI::App& family)
      : StateVerb(family, "checkpoint", "Start or complete a checkpoint of the build",
                  "tain session checkpoint $id complete 1") {
    add_argument(app(), "ACTION", action_, "start or complete")
        ->check(CLI::IsMember({"start", "complete"}));
    add_argument(app(), "NUMBER", number_, "Which, from 1");
  }

 private:
  void change(SessionStateManager& session) override {
    const std::int64_t number = parse_integer("number", number_);
    if (action_ == "start") {
      session.start_checkpoint(number);
    } else {
      session.complete_checkpoint(number);
    }
  }
  std::string action_, number_;
};

class SessionCommit : public StateVerb {
 public:
  explicit SessionCommit(CLI::App& family)
      : StateVerb(family, "commit", "Record a commit",
                  "tain session commit $id $(git rev-parse HEAD) \"Parse dates\" --checkpoint 1") {
    add_argument(app(), "SHA", sha_, "The commit");
    add_argument(app(), "MESSAGE", message_, "What it says");
    add_text(app(), "--checkpoint", checkpoint_, "The checkpoint it belongs to")->type_name("N");
  }

 private:
  void change(SessionStateManager& session) override {
    session.add_commit(sha_, message_, parse_integer("--checkpoint", checkpoint_));
  }
  std::string sha_, message_;
  Text checkpoint_;
};

class SessionStatusVerb : public StateVerb {
 public:
  explicit SessionStatusVerb(CLI::App& family)
      : StateVerb(family, "status", "Change the status", "tain session status $id completed") {
    add_argument(app(), "STATUS", status_, list_words<SessionStatus>());
  }

 private:
  void change(SessionStateManager& session) override {
    session.set_status(parse_word<SessionStatus>("status", status_));
  }
  std::string status_;
};

void set_if_given(std::optional<std::string>& field, const Text& value) {
  if (value) field = value;
}

class SessionGit : public StateVerb {
 public:
  explicit SessionGit(CLI::App& family)
      : StateVerb(family, "git", "Say where in git the work is; what is not given stays",
                  "tain session git $id --branch parser --base-branch main") {
    add_text(app(), "--branch", git_.branch, "The branch");
    add_text(app(), "--worktree", git_.worktree, "The worktree")->type_name("DIR");
    add_text(app(), "--base-branch", git_.base_branch, "What it branched off");
  }

 private:
  void change(SessionStateManager& session) override {
    if (git_ == Git{}) {
      throw InvalidArgument("git", "--branch, --worktree or --base-branch", "none of them");
    }
    session.update([this](Session& state) {
      set_if_given(state.git.branch, git_.branch);
      set_if_given(state.git.worktree, git_.worktree);
      set_if_given(state.git.base_branch, git_.base_branch);
    });
  }
  Git git_;
};

class SessionDecision : public StateVerb {
 public:
  explicit SessionDecision(CLI::App& family)
      : StateVerb(family, "decision", "Record a decision",
                  "tain session decision $id \"Use SQLite\" --rationale \"One file\"") {
    add_argument(app(), "TITLE", title_, "What was decided");
    add_text(app(), "--rationale", rationale_, "Why");
    add_text(app(), "--date", date_, "When, if not today (UTC)")->type_name("YYYY-MM-DD");
  }

 private:
  void change(SessionStateManager& session) override {
    if (date_ && !parse_time(*date_)) {
      throw InvalidArgument("--date", "a date such as 2026-02-16", "\"" + *date_ + "\"");
    }
    session.add_decision(title_, rationale_.value_or(""), date_.value_or(""));
  }
  std::string title_;
  Text rationale_, date_;
};

void replace_if_given(std::vector<std::string>& level, const std::vector<std::string>& goals) {
  if (!goals.empty()) level = goals;
}

class SessionGoals : public StateVerb {
 public:
  explicit SessionGoals(CLI::App& family)
      : StateVerb(family, "goals", "Set the goals of a level; levels that are not given stay",
                  "tain session goals $id --high \"Fast parser\" --mid \"No copies\"") {
    add_texts(app(), "--high", goals_.high_level, "A high-level goal; may be repeated");
    add_texts(app(), "--mid", goals_.mid_level, "A mid-level goal; may be repeated");
    add_texts(app(), "--detailed", goals_.detailed, "A detailed goal; may be repeated");
  }

 private:
  void change(SessionStateManager& session) override {
    if (goals_ == Goals{}) {
      throw InvalidArgument("goals", "--high, --mid or --detailed", "none of them");
    }
    session.update([this](Session& state) {
      replace_if_given(state.goals.high_level, goals_.high_level);
      replace_if_given(state.goals.mid_level, goals_.mid_level);
      replace_if_given(state.goals.detailed, goals_.detailed);
    });
  }
  Goals goals_;
};

}  // namespace

void add_session_state_verbs(CLI::App& family, Commands& commands) {
  commands.push_back(std::make_unique<SessionPhase>(family));
  commands.push_back(std::make_unique<SessionBuild>(family));
  commands.push_back(std::make_unique<SessionCheckpoint>(family));
  commands.push_back(std::make_unique<SessionCommit>(family));
  commands.push_back(std::make_unique<SessionStatusVerb>(family));
  commands.push_back(std::make_unique<SessionGit>(family));
  commands.push_back(std::make_unique<SessionDecision>(family));
  commands.push_back(std::make_unique<SessionGoals>(family));
}

}  // namespace tain::query
