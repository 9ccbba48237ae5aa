#include "roots_discover.h"

#include <simdjson.h>

#include <cstdlib>

#include "arguments.h"
#include "core/error.h"
#include "core/fs/paths.h"
#include "query/print/printer.h"
#include "query/print/unicode.h"
#include "roots_takeover.h"
#include "syncd/discovery/tree_search.h"
#include "syncd/service/config.h"
#include "syncd/service/configured_roots.h"
#include "syncd/service/shell_word.h"
#include "syncd/sync/dirty_set.h"

namespace tain::query {
namespace {

constexpr std::string_view kNew = "new";
constexpr std::string_view kAround = "around the root ";

// Whether it says yes, however it is written.
bool is_yes(std::string answer) {
  std::erase_if(answer, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
  for (char& c : answer) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return answer == "y" || answer == "yes";
}

std::string home_directory() {
  const char* home = std::getenv("HOME");
  const bool is_directory = home != nullptr && *home == '/';
  return is_directory ? syncd::canonical_path(home).value_or("") : "";
}

class DiscoverCommand : public Command {
 public:
  explicit DiscoverCommand(CLI::App& family)
      : Command(family, "discover",
                "Look for trees of agents' state on this machine, and ask whether to mirror them",
                "tain roots discover --yes") {
    app()
        .add_option("DIR", given_, "Directories to look into, besides the usual places")
        ->type_name("");
    app().add_flag("--yes", yes_, "Add what is found without asking");
    app().add_flag("--dry-run", dry_run_, "Add nothing, and do not ask");
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    add_socket(app(), socket_);
  }

  int run(const Io& io) override {
    if (yes_ && dry_run_) throw InvalidArgument("--yes", "no --dry-run beside it", "both");
    io.out.flush();  // a pager and the question would both read the keyboard
    const syncd::Config config = syncd::read_config({.socket = socket_.value_or("")});
    const std::vector<std::string> configured =
        config.file.empty() ? std::vector<std::string>() : syncd::configured_roots(config.file);
    const syncd::TreesFound search_result = search(config, configured);
    const std::vector<syncd::FoundTree>& trees = search_result.trees;
    print(trees, configured, io);
    tell_of_unreadable(search_result.unreadable, io);
    std::vector<std::string> found;
    for (const syncd::FoundTree& tree : trees) {
      if (relation(tree.path, configured) == kNew) found.push_back(tree.path);
    }
    if (found.empty()) tell_of_nothing(trees, io);
    tell_of_what_is_around(trees, configured, io);
    if (found.empty()) return kDone;
    if (dry_run_ || !is_wanted(found, io)) return can_ask(io) || dry_run_ ? kDone : kFailed;
    // Who asked for data gets nothing else on standard output.
    const bool is_for_people = parse_word<Format>("--format", format_) == Format::table;
    const Io told{.in = io.in,
                  .out = is_for_people ? io.out : io.err,
                  .err = io.err,
                  .err_is_terminal = io.err_is_terminal,
                  .clock = io.clock,
                  .wait = io.wait};
    add_to_configuration(found, told);
    return take_over(config.socket, {.added = found}, told);
  }

 private:
  syncd::TreesFound search(const syncd::Config& config,
                           const std::vector<std::string>& roots) const {
    syncd::SearchSettings settings{
        .home = home_directory(), .pruned = config.pruned, .roots = roots};
    for (const std::string& given : given_) {
      const std::string directory = syncd::named_directory("DIR", given);
      if (!std::filesystem::is_directory(directory)) {
        throw NotFoundError("look into", directory, "there is no such directory");
      }
      settings.named.push_back(directory);
    }
    const mirror::Schema schema;
    return find_trees(syncd::Layouts(schema, config.layouts, config.file), settings);
  }

  // What a tree is to the roots that there are.
  static std::string relation(const std::string& tree, const std::vector<std::string>& roots) {
    // JSON cannot hold it, and nobody else has to do without because of it.
    if (!simdjson::validate_utf8(tree)) return "its name is not UTF-8: tain-syncd run --root";
    for (const std::string& root : roots) {
      if (tree == root) return "a root already";
      if (syncd::is_at_or_below(tree, root)) return "in the root " + root;
    }
    for (const std::string& root : roots) {
      if (syncd::is_at_or_below(root, tree)) return std::string(kAround) + root;
    }
    return std::string(kNew);
  }

  void print(const std::vector<syncd::FoundTree>& trees, const std::vector<std::string>& roots,
             const Io& io) const {
    const auto printer = make_printer(parse_word<Format>("--format", format_), io.out,
                                      {.terminal = io.terminal, .count_rows = false});
    printer->begin({"directory", "layout", "files", "sessions", "logs", "bytes", "state"});
    for (const syncd::FoundTree& tree : trees) {
      const std::string state = relation(tree.path, roots);
      for (const syncd::LayoutCount& count : tree.layouts) {
        printer->row(std::vector<Value>{std::string_view(tree.path), std::string_view(count.layout),
                                        count.files, count.sessions, count.logs, count.bytes,
                                        std::string_view(state)});
      }
    }
    printer->end();
    io.out.flush();
  }

  static void tell_of_unreadable(const std::vector<mirror::SyncError>& directories, const Io& io) {
    for (const mirror::SyncError& directory : directories) {
      io.err << "tain: not looked into: " << make_visible(directory.path) << ": "
             << make_visible(directory.reason) << "\n";
    }
  }

  // To mirror more than somebody once chose is nothing that --yes says.
  static void tell_of_what_is_around(const std::vector<syncd::FoundTree>& trees,
                                     const std::vector<std::string>& roots, const Io& io) {
    for (const syncd::FoundTree& tree : trees) {
      if (!relation(tree.path, roots).starts_with(kAround)) continue;
      io.err << "tain: " << make_visible(tree.path)
             << " is around roots, and is not added by this; it takes their place with: tain "
                "roots add "
             << make_visible(syncd::shell_word(tree.path)) << "\n";
    }
  }

  static void tell_of_nothing(const std::vector<syncd::FoundTree>& trees, const Io& io) {
    io.err << (trees.empty() ? "tain: no trees were found; `tain roots discover DIR` looks into "
                               "another directory, `tain roots add DIR` takes one as it is\n"
                             : "tain: nothing new was found\n");
  }

  bool can_ask(const Io& io) const { return yes_ || io.in_is_terminal; }

  bool is_wanted(const std::vector<std::string>& found, const Io& io) const {
    if (yes_) return true;
    const std::string file = make_visible(default_config_file().string());
    if (!can_ask(io)) {
      io.err << "tain: nothing was added to " << file
             << ": there is no terminal to ask on; `tain roots discover --yes` adds them\n";
      return false;
    }
    io.err << "Add "
           << (found.size() == 1 ? "this root" : "these " + std::to_string(found.size()) + " roots")
           << " to " << file << "? [y/N] " << std::flush;
    std::string answer;
    std::getline(io.in, answer);
    if (is_yes(answer)) return true;
    io.err << "nothing was added\n";
    return false;
  }

  std::vector<std::string> given_;
  bool yes_ = false;
  bool dry_run_ = false;
  std::string format_;
  Text socket_;
};

}  // namespace

void add_roots_discover(CLI::App& family, Commands& commands) {
  commands.push_back(std::make_unique<DiscoverCommand>(family));
}

}  // namespace tain::query
