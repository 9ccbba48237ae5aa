#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/fs/paths.h"
#include "core/model/entities.h"
#include "temp_dir.h"

namespace tain::testing {

/// Whether `name` is `pattern`, in which a `*` stands for one or more characters.
inline bool matches_name(const std::string& name, const std::string& pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) return name == pattern;
  const std::string end = pattern.substr(star + 1);
  return name.size() > star + end.size() && name.starts_with(pattern.substr(0, star)) &&
         name.ends_with(end);
}

/// The same for paths, component by component.
inline bool matches_path(const std::filesystem::path& path, const std::filesystem::path& pattern) {
  return std::equal(
      path.begin(), path.end(), pattern.begin(), pattern.end(),
      [](const auto& a, const auto& b) { return matches_name(a.string(), b.string()); });
}

/// Validates every JSON file of a project against the JSON Schema of its entity, with an
/// independent validator (Debian's python3-jsonschema).
class JsonSchemaCheck {
 public:
  explicit JsonSchemaCheck(std::filesystem::path root) : root_(std::move(root)) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(project_directory(root_))) {
      if (entry.is_regular_file()) add(entry.path());
    }
    std::sort(files_.begin(), files_.end());
  }

  /// What is wrong, `PATH[:LINE]: POINTER: MESSAGE` each, paths below the root; also a JSON file
  /// that is no entity's. Throws where the validator cannot be run.
  std::vector<std::string> violations() const {
    std::vector<std::string> found = strangers_;
    const TempDir work;
    write(work / "work.json", describe_work());
    const std::string command = "cd '" + root_.string() + "' && exec /usr/bin/python3 " +
                                TAIN_SOURCE_DIR "/tests/support/json_schema_check.py <'" +
                                (work / "work.json").string() + "' >'" + (work / "out").string() +
                                "'";
    if (std::system(command.c_str()) != 0) {
      throw std::runtime_error("the JSON Schema validator failed; run tools/install-deps");
    }
    std::istringstream lines(read(work / "out"));
    for (std::string line; std::getline(lines, line);) found.push_back(line);
    return found;
  }

  /// The kinds of which the project has a file, each once, in the order of entity_kinds().
  std::vector<std::string> kinds() const {
    std::vector<std::string> kinds;
    for (const EntityKind& kind : entity_kinds()) {
      const auto is_its = [&](const File& file) { return file.kind == kind.name; };
      if (std::any_of(files_.begin(), files_.end(), is_its)) kinds.emplace_back(kind.name);
    }
    return kinds;
  }

 private:
  struct File {
    std::string path;  // below the root
    std::string kind;
    bool is_log = false;
    auto operator<=>(const File&) const = default;
  };

  void add(const std::filesystem::path& file) {
    const std::filesystem::path path = file.lexically_relative(root_);
    const std::string extension = path.extension().string();
    // A task's result is whatever the task says it is.
    if ((extension != ".json" && extension != ".jsonl") || path.filename() == kResultFile) return;
    for (const EntityKind& kind : entity_kinds()) {
      for (const std::filesystem::path& pattern : kind.files) {
        if (!matches_path(path, pattern)) continue;
        files_.push_back({path.string(), std::string(kind.name), kind.is_log});
        return;
      }
    }
    strangers_.push_back(path.string() + ": /: no entity has such a file");
  }

  std::string describe_work() const {
    Json work = Json::object();
    for (const EntityKind& kind : entity_kinds()) {
      work["schemas"][std::string(kind.name)] = kind.json_schema();
    }
    work["files"] = Json::array();
    for (const File& file : files_) {
      Json& json = work["files"].emplace_back(Json::object());
      json["path"] = file.path;
      json["schema"] = file.kind;
      json["is_log"] = file.is_log;
    }
    return work.dump();
  }

  std::filesystem::path root_;
  std::vector<File> files_;
  std::vector<std::string> strangers_;
};

/// See JsonSchemaCheck::violations(); empty where everything is as the schemas say.
inline std::vector<std::string> schema_violations(const std::filesystem::path& root) {
  return JsonSchemaCheck(root).violations();
}

}  // namespace tain::testing
