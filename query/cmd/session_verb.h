#pragma once

#include <filesystem>
#include <string>

#include "core/state/session_state_manager.h"
#include "project_verb.h"

namespace tain::query {

/// As `flags` say, for the writer of a session.
SessionOptions session_options(const ProjectFlags& flags, const Io& io);

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

  ProjectFlags flags_;
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
