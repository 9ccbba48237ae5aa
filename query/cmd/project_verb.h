#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "arguments.h"
#include "command.h"
#include "core/state/state_options.h"

namespace tain::query {

/// What a verb that writes says when it is done.
struct Answer {
  std::string text;  ///< for people and shell scripts; empty: silence, as Unix has it
  Json json;         ///< the entity, as it was written
};

/// The flags that every verb of a project has.
struct ProjectFlags {
  Text project;
  std::string format;
  Text socket;

  void add_to(CLI::App& app);
  ProjectOptions options(const Io& io) const;
  /// Where the project is, at or above `--project` or the working directory. Throws NotFoundError.
  std::filesystem::path project_root() const;
  void print(const Answer& answer, const Io& io) const;
};

/// A verb that works in a project and answers with one entity.
class ProjectVerb : public Command {
 public:
  ProjectVerb(CLI::App& family, const std::string& name, const std::string& description,
              const std::string& example);
  int run(const Io& io) final;

 protected:
  std::filesystem::path root() const { return flags_.project_root(); }
  ProjectOptions options(const Io& io) const { return flags_.options(io); }

 private:
  virtual Answer apply(const Io& io) = 0;

  ProjectFlags flags_;
};

/// A verb that takes nothing but arguments, as a row of a table.
struct SimpleVerb {
  struct Argument {
    std::string name;
    std::string description;
  };
  /// What the verb works with.
  struct Call {
    std::filesystem::path root;
    ProjectOptions options;
    std::vector<std::string> arguments;  ///< as many as the table says
  };

  std::string name;
  std::string description;
  std::string example;
  std::vector<Argument> arguments;
  std::function<Answer(const Call&)> apply;
};
void add_simple_verbs(CLI::App& family, Commands& commands, const std::vector<SimpleVerb>& verbs);

/// The JSON object in a file as it stands there, with what this version does not know. Throws
/// NotFoundError, and as Document::parse.
Json read_json(const std::filesystem::path& path);

/// A table of the members of `object`, for people.
std::string describe(const Json& object);

}  // namespace tain::query
