#include "session_state_manager.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <utility>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "event_log.h"
#include "project_store.h"

namespace tain {
namespace {

void require_status_of_new(SessionStatus status) {
  if (status == SessionStatus::running || status == SessionStatus::spawning) return;
  throw InvalidArgument("status of a new session", "running or spawning",
                        std::string(to_text(status)));
}

Session new_state(const NewSession& fresh, Timestamp time) {
  utsname system = {};
  ::uname(&system);
  Session session;
  session.session_id = fresh.id.value_or(make_id("sess", time));
  session.topic = fresh.topic;
  session.description = fresh.description;
  session.session_type = fresh.type;
  session.status = fresh.status;
  session.current_phase = first_phase(fresh.type);
  session.parent_session_id = fresh.parent_session_id;
  session.agent_id = fresh.agent_id;
  session.env = fresh.env;
  session.metadata = fresh.metadata;
  session.runtime = fresh.runtime;
  session.hostname = system.nodename;
  session.platform = "linux";
  session.created_at = session.updated_at = time;
  session.last_activity_at = time;
  if (fresh.status == SessionStatus::running) session.started_at = time;
  *stamps_of(session.phase_history, *session.current_phase).started_at = time;
  return session;
}

// The project's own id, where its file says one. What is wrong with that file is no reason to
// refuse a session.
std::optional<std::string> project_id_of(const std::filesystem::path& root,
                                         const StateOptions& options) {
  try {
    return open_project(root, options).id;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string phase_text(const std::optional<Phase>& phase) {
  return phase ? std::string(to_text(*phase)) : "no phase";
}

void require_phase_step(const std::filesystem::path& path, const Session& session, Phase to) {
  std::string allowed;
  for (const PhaseStep& step : kPhaseSteps) {
    if (step.type != session.session_type || step.from != session.current_phase) continue;
    if (step.to == to) return;
    allowed.append(allowed.empty() ? "" : ", ").append(to_text(step.to));
  }
  throw InvalidTransition(
      path, "the phase of a " + std::string(to_text(session.session_type)) + " session",
      phase_text(session.current_phase), std::string(to_text(to)), allowed);
}

bool is_completed(const BuildProgress& build, std::int64_t number) {
  const auto& done = build.checkpoints_completed;
  return std::find(done.begin(), done.end(), number) != done.end();
}

void require_open_checkpoint(const BuildProgress& build, std::int64_t number) {
  if (!build.checkpoints_total) {
    throw InvalidArgument("checkpoint", "a build that was planned with init_build", "none");
  }
  if (number < 1 || number > *build.checkpoints_total) {
    throw InvalidArgument("checkpoint", "1 to " + std::to_string(*build.checkpoints_total),
                          std::to_string(number));
  }
  if (is_completed(build, number)) {
    throw InvalidArgument("checkpoint", "one that is not completed yet", std::to_string(number));
  }
}

std::optional<std::int64_t> next_open_checkpoint(const BuildProgress& build, std::int64_t after) {
  const std::int64_t total = *build.checkpoints_total;
  for (std::int64_t step = 0; step < total; ++step) {
    const std::int64_t number = (after + step) % total + 1;
    if (!is_completed(build, number)) return number;
  }
  return std::nullopt;
}

EntityFile<Session> create_state(const std::filesystem::path& directory, Session session,
                                 const SessionOptions& options) {
  try {
    return EntityFile<Session>::create(directory / kStateFile, std::move(session), options);
  } catch (const NotDurableError&) {  // the file is there, and there will be no manager to say so
    options.notifier.notify(directory);
    if (options.on_save) SaveCallback(options.on_save, directory).signal();
    throw;
  }
}

}  // namespace

// Runs `write` and tells the world that the session's files may have changed, also when the write
// failed half-way.
void SessionStateManager::announce(const std::function<void()>& write) {
  const auto tell = [this] {
    options_.notifier.notify(directory_);
    if (on_save_) on_save_->signal();
  };
  try {
    write();
  } catch (const IoError&) {
    tell();
    throw;
  }
  tell();
}

SessionStateManager SessionStateManager::create(const std::filesystem::path& project_root,
                                                const NewSession& fresh, SessionOptions options) {
  require_text("topic", fresh.topic);
  if (fresh.id) require_valid_id("session id", *fresh.id);
  require_status_of_new(fresh.status);
  Session session = new_state(fresh, options.clock());
  session.project_id = project_id_of(project_root, options);
  require_writable("session", session);
  const std::filesystem::path root = std::filesystem::absolute(project_root);
  const std::filesystem::path directory = session_directory(root, session.session_id);
  const bool durable = options.durability == Durability::full;
  make_directories(*options.file_system, directory.parent_path(), durable);
  const DirectoryLock sessions(*options.file_system, directory.parent_path());
  if (session.project_id) require_project(root, options);  // it may have been deleted since
  make_directories(*options.file_system, directory, durable);
  EntityFile<Session> file = create_state(directory, std::move(session), options);
  SessionStateManager manager(std::move(file), std::move(options));
  manager.announce([] {});
  return manager;
}

SessionStateManager SessionStateManager::open(const std::filesystem::path& directory,
                                              SessionOptions options) {
  EntityFile<Session> file =
      EntityFile<Session>::open(std::filesystem::absolute(directory) / kStateFile, options);
  return {std::move(file), std::move(options)};
}

SessionStateManager::SessionStateManager(EntityFile<Session> file, SessionOptions options)
    : options_(std::move(options)), file_(std::move(file)), directory_(file_.path().parent_path()) {
  if (options_.on_save) on_save_ = std::make_unique<SaveCallback>(options_.on_save, directory_);
}

void SessionStateManager::save() {
  if (!file_.has_unsaved_changes()) return;
  announce([this] {
    file_.save([this](Session& session) {
      session.updated_at = options_.clock();
      session.last_activity_at = session.updated_at;
    });
  });
}

void SessionStateManager::update(const std::function<void(Session&)>& change) {
  announce([&] {
    file_.update(change, [this](Session& session) {
      session.updated_at = options_.clock();
      session.last_activity_at = session.updated_at;
    });
  });
}

void SessionStateManager::transition_to_phase(Phase phase) {
  update([&](Session& session) {
    require_phase_step(file_.path(), session, phase);
    const Timestamp time = options_.clock();
    *stamps_of(session.phase_history, *session.current_phase).completed_at = time;
    session.current_phase = phase;
    if (auto* started = stamps_of(session.phase_history, phase).started_at) *started = time;
  });
}

void SessionStateManager::set_status(SessionStatus status) {
  update([&](Session& session) {
    require_transition(file_.path(), session.status, status);
    const Timestamp time = options_.clock();
    session.status = status;
    if (status == SessionStatus::running && !session.started_at) session.started_at = time;
    if (is_terminal(status)) session.completed_at = time;
  });
}

void SessionStateManager::init_build(std::int64_t checkpoints_total) {
  if (checkpoints_total < 1) {
    throw InvalidArgument("checkpoints", "1 or more", std::to_string(checkpoints_total));
  }
  update([&](Session& session) {
    const std::size_t completed = session.build_progress.checkpoints_completed.size();
    if (completed > 0) {
      throw InvalidArgument("build", "one without completed checkpoints",
                            "one with " + std::to_string(completed));
    }
    session.build_progress = {checkpoints_total, {}, 1};
  });
}

void SessionStateManager::start_checkpoint(std::int64_t number) {
  update([&](Session& session) {
    require_open_checkpoint(session.build_progress, number);
    session.build_progress.current_checkpoint = number;
  });
}

void SessionStateManager::complete_checkpoint(std::int64_t number) {
  update([&](Session& session) {
    BuildProgress& build = session.build_progress;
    require_open_checkpoint(build, number);
    build.checkpoints_completed.push_back(number);
    std::sort(build.checkpoints_completed.begin(), build.checkpoints_completed.end());
    build.current_checkpoint = next_open_checkpoint(build, number);
  });
}

void SessionStateManager::add_commit(const std::string& sha, const std::string& message,
                                     std::optional<std::int64_t> checkpoint) {
  require_text("sha", sha);
  update([&](Session& session) {
    session.commits.push_back({sha, message, checkpoint, options_.clock()});
  });
}

void SessionStateManager::set_git(const Git& git) {
  update([&](Session& session) { session.git = git; });
}

void SessionStateManager::add_decision(const std::string& title, const std::string& rationale,
                                       const std::string& date) {
  require_text("title", title);
  update([&](Session& session) {
    session.key_decisions.push_back(
        {title, rationale, date.empty() ? format_date(options_.clock()) : date});
  });
}

void SessionStateManager::set_goals(const Goals& goals) {
  update([&](Session& session) { session.goals = goals; });
}

Event SessionStateManager::append_event(Event event) {
  if (!event.session_id) event.session_id = state().session_id;
  announce([&] { event = tain::append_event(options_, directory_, std::move(event)); });
  return event;
}

}  // namespace tain
