#include "tree_search.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "syncd/sync/dirty_set.h"
#include "syncd/sync/reader.h"
#include "syncd/watch/remote_file_system.h"

namespace tain::syncd {
namespace {

// What separates them where ccusage reads such variables, too.
constexpr char kBetweenPlaces = ',';

// Collects directories that may be trees.
class TreeSearch {
 public:
  TreeSearch(const Layouts& layouts, const SearchSettings& settings)
      : whereabouts_(layouts.whereabouts()),
        settings_(settings),
        home_is_remote_(is_on_remote_file_system(settings.home)) {}

  std::set<std::string> run() {
    for (const std::string& directory : settings_.named) add(directory);
    for (const Whereabouts& layout : whereabouts_) add_own_places(layout);
    // Below / lie /proc, and every disk.
    if (settings_.home.empty() || settings_.home == "/") return std::move(found_);
    // Others' state in the home itself does not make all of the home a tree.
    for_each_marker(settings_.home, [this](const std::string& marker) { add(marker); });
    visit_below(settings_.home, 1, "");
    return std::move(found_);
  }

 private:
  void add(const std::string& directory) {
    std::error_code missing;
    const std::filesystem::path path = std::filesystem::canonical(directory, missing);
    if (!missing && std::filesystem::is_directory(path, missing)) found_.insert(path.string());
  }

  void add_own_places(const Whereabouts& layout) {
    for (const std::string& place : own_places(layout)) {
      if (layout.parts.empty()) add(place);
      for (const std::string_view part : layout.parts) add(place + "/" + std::string(part));
    }
  }

  std::vector<std::string> own_places(const Whereabouts& layout) const {
    const std::string variable(layout.variable);
    const char* named = variable.empty() ? nullptr : std::getenv(variable.c_str());
    std::vector<std::string> places;
    if (named != nullptr && *named != '\0') {
      for (std::string_view rest = named; !rest.empty();) {
        const std::size_t end = std::min(rest.find(kBetweenPlaces), rest.size());
        places.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    } else if (!settings_.home.empty()) {
      for (const std::string_view place : layout.in_home) {
        places.push_back(settings_.home + "/" + std::string(place));
      }
    }
    return places;
  }

  // Of the directories that markers name below `directory`, none of them behind a link.
  template <class Take>
  void for_each_marker(const std::string& directory, const Take& take) const {
    for (const Whereabouts& layout : whereabouts_) {
      for (const std::string& marker : layout.markers) {
        if (open_directory_beneath(directory, marker).get() < 0) continue;
        take(std::string(directory).append("/").append(marker));
      }
    }
  }

  // `repository`: the innermost that `directory` lies in; empty: none below the home.
  void visit(const std::string& directory, int level, std::string repository) {
    std::error_code unknown;
    if (std::filesystem::exists(directory + "/.git", unknown)) repository = directory;
    for_each_marker(directory, [&](const std::string& /*marker*/) {
      add(repository.empty() ? directory : repository);
    });
    if (level < kDeepestRepository) visit_below(directory, level + 1, repository);
  }

  void visit_below(const std::string& directory, int level, const std::string& repository) {
    std::error_code unreadable;
    std::filesystem::directory_iterator entry(directory, unreadable);
    for (; !unreadable && entry != std::filesystem::directory_iterator();
         entry.increment(unreadable)) {
      std::error_code unknown;
      const std::string name = entry->path().filename().string();
      if (entry->is_symlink(unknown) || !entry->is_directory(unknown)) continue;
      if (name.starts_with('.') || settings_.pruned.contains(name)) continue;
      const std::string path = std::string(directory).append("/").append(name);
      // Somebody's whole archive may be mounted there; a home on such a file system is another
      // thing.
      if (!home_is_remote_ && is_on_remote_file_system(path)) continue;
      visit(path, level, repository);
    }
  }

  const std::vector<Whereabouts> whereabouts_;
  const SearchSettings& settings_;
  const bool home_is_remote_;
  std::set<std::string> found_;
};

}  // namespace

std::vector<FoundTree> find_trees(const Layouts& layouts, const SearchSettings& settings) {
  std::vector<FoundTree> trees;
  // What is outside comes first, so that what lies in it is known to.
  for (const std::string& path : TreeSearch(layouts, settings).run()) {
    const bool is_inside = std::any_of(trees.begin(), trees.end(), [&](const FoundTree& outer) {
      return is_at_or_below(path, outer.path);
    });
    if (is_inside) continue;
    std::vector<LayoutCount> counts = survey(path, layouts, settings.pruned);
    if (!counts.empty()) trees.push_back({path, std::move(counts)});
  }
  return trees;
}

}  // namespace tain::syncd
