#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../model/agent_run.h"
#include "../model/event.h"
#include "../model/session.h"
#include "../notify/save_callback.h"
#include "../notify/sync_notifier.h"
#include "entity_file.h"

namespace tain {

struct SessionOptions : ProjectOptions {
  /// Called with the session's directory whenever one of its files may have changed, so also when a
  /// save threw NotDurableError. Runs on a thread of its own: it may block or throw without any
  /// save noticing; several saves may share a call. The manager's destructor waits for the last
  /// one. (Seed 002: `on_save_callback`.)
  SaveCallback::Function on_save = {};
};

/// What a new session is given; the rest is filled in.
struct NewSession {
  std::string topic = {};                         ///< the display name, not empty
  SessionType type = SessionType::full;           ///< decides the phases, see kPhaseSteps
  SessionStatus status = SessionStatus::running;  ///< running or spawning
  std::optional<std::string> id = {};             ///< generated unless given
  std::optional<std::string> description = {};
  std::optional<std::string> parent_session_id = {};
  std::optional<std::string> agent_id = {};
  Json env = Json::object();
  SessionMetadata metadata = {};
  Runtime runtime = {};  ///< the runtime's own session that this one follows (seed 000)
};

/// What a new agent run is given; the rest is filled in.
struct NewAgentRun {
  std::string agent_type = {};         ///< spec, plan, build, …; not empty
  std::optional<std::string> id = {};  ///< generated unless given
  std::optional<std::string> name = {};
  std::optional<std::string> agent_id = {};
  std::optional<std::string> sdk_session_id = {};
  std::optional<std::string> model = {};
  std::optional<std::int64_t> checkpoint_id = {};
  std::optional<std::string> task_group_id = {};
  std::optional<std::string> working_dir = {};
  std::vector<std::string> allowed_tools = {};
  Json metadata = Json::object();
  AgentRunStatus status = AgentRunStatus::running;  ///< running or pending
};

/// The writer of one session's files: `state.json`, `events.jsonl` and `agents/<run>.json` (seed
/// 002).
///
/// Every change of the state is atomic: readers see all of it or nothing, and it is applied to what
/// the file holds at that moment, under a lock, so that no process loses another's update. After a
/// call returns, its change survives what `Durability` says. When a call throws, nothing was
/// written, unless it is NotDurableError (see there; for events, see append_event).
///
/// Besides what is said at each function, all of them throw IoError when the file system fails, and
/// ParseError, LossyRewriteError or SchemaError when somebody else has left a file that cannot be
/// changed safely.
///
/// One manager is used by one thread at a time; managers and processes may share a session as they
/// like.
class SessionStateManager {
 public:
  /// Creates `<root>/.tain/sessions/<id>/state.json`, in its first phase. Throws
  /// AlreadyExistsError, InvalidArgument.
  static SessionStateManager create(const std::filesystem::path& project_root,
                                    const NewSession& fresh, SessionOptions options = {});
  /// Opens the session whose directory this is. Throws NotFoundError.
  static SessionStateManager open(const std::filesystem::path& session_directory,
                                  SessionOptions options = {});

  SessionStateManager(SessionStateManager&&) = default;
  SessionStateManager& operator=(SessionStateManager&&) = default;
  SessionStateManager(const SessionStateManager&) = delete;
  SessionStateManager& operator=(const SessionStateManager&) = delete;
  ~SessionStateManager() = default;

  const std::filesystem::path& directory() const { return directory_; }

  /// The state as last read or written, to look at and to change; `save()` writes changes made
  /// here.
  Session& state() { return file_.entity(); }
  const Session& state() const { return file_.entity(); }

  /// Writes the changes made to `state()`; does nothing when there are none. Throws ConflictError
  /// when the file changed since it was read: nothing is overwritten. Lifecycles are not checked
  /// here; the functions below do that.
  void save();

  /// Reads the file again; unsaved changes are gone.
  void reload() { file_.reload(); }

  /// Applies `change` to what the file holds now and writes it, all under the lock, so it never
  /// conflicts (unless `state()` has unsaved changes and the file changed too). When `change`
  /// throws, nothing is written.
  void update(const std::function<void(Session&)>& change);

  /// Leaves the current phase and enters `phase`, stamping both. Throws InvalidTransition (see
  /// kPhaseSteps).
  void transition_to_phase(Phase phase);
  /// Throws InvalidTransition (see Lifecycle<SessionStatus>). A final status stamps completed_at.
  void set_status(SessionStatus status);

  /// Plans a build of `checkpoints_total` >= 1 checkpoints; the first becomes current. Throws
  /// InvalidArgument, also once a checkpoint is completed, since that would forget it.
  void init_build(std::int64_t checkpoints_total);
  /// Makes checkpoint `number` (1..total, not completed) the current one. Throws InvalidArgument.
  void start_checkpoint(std::int64_t number);
  /// Completes checkpoint `number` (1..total, once). The next one that is open becomes current: the
  /// first after `number`, else the first of all; none after the last. Throws InvalidArgument.
  void complete_checkpoint(std::int64_t number);

  /// Throws InvalidArgument for an empty sha.
  void add_commit(const std::string& sha, const std::string& message,
                  std::optional<std::int64_t> checkpoint = {});
  void set_git(const Git& git);
  /// `date` is today's (UTC) unless given. Throws InvalidArgument for an empty title.
  void add_decision(const std::string& title, const std::string& rationale,
                    const std::string& date = {});
  void set_goals(const Goals& goals);

  /// Appends a line to `events.jsonl` and returns it as written: an empty id is generated, a zero
  /// time is now, an absent session is this one. Costs the same however long the history is. Throws
  /// InvalidArgument for an empty type or a bad id. After a NotDurableError the event is there and
  /// must not be appended again; after another IoError a part of it may be, as a torn line.
  Event append_event(Event event);

  /// Creates `agents/<id>.json`, running unless `fresh` says pending. Throws AlreadyExistsError,
  /// InvalidArgument.
  AgentRun start_agent_run(const NewAgentRun& fresh);
  /// Adds tokens and cost to what the run has used so far. Throws NotFoundError.
  AgentRun add_agent_run_usage(std::string_view run_id, const Usage& usage);
  /// Throws NotFoundError, InvalidTransition (see Lifecycle<AgentRunStatus>). Running stamps
  /// started_at, a final status completed_at.
  AgentRun set_agent_run_status(std::string_view run_id, AgentRunStatus status);
  /// Ends the run well. Throws NotFoundError, InvalidTransition.
  AgentRun finish_agent_run(std::string_view run_id);
  /// Ends the run as failed, saying why. Throws NotFoundError, InvalidTransition.
  AgentRun fail_agent_run(std::string_view run_id, const std::string& error_message);
  /// The run as its file holds it. Throws NotFoundError.
  AgentRun agent_run(std::string_view run_id) const;

 private:
  SessionStateManager(EntityFile<Session> file, SessionOptions options);

  void announce(const std::function<void()>& write);
  AgentRun update_agent_run(std::string_view run_id, const std::function<void(AgentRun&)>& change);

  SessionOptions options_;
  EntityFile<Session> file_;
  std::filesystem::path directory_;
  std::unique_ptr<SaveCallback> on_save_;  // null where the user gave none
};

}  // namespace tain
