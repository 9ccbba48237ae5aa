// `tain session-task`: background work of a session, what it reports, what it is told.

#include "core/error.h"
#include "core/fs/paths.h"
#include "core/json/ids.h"
#include "core/state/session_tasks.h"
#include "project_verb.h"
#include "query/print/unicode.h"

namespace tain::query {
namespace {

// Where SESSION is: an id in this project, or a path to its directory.
std::filesystem::path find_session(const std::filesystem::path& root, const std::string& session) {
  if (session.find('/') != std::string::npos) return std::filesystem::absolute(session);
  require_valid_id("session", session);
  return session_directory(root, session);
}

Json session_task_json(const std::filesystem::path& session, const std::string& task) {
  return read_json(session_task_directory(session, task) / kTaskFile);
}

// A verb that takes SESSION first.
class SessionTaskVerb : public ProjectVerb {
 public:
  SessionTaskVerb(CLI::App& family, const std::string& name, const std::string& description,
                  const std::string& example)
      : ProjectVerb(family, name, description, example) {
    add_argument(app(), "SESSION", session_, "Its id in this project, or a path to its directory");
  }

 private:
  Answer apply(const Io& io) final {
    const bool is_path = session_.find('/') != std::string::npos;
    const std::filesystem::path directory =
        find_session(is_path ? std::filesystem::path() : root(), session_);
    SessionTaskRegistry registry(directory, options(io));
    return act(registry, directory);
  }
  virtual Answer act(SessionTaskRegistry& registry, const std::filesystem::path& session) = 0;

  std::string session_;
};

class SessionTaskNew : public SessionTaskVerb {
 public:
  explicit SessionTaskNew(CLI::App& family)
      : SessionTaskVerb(family, "new", "Write down a piece of background work; prints its id",
                        "job=$(tain session-task new $session subagent --name \"Run the tests\")") {
    add_argument(app(), "KIND", fresh_.kind,
                 "subagent, external_agent, background_tool, monitor, …");
    add_text(app(), "--name", name_, "What people call it");
    add_text(app(), "--spec", spec_, "What its executor is given")->type_name("JSON");
    add_text(app(), "--id", fresh_.id, "Its id, if not a new one; the same again is the same task")
        ->type_name("ID");
    add_text(app(), "--wake", wake_, list_words<WakePolicy>() + ", the default being on_terminal");
    add_text(app(), "--child-session", fresh_.links.child_session_id, "The session that does it")
        ->type_name("ID");
    add_text(app(), "--remote-task", fresh_.links.remote_task_id, "Its id elsewhere")
        ->type_name("ID");
    add_texts(app(), "--resource", fresh_.links.resource_ids, "An id that it has to do with");
    app().add_flag("--running", running_, "It runs already");
  }

 private:
  Answer act(SessionTaskRegistry& registry, const std::filesystem::path& session) override {
    if (name_) fresh_.display_name = *name_;
    if (spec_) fresh_.spec = parse_json_object("--spec", *spec_);
    if (wake_) fresh_.wake_policy = parse_word<WakePolicy>("--wake", *wake_);
    if (running_) fresh_.state = SessionTaskState::running;
    const SessionTask task = registry.create(fresh_);
    return {.text = task.id, .json = session_task_json(session, task.id)};
  }

  NewSessionTask fresh_;
  Text name_, spec_, wake_;
  bool running_ = false;
};

// A verb that takes SESSION and TASK.
class OneTaskVerb : public SessionTaskVerb {
 public:
  OneTaskVerb(CLI::App& family, const std::string& name, const std::string& description,
              const std::string& example)
      : SessionTaskVerb(family, name, description, example) {
    add_argument(app(), "TASK", task_, "Its id");
  }

 protected:
  const std::string& task() const { return task_; }
  void add_attempt() {
    add_text(app(), "--attempt", attempt_, "The attempt that reports, if not the latest")
        ->type_name("N");
  }
  // A report of an attempt that has been superseded is refused.
  std::int64_t attempt(const SessionTaskRegistry& registry) const {
    const std::optional<std::int64_t> given = parse_integer("--attempt", attempt_);
    return given ? *given : registry.get(task_).attempt;
  }

 private:
  std::string task_;
  Text attempt_;
};

class SessionTaskReport : public OneTaskVerb {
 public:
  explicit SessionTaskReport(CLI::App& family)
      : OneTaskVerb(family, "report", "Say how the work goes",
                    "tain session-task report $session $job --state succeeded --summary \"All "
                    "pass\"") {
    add_attempt();
    add_text(app(), "--state", state_, list_words<SessionTaskState>());
    add_text(app(), "--detail", update_.state_detail, "More about the state");
    add_text(app(), "--current", current_, "How much is done")->type_name("N");
    add_text(app(), "--total", total_, "Of how much")->type_name("N");
    add_text(app(), "--unit", progress_.unit, "Of what: files, tests, …");
    add_text(app(), "--label", progress_.label, "What is being done");
    add_text(app(), "--ask", request_.prompt, "Ask for input, and wait for it");
    add_text(app(), "--ask-id", request_.id, "What a reply is to refer to, if not a new id")
        ->type_name("ID");
    add_text(app(), "--expected", expected_, "What an answer looks like")->type_name("JSON");
    add_text(app(), "--summary", update_.summary, "What came of it");
    add_text(app(), "--error-kind", error_.kind, "timeout, rejected, orphaned, …");
    add_text(app(), "--error", error_.message, "Why it failed");
    add_text(app(), "--child-session", links_.child_session_id, "The session that does it")
        ->type_name("ID");
    add_text(app(), "--remote-task", links_.remote_task_id, "Its id elsewhere")->type_name("ID");
    add_texts(app(), "--resource", links_.resource_ids, "An id that it has to do with");
    add_text(app(), "--artifact", artifacts_, "What it has made: a list of {name, type, path, url}")
        ->type_name("JSON");
    add_text(app(), "--worker", update_.worker_id, "Who works on it")->type_name("ID");
  }

 private:
  Answer act(SessionTaskRegistry& registry, const std::filesystem::path& session) override {
    if (state_) update_.state = parse_word<SessionTaskState>("--state", *state_);
    progress_.current = parse_number("--current", current_);
    progress_.total = parse_number("--total", total_);
    if (expected_) request_.expected = parse_json("--expected", *expected_);
    if (!(progress_ == TaskProgress{})) update_.progress = progress_;
    if (!(request_ == TaskInputRequest{})) update_.input_request = request_;
    if (!(error_ == TaskError{})) update_.error = error_;
    if (!(links_ == TaskLinks{})) update_.links = links_;
    if (artifacts_) {
      update_.artifacts = parse_artifacts();
    }
    registry.update(task(), attempt(registry), update_);
    return {.text = {}, .json = session_task_json(session, task())};
  }

  std::vector<TaskArtifact> parse_artifacts() const {
    const Json json = parse_json("--artifact", *artifacts_);
    const std::filesystem::path argument = "--artifact";
    try {
      return Codec<std::vector<TaskArtifact>>::decode(json, Place(argument));
    } catch (const SchemaError& error) {
      throw InvalidArgument("--artifact", "a list of {name, type, path, url}", error.what());
    }
  }

  SessionTaskUpdate update_;
  TaskProgress progress_;
  TaskInputRequest request_;
  TaskError error_;
  TaskLinks links_;
  Text state_, current_, total_, expected_, artifacts_;
};

class SessionTaskPost : public OneTaskVerb {
 public:
  explicit SessionTaskPost(CLI::App& family)
      : OneTaskVerb(family, "post", "Send it a message, or one of its own; prints the message's id",
                    "tain session-task post $session $job \"Yes, go on\" --reply-to $request") {
    app().add_option("TEXT", text_, "What is said")->type_name("");
    app().add_flag("--outbound", outbound_, "From the work to the session, not to the work");
    add_text(app(), "--reply-to", message_.in_reply_to, "The input request that it answers")
        ->type_name("ID");
    add_text(app(), "--data", data_, "Data to go with it")->type_name("JSON");
    add_texts(app(), "--file", files_, "A file to go with it; may be repeated")->type_name("FILE");
    add_attempt();
  }

 private:
  Answer act(SessionTaskRegistry& registry, const std::filesystem::path& /*session*/) override {
    if (outbound_) {
      message_.direction = MessageDirection::outbound;
      message_.attempt = attempt(registry);
    }
    if (!text_.empty()) message_.content.push_back({.type = PartType::text, .text = text_});
    if (data_) {
      message_.content.push_back({.type = PartType::data, .data = parse_json("--data", *data_)});
    }
    for (const std::string& file : files_) {
      message_.content.push_back({.type = PartType::file, .path = file});
    }
    const TaskMessage written = registry.post_message(task(), message_);
    return {.text = written.id, .json = Codec<TaskMessage>::encode(written)};
  }

  std::string text_;
  bool outbound_ = false;
  NewTaskMessage message_;
  Text data_;
  std::vector<std::string> files_;
};

class SessionTaskResult : public OneTaskVerb {
 public:
  explicit SessionTaskResult(CLI::App& family)
      : OneTaskVerb(family, "result", "Write down its result",
                    "tain session-task result $session $job '{\"passed\": 120}'") {
    add_argument(app(), "JSON", result_, "Any JSON");
    add_attempt();
  }

 private:
  Answer act(SessionTaskRegistry& registry, const std::filesystem::path& session) override {
    registry.write_result(task(), attempt(registry), parse_json("result", result_));
    return {.text = {}, .json = session_task_json(session, task())};
  }
  std::string result_;
};

class SessionTaskHeartbeat : public OneTaskVerb {
 public:
  explicit SessionTaskHeartbeat(CLI::App& family)
      : OneTaskVerb(family, "heartbeat", "Say that the work goes on",
                    "tain session-task heartbeat $session $job --attempt 2") {
    add_attempt();
  }

 private:
  Answer act(SessionTaskRegistry& registry, const std::filesystem::path& session) override {
    registry.heartbeat(task(), attempt(registry));
    return {.text = {}, .json = session_task_json(session, task())};
  }
};

class SessionTaskTakeOver : public OneTaskVerb {
 public:
  explicit SessionTaskTakeOver(CLI::App& family)
      : OneTaskVerb(family, "take-over",
                    "Give the work to another worker; prints the number of the new attempt",
                    "attempt=$(tain session-task take-over $session $job worker-2)") {
    add_argument(app(), "WORKER", worker_, "Who works on it from here on");
  }

 private:
  Answer act(SessionTaskRegistry& registry, const std::filesystem::path& session) override {
    const SessionTask taken = registry.begin_attempt(task(), worker_);
    return {.text = std::to_string(taken.attempt), .json = session_task_json(session, task())};
  }
  std::string worker_;
};

class SessionTaskCancel : public OneTaskVerb {
 public:
  explicit SessionTaskCancel(CLI::App& family)
      : OneTaskVerb(family, "cancel", "Ask the work to end; a queued task is cancelled at once",
                    "tain session-task cancel $session $job") {}

 private:
  Answer act(SessionTaskRegistry& registry, const std::filesystem::path& session) override {
    registry.request_cancel(task());
    return {.text = {}, .json = session_task_json(session, task())};
  }
};

class SessionTaskShow : public OneTaskVerb {
 public:
  explicit SessionTaskShow(CLI::App& family)
      : OneTaskVerb(family, "show", "Show it, and what was said",
                    "tain session-task show $session $job") {}

 private:
  Answer act(SessionTaskRegistry& registry, const std::filesystem::path& session) override {
    registry.get(task());  // says best what is missing
    const Json json = session_task_json(session, task());
    std::string text = describe(json);
    for (const TaskMessage& message : registry.messages(task())) {
      text.append("\n").append(to_text(message.direction)).append(": ");
      text += make_visible(task_message_text(message));
    }
    return {.text = std::move(text), .json = json};
  }
};

}  // namespace

void add_session_task(CLI::App& app, Commands& commands) {
  CLI::App& family = add_family(app, "session-task", "Background work of a session",
                                "job=$(tain session-task new $session subagent)");
  commands.push_back(std::make_unique<SessionTaskNew>(family));
  commands.push_back(std::make_unique<SessionTaskReport>(family));
  commands.push_back(std::make_unique<SessionTaskPost>(family));
  commands.push_back(std::make_unique<SessionTaskResult>(family));
  commands.push_back(std::make_unique<SessionTaskHeartbeat>(family));
  commands.push_back(std::make_unique<SessionTaskTakeOver>(family));
  commands.push_back(std::make_unique<SessionTaskCancel>(family));
  commands.push_back(std::make_unique<SessionTaskShow>(family));
}

}  // namespace tain::query
