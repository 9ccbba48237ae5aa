// `tain shell`: SQLite's own shell on the mirror.

#include <unistd.h>

#include <cerrno>
#include <iomanip>

#include "command.h"
#include "core/error.h"
#include "mirror_flags.h"
#include "query/print/unicode.h"
#include "syncd/mirror/descriptions.h"

namespace tain::query {
namespace {

constexpr int kWidestViewName = 20;

class ShellCommand : public Command {
 public:
  explicit ShellCommand(CLI::App& parent)
      : Command(parent, "shell", "Open the sqlite3 shell on the mirror, which it only reads",
                "tain shell") {
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    std::string file;
    {
      const sqlite::Database database = mirror_.open(io);
      file = std::filesystem::absolute(database.path()).string();
      if (io.terminal) list_views(database, io.err);
    }
    become_sqlite3(file, io.terminal.has_value());
  }

 private:
  static void list_views(const sqlite::Database& database, std::ostream& err) {
    err << "The mirror " << make_visible(database.path().string()) << ", only to be read.\n"
        << "Views (.tables lists the tables too, `tain schema NAME` says more):\n";
    sqlite::Statement views =
        database.prepare("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY rowid");
    while (views.step()) {
      const std::string name(views.text(0));
      const mirror::RelationText* text = mirror::text_of(name);
      err << "  " << std::left << std::setw(kWidestViewName) << name
          << (text == nullptr ? "" : text->sentence) << "\n";
    }
  }

  [[noreturn]] static void become_sqlite3(const std::string& file, bool for_people) {
    std::vector<std::string> words = {"sqlite3", "-readonly", "-cmd", ".headers on"};
    if (for_people) words.insert(words.end(), {"-cmd", ".mode box"});
    words.push_back(file);
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    if (errno == ENOENT) {
      throw NotFoundError("run", "sqlite3",
                          "it is not installed; the Debian package sqlite3 has it");
    }
    throw IoError("run", "sqlite3", errno);
  }

  MirrorFlags mirror_;
};

}  // namespace

void add_shell(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<ShellCommand>(app));
}

}  // namespace tain::query
