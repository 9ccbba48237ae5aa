// `tain execution`: the queue of agents' runs on tasks. `tain worker`, `tain config`: who takes
// from it, and the project's settings.

#include <chrono>

#include "core/error.h"
#include "core/fs/paths.h"
#include "core/state/config_store.h"
#include "core/state/execution_queue.h"
#include "core/state/worker_store.h"
#include "project_verb.h"

namespace tain::query {
namespace {

using Call = SimpleVerb::Call;

Answer execution_answer(const std::filesystem::path& root, const Execution& execution) {
  return {.text = {}, .json = read_json(execution_file(root, execution.task_id, execution.id))};
}

class ExecutionNew : public ProjectVerb {
 public:
  explicit ExecutionNew(CLI::App& family)
      : ProjectVerb(family, "queue",
                    "Queue a run of an agent's capability on a task; prints its id",
                    "run=$(tain execution queue $task claude-code fix --retries 2)") {
    add_argument(app(), "TASK", fresh_.task_id, "Its id");
    add_argument(app(), "AGENT", fresh_.agent, "Its id or slug");
    add_argument(app(), "CAPABILITY", fresh_.capability_key, "The capability's key");
    add_text(app(), "--args", args_, "An object")->type_name("JSON");
    add_text(app(), "--prompt", fresh_.prompt, "What the agent is told");
    add_text(app(), "--requested-by", fresh_.requested_by, "Who wants it")->type_name("ID");
    add_text(app(), "--retries", retries_, "How often it may be queued again")->type_name("N");
    add_text(app(), "--continues", fresh_.parent_execution_id, "The execution that it goes on with")
        ->type_name("ID");
    add_text(app(), "--id", fresh_.id, "Its id, if not a new one")->type_name("ID");
  }

 private:
  Answer apply(const Io& io) override {
    if (args_) fresh_.args = parse_json_object("--args", *args_);
    fresh_.max_retries = parse_integer("--retries", retries_).value_or(0);
    const Execution queued = ExecutionQueue(root(), options(io)).enqueue(fresh_);
    Answer answer = execution_answer(root(), queued);
    answer.text = queued.id;
    return answer;
  }
  NewExecution fresh_;
  Text args_, retries_;
};

class ExecutionUpdate : public ProjectVerb {
 public:
  explicit ExecutionUpdate(CLI::App& family)
      : ProjectVerb(family, "update", "Say what is known of the run; counts as a heartbeat",
                    "tain execution update $run worker-1 --pid $! --log-file out.log") {
    add_argument(app(), "EXECUTION", execution_, "Its id");
    add_argument(app(), "WORKER", worker_, "The worker that claimed it");
    add_text(app(), "--pid", pid_, "Its process")->type_name("N");
    add_text(app(), "--session-ref", details_.session_ref, "The agent's own session");
    add_text(app(), "--tmux", details_.tmux_session_name, "The tmux session it runs in");
    add_text(app(), "--log-file", log_.file_path, "Where its output goes")->type_name("FILE");
    add_text(app(), "--log-bytes", log_bytes_, "How much that is")->type_name("N");
    add_text(app(), "--log-lines", log_lines_, "How many lines")->type_name("N");
  }

 private:
  Answer apply(const Io& io) override {
    details_.pid = parse_integer("--pid", pid_);
    log_.byte_size = parse_integer("--log-bytes", log_bytes_);
    log_.line_count = parse_integer("--log-lines", log_lines_);
    if (log_.file_path || log_.byte_size || log_.line_count) details_.log = log_;
    ExecutionQueue queue(root(), options(io));
    return execution_answer(root(), queue.update(execution_, worker_, details_));
  }
  std::string execution_, worker_;
  RunDetails details_;
  LogDetails log_;
  Text pid_, log_bytes_, log_lines_;
};

class ExecutionFinish : public ProjectVerb {
 public:
  explicit ExecutionFinish(CLI::App& family)
      : ProjectVerb(
            family, "finish", "End it",
            "tain execution finish $run worker-1 failed --exit-code 2 --error \"No tests\"") {
    add_argument(app(), "EXECUTION", execution_, "Its id");
    add_argument(app(), "WORKER", worker_, "The worker that claimed it");
    add_argument(app(), "OUTCOME", outcome_, "succeeded, failed, timed_out or cancelled");
    add_text(app(), "--exit-code", exit_code_, "What the program left with")->type_name("N");
    add_text(app(), "--error", result_.error, "What went wrong, in a line");
  }

 private:
  Answer apply(const Io& io) override {
    result_.exit_code = parse_integer("--exit-code", exit_code_);
    const auto outcome = parse_word<ExecutionStatus>("outcome", outcome_);
    ExecutionQueue queue(root(), options(io));
    return execution_answer(root(), queue.finish(execution_, worker_, outcome, result_));
  }
  std::string execution_, worker_, outcome_;
  Text exit_code_;
  ExecutionResult result_;
};

Answer claim(const Call& call) {
  const auto claimed = ExecutionQueue(call.root, call.options).claim_next(call.arguments[0]);
  if (!claimed) {
    throw NotFoundError("claim from", tasks_directory(call.root),
                        "nothing is queued whose agent is active and has a place free");
  }
  Answer answer = execution_answer(call.root, *claimed);
  answer.text = claimed->id;
  return answer;
}

Answer reap(const Call& call) {
  const std::chrono::duration<double> age(parse_seconds("age", call.arguments[0]));
  const auto reaped = ExecutionQueue(call.root, call.options)
                          .reap_stale(std::chrono::duration_cast<std::chrono::milliseconds>(age));
  Answer answer{.text = {}, .json = Json{{"reaped", Json::array()}}};
  for (const ReapedExecution& one : reaped) {
    const std::string status(to_text(one.status));
    answer.text.append(answer.text.empty() ? "" : "\n").append(one.execution_id + " " + status);
    answer.json["reaped"].push_back(
        Json{{"execution_id", one.execution_id}, {"task_id", one.task_id}, {"status", status}});
  }
  return answer;
}

const std::vector<SimpleVerb>& execution_verbs() {
  const SimpleVerb::Argument execution{"EXECUTION", "Its id"};
  const SimpleVerb::Argument worker{"WORKER", "The worker's id"};
  static const std::vector<SimpleVerb> verbs{
      {"claim",
       "Take the oldest that can run; prints its id, fails when there is none",
       "run=$(tain execution claim worker-1)",
       {worker},
       claim},
      {"heartbeat",
       "Say that the worker is at it; prints the status, which may be cancelling",
       "tain execution heartbeat $run worker-1",
       {execution, worker},
       [](const Call& call) {
         ExecutionQueue queue(call.root, call.options);
         const Execution beat = queue.heartbeat(call.arguments[0], call.arguments[1]);
         Answer answer = execution_answer(call.root, beat);
         answer.text = to_text(beat.status);
         return answer;
       }},
      {"cancel",
       "Cancel a queued one; ask a running one to end",
       "tain execution cancel $run",
       {execution},
       [](const Call& call) {
         ExecutionQueue queue(call.root, call.options);
         return execution_answer(call.root, queue.request_cancel(call.arguments[0]));
       }},
      {"retry",
       "Queue a failed or timed-out one again",
       "tain execution retry $run",
       {execution},
       [](const Call& call) {
         ExecutionQueue queue(call.root, call.options);
         return execution_answer(call.root, queue.retry(call.arguments[0]));
       }},
      {"reap",
       "Take back what workers hold that were not heard of for so many seconds",
       "tain execution reap 120",
       {{"SECONDS", "How long"}},
       reap},
      {"show",
       "Show it",
       "tain execution show $run",
       {execution},
       [](const Call& call) {
         const ExecutionQueue queue(call.root, call.options);
         Answer answer = execution_answer(call.root, queue.get(call.arguments[0]));
         answer.text = describe(answer.json);
         return answer;
       }},
  };
  return verbs;
}

class WorkerBeatVerb : public ProjectVerb {
 public:
  explicit WorkerBeatVerb(CLI::App& family)
      : ProjectVerb(family, "beat", "Say that a worker is alive", "tain worker beat worker-1") {
    add_argument(app(), "WORKER", worker_, "Its id");
    add_text(app(), "--metadata", metadata_, "An object")->type_name("JSON");
  }

 private:
  Answer apply(const Io& io) override {
    WorkerBeat beat;
    if (metadata_) beat.metadata = parse_json_object("--metadata", *metadata_);
    WorkerStore(root(), options(io)).beat(worker_, beat);
    return {.text = {}, .json = read_json(workers_directory(root()) / entity_file_name(worker_))};
  }
  std::string worker_;
  Text metadata_;
};

Answer setting(const std::string& key, const Json& value) {
  return {.text = value.dump(), .json = Json{{"key", key}, {"value", value}}};
}

const std::vector<SimpleVerb>& config_verbs() {
  static const std::vector<SimpleVerb> verbs{
      {"get",
       "Print a setting",
       "tain config get worker.poll_ms",
       {{"KEY", "Its name"}},
       [](const Call& call) {
         const auto entry = get_config(call.root, call.arguments[0], call.options);
         if (entry) return setting(call.arguments[0], entry->value);
         throw NotFoundError("read", config_file(call.root),
                             "there is no setting " + call.arguments[0]);
       }},
      {"set",
       "Set a setting",
       "tain config set worker.poll_ms 500",
       {{"KEY", "Its name"}, {"JSON", "Any JSON value"}},
       [](const Call& call) {
         const Json value = parse_json("value", call.arguments[1]);
         set_config(call.root, call.arguments[0], value, call.options);
         Answer answer = setting(call.arguments[0], value);
         answer.text.clear();
         return answer;
       }},
      {"unset",
       "Remove a setting",
       "tain config unset worker.poll_ms",
       {{"KEY", "Its name"}},
       [](const Call& call) {
         if (unset_config(call.root, call.arguments[0], call.options)) {
           Answer answer = setting(call.arguments[0], nullptr);
           answer.text.clear();
           return answer;
         }
         throw NotFoundError("change", config_file(call.root),
                             "there is no setting " + call.arguments[0]);
       }},
  };
  return verbs;
}

}  // namespace

void add_execution(CLI::App& app, Commands& commands) {
  CLI::App& family = add_family(app, "execution", "The queue of agents' runs on tasks",
                                "run=$(tain execution queue $task claude-code fix)");
  commands.push_back(std::make_unique<ExecutionNew>(family));
  commands.push_back(std::make_unique<ExecutionUpdate>(family));
  commands.push_back(std::make_unique<ExecutionFinish>(family));
  add_simple_verbs(family, commands, execution_verbs());
  CLI::App& worker = add_family(app, "worker", "The processes that take from the queue",
                                "tain worker beat worker-1");
  commands.push_back(std::make_unique<WorkerBeatVerb>(worker));
  CLI::App& config =
      add_family(app, "config", "A project's settings", "tain config set worker.poll_ms 500");
  add_simple_verbs(config, commands, config_verbs());
}

}  // namespace tain::query
