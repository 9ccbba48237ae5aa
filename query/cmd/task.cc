// `tain task`: work items, their tree, their dependencies, the sessions that work on them.

#include "core/error.h"
#include "core/fs/paths.h"
#include "core/state/task_store.h"
#include "event_flags.h"
#include "project_verb.h"

namespace tain::query {
namespace {

Json task_json(const std::filesystem::path& root, const std::string& id) {
  return read_json(task_directory(root, id) / kTaskFile);
}

// The flags with which a task is made and changed alike.
class TaskFlags {
 public:
  void add_to(CLI::App& app) {
    add_text(app, "--description", description_, "More about it");
    add_text(app, "--prompt", prompt_, "What the user asked for, verbatim");
    add_text(app, "--priority", priority_, list_words<TaskPriority>());
    add_text(app, "--assignee", assignee_, "The agent that is to do it")->type_name("AGENT");
    add_text(app, "--owner", owner_, "The person whose task it is")->type_name("ID");
    add_text(app, "--due", due_, "When it is to be done")->type_name("TIME");
    add_texts(app, "--skill", skills_, "A skill that it needs; may be repeated");
    add_texts(app, "--agent", agents_, "An agent that may work on it; may be repeated");
    add_text(app, "--working-dir", working_dir_, "Where its agent starts")->type_name("DIR");
    add_text(app, "--env", env_, "Environment variables for its agent")->type_name("JSON");
    add_text(app, "--args", args_, "Arguments for its agent")->type_name("JSON");
    add_text(app, "--prompt-additions", prompt_additions_, "What its agent is told besides");
  }

  // Sets what was given in `task`, a Task or a NewTask.
  template <class T>
  void apply(T& task) const {
    if (description_) task.description = description_;
    if (prompt_) task.initial_prompt = prompt_;
    if (priority_) task.priority = parse_word<TaskPriority>("--priority", *priority_);
    if (assignee_) task.assignee_agent_id = assignee_;
    if (owner_) task.owner_id = owner_;
    if (due_) task.due_at = parse_moment("--due", due_);
    if (!skills_.empty()) task.skill_ids = skills_;
    if (!agents_.empty()) task.agent_ids = agents_;
    if (working_dir_) task.input_context.working_dir = working_dir_;
    if (env_) task.input_context.env_overrides = parse_json_object("--env", *env_);
    if (args_) task.input_context.args = parse_json_object("--args", *args_);
    if (prompt_additions_) task.input_context.prompt_additions = prompt_additions_;
  }

 private:
  Text description_, prompt_, priority_, assignee_, owner_, due_, working_dir_, env_, args_,
      prompt_additions_;
  std::vector<std::string> skills_, agents_;
};

class TaskNew : public ProjectVerb {
 public:
  explicit TaskNew(CLI::App& family)
      : ProjectVerb(family, "new", "Write down a task; prints its id",
                    "tain task new \"Fix the type errors\" --priority high --depends-on $other") {
    add_argument(app(), "TITLE", fresh_.title, "What is to be done");
    add_text(app(), "--id", fresh_.id, "Its id, if not a new one")->type_name("ID");
    add_text(app(), "--parent", fresh_.parent_id, "The task that it is a part of")
        ->type_name("TASK");
    add_texts(app(), "--depends-on", fresh_.dependencies,
              "A task to be completed before it; may be repeated")
        ->type_name("TASK");
    add_text(app(), "--kind", kind_, "primary (default) or background");
    add_text(app(), "--parent-session", fresh_.parent_session_id,
             "The session that started a background task")
        ->type_name("SESSION");
    add_text(app(), "--background-id", fresh_.background_task_id,
             "The runtime's id of the background work")
        ->type_name("ID");
    add_text(app(), "--runtime", fresh_.runtime_source, "The runtime it comes from");
    flags_.add_to(app());
  }

 private:
  Answer apply(const Io& io) override {
    if (kind_) fresh_.kind = parse_word<TaskKind>("--kind", *kind_);
    flags_.apply(fresh_);
    const std::filesystem::path project = root();
    const Task task = TaskStore(project, options(io)).create(fresh_);
    return {.text = task.id, .json = task_json(project, task.id)};
  }

  NewTask fresh_;
  Text kind_;
  TaskFlags flags_;
};

class TaskEdit : public ProjectVerb {
 public:
  explicit TaskEdit(CLI::App& family)
      : ProjectVerb(family, "edit", "Change what was written down",
                    "tain task edit $task --title \"Fix all type errors\" --priority urgent") {
    add_argument(app(), "TASK", id_, "Its id");
    add_text(app(), "--title", title_, "What is to be done");
    add_text(app(), "--sort-order", sort_order_, "Its place among its status")->type_name("N");
    flags_.add_to(app());
  }

 private:
  Answer apply(const Io& io) override {
    const std::optional<std::int64_t> sort_order = parse_integer("--sort-order", sort_order_);
    const std::filesystem::path project = root();
    TaskStore(project, options(io)).update(id_, [&](Task& task) {
      if (title_) task.title = *title_;
      if (sort_order) task.sort_order = *sort_order;
      flags_.apply(task);
    });
    return {.text = {}, .json = task_json(project, id_)};
  }

  std::string id_;
  Text title_, sort_order_;
  TaskFlags flags_;
};

class TaskEvent : public ProjectVerb {
 public:
  explicit TaskEvent(CLI::App& family)
      : ProjectVerb(family, "event", "Append an event to its timeline; prints its id",
                    "tain task event $task milestone --message \"All endpoints work\"") {
    add_argument(app(), "TASK", id_, "Its id");
    flags_.add_to(app());
    add_text(app(), "--session", flags_.event.session_id, "The session it belongs to")
        ->type_name("ID");
  }

 private:
  Answer apply(const Io& io) override {
    const Event written = TaskStore(root(), options(io)).append_event(id_, flags_.parse());
    return {.text = written.id, .json = Codec<Event>::encode(written)};
  }

  std::string id_;
  EventFlags flags_;
};

using Change = std::function<void(TaskStore& tasks, const std::vector<std::string>& arguments)>;

// A verb whose first argument is the task that it changes.
SimpleVerb changes(const std::string& name, const std::string& description,
                   const std::string& example, std::vector<SimpleVerb::Argument> others,
                   const Change& change) {
  others.insert(others.begin(), {"TASK", "Its id"});
  return {name, description, example, std::move(others), [change](const SimpleVerb::Call& call) {
            TaskStore tasks(call.root, call.options);
            change(tasks, call.arguments);
            return Answer{.text = {}, .json = task_json(call.root, call.arguments[0])};
          }};
}

const std::vector<SimpleVerb>& task_verbs() {
  using Arguments = std::vector<std::string>;
  static const std::vector<SimpleVerb> verbs{
      changes("status", "Take the next step of its lifecycle", "tain task status $task in_progress",
              {{"STATUS", list_words<TaskStatus>()}},
              [](TaskStore& tasks, const Arguments& given) {
                tasks.set_status(given[0], parse_word<TaskStatus>("status", given[1]));
              }),
      changes("parent", "Make it a part of another task, or of none",
              "tain task parent $task $parent", {{"PARENT", "A task's id, or none"}},
              [](TaskStore& tasks, const Arguments& given) {
                tasks.set_parent(given[0],
                                 given[1] == "none" ? std::nullopt : std::optional(given[1]));
              }),
      changes("depend", "Let it wait for another task", "tain task depend $task $other",
              {{"OTHER", "The task to be completed before"}},
              [](TaskStore& tasks, const Arguments& given) {
                tasks.add_dependency(given[0], given[1]);
              }),
      changes("undepend", "Let it wait for another task no longer",
              "tain task undepend $task $other", {{"OTHER", "The other task"}},
              [](TaskStore& tasks, const Arguments& given) {
                tasks.remove_dependency(given[0], given[1]);
              }),
      changes("link", "Say that a session works on it", "tain task link $task $session",
              {{"SESSION", "Its id"}},
              [](TaskStore& tasks, const Arguments& given) { tasks.link(given[0], given[1]); }),
      changes("unlink", "Say that a session works on it no longer",
              "tain task unlink $task $session", {{"SESSION", "Its id"}},
              [](TaskStore& tasks, const Arguments& given) { tasks.unlink(given[0], given[1]); }),
      {"show",
       "Show it",
       "tain task show $task --format json",
       {{"TASK", "Its id"}},
       [](const SimpleVerb::Call& call) {
         TaskStore(call.root, call.options).get(call.arguments[0]);
         const Json json = task_json(call.root, call.arguments[0]);
         return Answer{.text = describe(json), .json = json};
       }},
  };
  return verbs;
}

}  // namespace

void add_task(CLI::App& app, Commands& commands) {
  CLI::App& family = add_family(app, "task", "Write down tasks, and what becomes of them",
                                "task=$(tain task new \"Fix the type errors\")");
  commands.push_back(std::make_unique<TaskNew>(family));
  commands.push_back(std::make_unique<TaskEdit>(family));
  commands.push_back(std::make_unique<TaskEvent>(family));
  add_simple_verbs(family, commands, task_verbs());
}

}  // namespace tain::query
