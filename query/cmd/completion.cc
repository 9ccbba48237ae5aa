// `tain completion` and `tain man`: texts that are made from the command line itself.

#include "query/tree/completion.h"

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "command.h"
#include "core/error.h"
#include "query/tree/manual.h"
#include "syncd/version.h"

namespace tain::query {
namespace {

const CLI::App& program_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app : program_of(*app.get_parent());
}

class CompletionCommand : public Command {
 public:
  explicit CompletionCommand(CLI::App& parent)
      : Command(parent, "completion", "Print a script with which a shell completes tain's words",
                "source <(tain completion bash)") {
    app()
        .add_option("SHELL", shell_, "Whose script")
        ->required()
        ->type_name("")
        ->check(CLI::IsMember({"bash", "zsh"}));
  }

  int run(const Io& io) override {
    const CommandText program = describe_commands(program_of(app()));
    io.out << (shell_ == "bash" ? bash_completion(program) : zsh_completion(program));
    return kDone;
  }

 private:
  std::string shell_;
};

// For the build, which installs what it writes; so no help lists it.
class ManCommand : public Command {
 public:
  explicit ManCommand(CLI::App& parent)
      : Command(parent, "man", "Write the manual pages", "tain man share/man/man1") {
    app().group("");
    app().add_option("DIR", directory_, "Where to")->required()->type_name("");
  }

  int run(const Io&) override {
    const std::filesystem::path directory(directory_);
    std::filesystem::create_directories(directory);
    for (const auto& [name, page] :
         manual_pages(describe_commands(program_of(app())), std::string(kVersion))) {
      std::ofstream out(directory / name, std::ios::binary | std::ios::trunc);
      if (!(out << page).flush()) throw IoError("write", directory / name, errno);
    }
    return kDone;
  }

 private:
  std::string directory_;
};

}  // namespace

void add_completion(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<CompletionCommand>(app));
  commands.push_back(std::make_unique<ManCommand>(app));
}

}  // namespace tain::query
