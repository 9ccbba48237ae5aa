#pragma once

#include <string>
#include <utility>

#include "mirror_fixture.h"

namespace tain::testing {

/// The files of one project, written by hand, so that they may hold what core would never write.
/// `members` are the rest of a JSON object, as in `"status": "failed", "cost": 1`.
class HandMadeProject {
 public:
  HandMadeProject(const MirrorFixture& tree, std::string name)
      : tree_(tree), name_(std::move(name)) {
    write("project.json", R"({"id": "proj_)" + name_ + R"(", "name": ")" + name_ + "\"}");
  }

  void session(const std::string& id, const std::string& members = "") const {
    write("sessions/" + id + "/state.json", object("session_id", id, members));
  }
  void run(const std::string& session, const std::string& id,
           const std::string& members = "") const {
    write("sessions/" + session + "/agents/" + id + ".json",
          object("id", id, R"("session_id": ")" + session + "\"" + rest(members)));
  }
  /// The whole log of a session.
  void events(const std::string& session, const std::string& lines) const {
    write("sessions/" + session + "/events.jsonl", lines);
  }
  void session_task(const std::string& session, const std::string& id,
                    const std::string& members = "") const {
    write("sessions/" + session + "/tasks/" + id + "/task.json",
          object("id", id, R"("session_id": ")" + session + "\"" + rest(members)));
  }
  void task(const std::string& id, const std::string& members = "") const {
    write("tasks/" + id + "/task.json",
          object("id", id, R"("title": "T)" + id + "\"" + rest(members)));
  }
  void agent(const std::string& id, const std::string& members = "") const {
    write("agents/" + id + ".json", object("id", id, members));
  }
  void execution(const std::string& task, const std::string& id,
                 const std::string& members = "") const {
    write("tasks/" + task + "/executions/" + id + ".json",
          object("id", id, R"("task_id": ")" + task + "\"" + rest(members)));
  }
  /// A file below `.tain/`.
  void write(const std::string& path, const std::string& bytes) const {
    tree_.write(name_ + "/.tain/" + path, bytes);
  }
  /// Copies a file or a directory of `.tain/`.
  void copy(const std::string& from, const std::string& to) const {
    std::filesystem::create_directories(path(to).parent_path());
    std::filesystem::copy(path(from), path(to), std::filesystem::copy_options::recursive);
  }
  std::filesystem::path path(const std::string& below) const {
    return tree_.root() / name_ / ".tain" / below;
  }

 private:
  static std::string rest(const std::string& members) {
    return members.empty() ? "" : ", " + members;
  }
  static std::string object(const std::string& key, const std::string& id,
                            const std::string& members) {
    return "{\"" + key + "\": \"" + id + "\"" + rest(members) + "}";
  }

  const MirrorFixture& tree_;
  std::string name_;
};

}  // namespace tain::testing
