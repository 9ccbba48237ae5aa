#pragma once

#include <filesystem>
#include <string>

#include "arguments.h"
#include "command.h"
#include "core/state/session_state_manager.h"

namespace tain::query {

/// What a verb of `tain session` says when it is done.
struct Answer {
  std::string text;  ///< for people and shell scripts; empty: silence, as Unix has it
  Json json;         ///< the session, event or run, as it was written
};

/// The flags that every verb has.
struct SessionFlags {
  Text project;
  std::string format;
  Text socket;

  void add_to(CLI::App& app);
  SessionOptions options(const Io& io) const;
  /// Where the project is, at or above `--project` or the working directory. Throws NotFoundError.
  std::filesystem::path project_root() const;
  void print(const Answer& answer, const Io& io) const;
};

/// A verb that takes SESSION first, and does something with it.
class SessionVerb : public Command {
 public:
  SessionVerb(CLI::App& family, const std::string& name, const std::string& description,
              const std::string& example);
  int run(const Io& io) final;

 private:
  virtual Answer apply(SessionStateManager& session) = 0;
  /// SESSION as a directory. Throws InvalidArgument, NotFoundError.
  std::filesystem::path directory() const;

  SessionFlags flags_;
  std::string session_;
};

/// A verb that changes `state.json`, and answers with it.
class StateVerb : public SessionVerb {
 public:
  using SessionVerb::SessionVerb;

 private:
  Answer apply(SessionStateManager& session) final;
  virtual void change(SessionStateManager& session) = 0;
};

/// The session's `state.json` as it stands in the file, with what this version does not know.
/// Throws as Document::parse.
Json read_state(const SessionStateManager& session);

// The verbs, in the order of the help.
void add_session_new(CLI::App& family, Commands& commands);
void add_session_state_verbs(CLI::App& family, Commands& commands);
void add_session_event(CLI::App& family, Commands& commands);
void add_session_run(CLI::App& family, Commands& commands);
void add_session_show(CLI::App& family, Commands& commands);

}  // namespace tain::query
