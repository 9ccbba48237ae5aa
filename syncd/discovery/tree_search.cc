#include "tree_search.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <system_error>

#include "syncd/sync/dirty_set.h"
#include "syncd/sync/reader.h"
#include "syncd/watch/remote_file_system.h"

namespace tain::syncd {
namespace {

// What separates them where ccusage reads such variables, too.
constexpr char kBetweenPlaces = ',';
constexpr std::string_view kAroundPlaces = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kAroundPlaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kAroundPlaces) - begin + 1);
}

bool is_around_one(const std::string& directory, const std::vector<std::string>& roots) {
  return std::any_of(roots.begin(), roots.end(), [&](const std::string& root) {
    return root != directory && is_at_or_below(root, directory);
  });
}

// Collects directories that may be trees.
class TreeSearch {
 public:
  TreeSearch(const Layouts& layouts, const SearchSettings& settings)
      : whereabouts_(layouts.whereabouts()),
        settings_(settings),
        home_is_remote_(is_on_remote_file_system(settings.home)) {}

  void run() {
    for (const std::string& directory : settings_.named) {
      add(directory);
      if (is_around_one(directory, settings_.roots)) look_into(directory);
    }
    for (const Whereabouts& layout : whereabouts_) add_own_places(layout);
    // Below / lie /proc, and every disk.
    if (!settings_.home.empty() && settings_.home != "/") look_into(settings_.home);
  }

  std::set<std::string> found;
  std::map<std::string, std::string> unreadable;  // and why
  // A program's own place, which a link takes to where it has another name.
  struct Link {
    std::string place;
    std::string name;
  };
  std::map<std::string, Link> led_away;  // by where it leads

 private:
  // Others' state in the directory itself does not make all of it a tree.
  void look_into(const std::string& directory) {
    for_each_marker(directory, [this](const std::string& marker) { add(marker); });
    visit_below(directory, 1, "");
  }

  // Its canonical path; empty: there is no such directory.
  std::string add(const std::string& directory) {
    std::error_code missing;
    const std::filesystem::path path = std::filesystem::canonical(directory, missing);
    if (missing || !std::filesystem::is_directory(path, missing)) return {};
    found.insert(path.string());
    return path.string();
  }

  void add_own_places(const Whereabouts& layout) {
    for (const std::string& place : own_places(layout)) {
      const std::string name = (std::filesystem::path(place) / "").parent_path().filename();
      if (layout.parts.empty()) add_own_place(place, name);
      for (const std::string_view part : layout.parts) {
        const std::string within = std::string("/").append(part);
        add_own_place(place + within, name + within);
      }
    }
  }

  // `name`: the end of its path, by which its files may be known.
  void add_own_place(const std::string& place, const std::string& name) {
    const std::string path = add(place);
    if (!path.empty() && !path.ends_with("/" + name)) led_away.emplace(path, Link{place, name});
  }

  std::vector<std::string> own_places(const Whereabouts& layout) const {
    const std::string variable(layout.variable);
    const char* named = variable.empty() ? nullptr : std::getenv(variable.c_str());
    std::vector<std::string> places;
    if (named != nullptr && *named != '\0') {
      for (std::string_view rest = named; !rest.empty();) {
        const std::size_t end = std::min(rest.find(kBetweenPlaces), rest.size());
        const std::string_view place = trimmed(rest.substr(0, end));
        if (!place.empty()) places.emplace_back(place);
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
    if (is_around_one(directory, settings_.roots)) {
      repository.clear();
    } else if (std::filesystem::exists(directory + "/.git", unknown)) {
      repository = directory;
    }
    for_each_marker(directory, [&](const std::string& /*marker*/) {
      add(repository.empty() ? directory : repository);
    });
    if (level < kDeepestRepository) visit_below(directory, level + 1, repository);
  }

  void visit_below(const std::string& directory, int level, const std::string& repository) {
    std::error_code failure;
    std::filesystem::directory_iterator entry(directory, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
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
    const bool has_vanished = failure == std::errc::no_such_file_or_directory;
    if (failure && !has_vanished) unreadable.emplace(directory, failure.message());
  }

  const std::vector<Whereabouts> whereabouts_;
  const SearchSettings& settings_;
  const bool home_is_remote_;
};

// What is there was a tree, had the directory kept its name: files are known by their canonical
// paths.
void tell_of_link(const TreeSearch::Link& link, const std::string& path,
                  std::map<std::string, std::string>& unreadable) {
  std::error_code unknown;
  if (std::filesystem::is_empty(path, unknown) || unknown) return;
  unreadable.emplace(link.place,
                     "it leads to " + path +
                         ", where nothing is recognised by its path; let it lead to a directory "
                         "whose path ends with " +
                         link.name);
}

}  // namespace

TreesFound find_trees(const Layouts& layouts, const SearchSettings& settings) {
  TreeSearch search(layouts, settings);
  search.run();
  TreesFound result;
  // What is outside comes first, so that what lies in it is known to.
  for (const std::string& path : search.found) {
    const auto hides_it = [&](const FoundTree& outer) {
      return is_at_or_below(path, outer.path) && !is_around_one(outer.path, settings.roots);
    };
    if (std::any_of(result.trees.begin(), result.trees.end(), hides_it)) continue;
    Survey found = survey(path, layouts, settings.pruned);
    for (mirror::SyncError& error : found.unreadable) {
      search.unreadable.emplace(std::move(error.path), std::move(error.reason));
    }
    if (!found.layouts.empty()) {
      result.trees.push_back({path, std::move(found.layouts)});
    } else if (const auto link = search.led_away.find(path); link != search.led_away.end()) {
      tell_of_link(link->second, path, search.unreadable);
    }
  }
  for (const auto& [path, reason] : search.unreadable) {
    result.unreadable.push_back({path, std::nullopt, reason});
  }
  return result;
}

}  // namespace tain::syncd
