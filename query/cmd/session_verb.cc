#include "session_verb.h"

#include "core/error.h"
#include "core/fs/atomic_file.h"
#include "core/fs/paths.h"
#include "core/json/ids.h"
#include "query/print/answer.h"

namespace tain::query {

void SessionFlags::add_to(CLI::App& app) {
  add_text(app, "--project", project, "A directory in the project, if not this one")
      ->type_name("DIR");
  add_format(app, format, {"text", "json"});
  add_socket(app, socket);
}

SessionOptions SessionFlags::options(const Io& io) const {
  SessionOptions options;
  options.clock = io.clock;
  if (socket) options.notifier = SyncNotifier(*socket);
  return options;
}

std::filesystem::path SessionFlags::project_root() const {
  const std::filesystem::path start =
      project ? std::filesystem::path(*project) : std::filesystem::current_path();
  if (!std::filesystem::is_directory(start)) {
    throw NotFoundError("find the project at", start, "there is no such directory");
  }
  if (const auto root = find_project_root(start)) return *root;
  throw NotFoundError("find the project at", start,
                      "neither it nor a directory above holds .tain; make one with `tain project "
                      "new --name NAME`, or name another with --project");
}

void SessionFlags::print(const Answer& answer, const Io& io) const {
  if (format == "json") {
    print_json_array(io.out, answer.json);
  } else if (!answer.text.empty()) {
    io.out << answer.text << '\n';
  }
}

SessionVerb::SessionVerb(CLI::App& family, const std::string& name, const std::string& description,
                         const std::string& example)
    : Command(family, name, description, example) {
  add_argument(app(), "SESSION", session_, "Its id in this project, or a path to its directory");
  flags_.add_to(app());
}

int SessionVerb::run(const Io& io) {
  SessionStateManager session = SessionStateManager::open(directory(), flags_.options(io));
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
  const std::filesystem::path path = session.directory() / kStateFile;
  const auto content = read_file(FileSystem::real(), path);
  if (!content) throw NotFoundError("read", path, "the file was removed");
  return Document::parse(*content, path).root();
}

}  // namespace tain::query
