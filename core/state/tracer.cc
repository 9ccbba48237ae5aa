#include "tracer.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_directory.h"
#include "session_state_manager.h"

namespace tain {
namespace {

using BindingFile = EntityFile<RuntimeBinding>;

SessionOptions session_options(const ProjectOptions& options) {
  SessionOptions result;
  static_cast<ProjectOptions&>(result) = options;
  return result;
}

}  // namespace

std::optional<TaskStatus> status_at_rest(const TaskAtRest& task) {
  const auto if_allowed = [&](TaskStatus to) {
    return is_allowed(task.status, to) ? std::optional(to) : std::nullopt;
  };
  if (task.reason == EndReason::failed) return if_allowed(TaskStatus::failed);
  if (task.kind == TaskKind::background) return if_allowed(TaskStatus::completed);
  if (task.background_running) return if_allowed(TaskStatus::waiting);
  if (task.asked_to_complete) return if_allowed(TaskStatus::completed);
  return task.reason == EndReason::idle ? if_allowed(TaskStatus::waiting) : std::nullopt;
}

Tracer::Tracer(const std::filesystem::path& project_root, ProjectOptions options)
    : root_(std::filesystem::absolute(project_root).lexically_normal()),
      options_(std::move(options)),
      tasks_(root_, options_) {}

std::filesystem::path Tracer::binding_file(std::string_view source,
                                           std::string_view session) const {
  require_valid_id("runtime source", source);
  require_valid_id("runtime session id", session);
  return bindings_directory(root_, source) / entity_file_name(session);
}

std::optional<RuntimeBinding> Tracer::find(std::string_view source,
                                           std::string_view session) const {
  const std::filesystem::path path = binding_file(source, session);
  if (!file_exists(*options_.file_system, path)) return std::nullopt;
  return BindingFile::open(path, options_).entity();
}

// The binding is written before what it names, with ids that are chosen here: whoever finds it next
// knows what is still to be made, and nothing is made twice.
RuntimeBinding Tracer::bind(const RuntimeSession& wanted) {
  const std::filesystem::path path = binding_file(wanted.runtime_source, wanted.runtime_session_id);
  const Timestamp time = options_.clock();
  make_entity_directory(root_, path.parent_path(), options_);
  const DirectoryLock lock(*options_.file_system, path.parent_path());
  require_project(root_, options_);
  if (!file_exists(*options_.file_system, path)) {
    const RuntimeBinding fresh{.runtime_source = wanted.runtime_source,
                               .runtime_session_id = wanted.runtime_session_id,
                               .task_id = wanted.task_id.value_or(make_id("task", time)),
                               .session_id = make_id("sess", time),
                               .created_at = time,
                               .updated_at = time};
    return BindingFile::create(lock, path, fresh, options_).entity();
  }
  BindingFile file = BindingFile::open(path, options_);
  const bool is_over =
      file_exists(*options_.file_system,
                  session_directory(root_, file.entity().session_id) / kStateFile) &&
      !is_running(file.entity().session_id);
  if (is_over) {
    file.update(
        lock, [&](RuntimeBinding& binding) { binding.session_id = make_id("sess", time); },
        [&](RuntimeBinding& binding) { binding.updated_at = time; });
  }
  return file.entity();
}

// One whose file is bad is not known to run, and must not keep its task from coming to rest.
bool Tracer::is_running(const std::string& session_id) const {
  if (!is_valid_id(session_id)) return false;
  const auto session =
      read_if_sound<Session>(session_directory(root_, session_id) / kStateFile, options_);
  return session && !is_terminal(session->status);
}

void Tracer::ensure_task(const RuntimeBinding& binding, const RuntimeSession& wanted) {
  const auto path = task_directory(root_, binding.task_id) / kTaskFile;
  if (!file_exists(*options_.file_system, path)) {
    NewTask fresh;
    fresh.id = binding.task_id;
    fresh.title = wanted.title;
    fresh.initial_prompt = wanted.initial_prompt;
    fresh.kind = wanted.kind;
    fresh.parent_id = wanted.parent_id;
    fresh.parent_session_id = wanted.parent_session_id;
    fresh.runtime_source = wanted.runtime_source;
    try {
      tasks_.create(fresh);
    } catch (const AlreadyExistsError&) {  // by another process, for the same binding
    }
  }
  const TaskStatus status = tasks_.get(binding.task_id).status;
  if (!is_allowed(status, TaskStatus::in_progress)) return;
  try {
    tasks_.set_status(binding.task_id, TaskStatus::in_progress);
  } catch (const InvalidTransition&) {  // another process was quicker
  }
}

void Tracer::ensure_session(const RuntimeBinding& binding, const RuntimeSession& wanted) {
  const auto state = session_directory(root_, binding.session_id) / kStateFile;
  if (!file_exists(*options_.file_system, state)) {
    NewSession fresh;
    fresh.id = binding.session_id;
    fresh.topic = wanted.title;
    fresh.parent_session_id = wanted.parent_session_id;
    fresh.runtime = {wanted.runtime_source, wanted.runtime_session_id};
    try {
      SessionStateManager::create(root_, fresh, session_options(options_));
    } catch (const AlreadyExistsError&) {  // by another process, for the same binding
    }
  }
  tasks_.link(binding.task_id, binding.session_id);
}

RuntimeBinding Tracer::ensure_runtime_session(const RuntimeSession& wanted) {
  require_text("title", wanted.title);
  Task task;  // as far as what is given decides whether it can be written
  task.title = wanted.title;
  task.initial_prompt = wanted.initial_prompt;
  require_writable("runtime session", task);
  if (wanted.task_id) tasks_.get(*wanted.task_id);
  if (wanted.parent_id) tasks_.get(*wanted.parent_id);
  RuntimeBinding binding = bind(wanted);
  options_.notifier.notify(bindings_directory(root_, wanted.runtime_source));
  ensure_task(binding, wanted);
  ensure_session(binding, wanted);
  return binding;
}

bool Tracer::has_running_session(const Task& task) const {
  return std::any_of(task.session_ids.begin(), task.session_ids.end(),
                     [this](const std::string& session) { return is_running(session); });
}

bool Tracer::has_background_running(const std::string& task_id) const {
  const std::vector<Task> all = tasks_.list().entities;
  std::set<std::string> below{task_id};
  for (bool grown = true; grown;) {
    grown = false;
    for (const Task& task : all) {
      if (!task.parent_id || !below.contains(*task.parent_id)) continue;
      grown = below.insert(task.id).second || grown;
    }
  }
  return std::any_of(all.begin(), all.end(), [&](const Task& task) {
    return task.id != task_id && below.contains(task.id) && task.kind == TaskKind::background &&
           task.status == TaskStatus::in_progress;
  });
}

void Tracer::settle(const std::string& task_id, EndReason reason, bool complete_task) {
  const Task task = tasks_.get(task_id);
  if (has_running_session(task)) return;
  const std::optional<TaskStatus> status = status_at_rest(
      {.status = task.status,
       .kind = task.kind,
       .reason = reason,
       .asked_to_complete = complete_task,
       .background_running = task.kind == TaskKind::primary && has_background_running(task_id)});
  if (!status) return;
  try {
    tasks_.set_status(task_id, *status);
  } catch (const InvalidTransition&) {  // somebody else has decided since
  }
}

void Tracer::end_session(const std::string& session_id, EndReason reason, bool complete_task) {
  require_valid_id("session id", session_id);
  auto session =
      SessionStateManager::open(session_directory(root_, session_id), session_options(options_));
  const std::vector<std::string> tasks = session.state().task_ids;
  if (!is_terminal(session.state().status)) {
    session.set_status(reason == EndReason::failed ? SessionStatus::failed
                                                   : SessionStatus::completed);
    for (const std::string& task : tasks) {
      tasks_.append_event(task, {.type = "session_ended",
                                 .session_id = session_id,
                                 .data = Json{{"reason", to_text(reason)}}});
    }
  }
  for (const std::string& task : tasks) settle(task, reason, complete_task);
}

Listing<RuntimeBinding> Tracer::list() const {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path all = bindings_directory(root_, "");
  for (const std::string& source : list_names(*options_.file_system, all)) {
    for (auto& file : entity_files(options_, all / source)) files.push_back(std::move(file));
  }
  return read_listing<RuntimeBinding>(files, options_, [](const RuntimeBinding&) { return true; });
}

}  // namespace tain
