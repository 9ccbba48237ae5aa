#include "session_verb.h"

#include "core/error.h"
#include "core/fs/paths.h"
#include "core/json/ids.h"

namespace tain::query {

SessionOptions session_options(const ProjectFlags& flags, const Io& io) {
  SessionOptions options;
  static_cast<ProjectOptions&>(options) = flags.options(io);
  return options;
}

SessionVerb::SessionVerb(CLI::App& family, const std::string& name, const std::string& description,
                         const std::string& example)
    : Command(family, name, description, example) {
  add_argument(app(), "SESSION", session_, "Its id in this project, or a path to its directory");
  flags_.add_to(app());
}

int SessionVerb::run(const Io& io) {
  SessionStateManager session = SessionStateManager::open(directory(), session_options(flags_, io));
  flags_.print(apply(session), io);
  return kDone;
}

std::filesystem::path SessionVerb::directory() const {
  if (session_.find('/') != std::string::npos) return session_;
  require_valid_id("session", session_);
  std::filesystem::path directory = session_directory(flags_.project_root(), session_);
  if (std::filesystem::exists(directory)) return directory;
  throw NotFoundError("open", directory,
                      "there is no such session in this project; name another with --project, or "
                      "give a path");
}

Answer StateVerb::apply(SessionStateManager& session) {
  change(session);
  return {.text = {}, .json = read_state(session)};
}

Json read_state(const SessionStateManager& session) {
  return read_json(session.directory() / kStateFile);
}

}  // namespace tain::query
