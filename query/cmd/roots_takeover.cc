#include "roots_takeover.h"

#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "core/fs/paths.h"
#include "daemon_status.h"
#include "progress.h"
#include "query/print/unicode.h"
#include "syncd/service/configured_roots.h"
#include "syncd/sync/dirty_set.h"

namespace tain::query {
namespace {

// It answers when all that is new is mirrored.
constexpr std::chrono::hours kLongestCatchUp{1};

template <class Is>
bool has_root(const DaemonStatus& daemon, const Is& is) {
  return std::any_of(daemon.roots.begin(), daemon.roots.end(),
                     [&](const RootStatus& root) { return is(root.path); });
}

// A daemon that was told its roots on its command line does not ask the configuration for them.
bool has_taken_over(const DaemonStatus& daemon, const RootChanges& changes) {
  const auto is_mirrored = [&](const std::string& added) {
    return has_root(daemon, [&](auto& root) { return syncd::is_at_or_below(added, root); });
  };
  // What lies in another root is mirrored with that one.
  const auto is_still_root = [&](const std::string& removed) {
    return has_root(daemon, [&](auto& root) { return root == removed; });
  };
  return std::all_of(changes.added.begin(), changes.added.end(), is_mirrored) &&
         std::none_of(changes.removed.begin(), changes.removed.end(), is_still_root);
}

int tell_without_daemon(const RootChanges& changes, const Io& io) {
  if (!changes.removed.empty()) {
    io.out << "no daemon runs: the mirror forgets what it has of that with the next "
              "`tain-syncd once`, or when the daemon starts\n";
  } else {
    io.out << "no daemon runs: `tain-syncd once` mirrors that now, `tain service install` from "
              "now on\n";
  }
  return kDone;
}

std::string lock_of(const std::string& file) {
  return "whoever is changing " + file + ", or something beside it";
}

std::string replaced_by(const std::string& root, const std::vector<std::string>& replaced) {
  std::string text;
  for (const std::string& inside : replaced) {
    if (!syncd::is_at_or_below(inside, root)) continue;
    text.append(text.empty() ? ", in place of " : ", ").append(make_visible(inside));
  }
  return text;
}

int fail(const std::string& why, const Io& io) {
  io.err << "tain: the configuration is written, but the daemon goes on as it was: "
         << make_visible(why) << std::endl;
  return kFailed;
}

}  // namespace

void add_to_configuration(const std::vector<std::string>& roots, const Io& io) {
  const std::filesystem::path file = default_config_file();
  const std::string shown = make_visible(file.string());
  std::vector<std::string> replaced;
  tell_what_takes_long(lock_of(shown), io,
                       [&] { replaced = syncd::add_configured_roots(file, roots); });
  for (const std::string& root : roots) {
    io.out << "added " << make_visible(root) << " to " << shown << replaced_by(root, replaced)
           << "\n";
  }
}

void remove_from_configuration(const std::vector<std::string>& roots, const Io& io) {
  const std::filesystem::path file = default_config_file();
  const std::string shown = make_visible(file.string());
  tell_what_takes_long(lock_of(shown), io, [&] { syncd::remove_configured_roots(file, roots); });
  for (const std::string& root : roots) {
    io.out << "removed " << make_visible(root) << " from " << shown << "\n";
  }
}

int take_over(const std::filesystem::path& socket, const RootChanges& changes, const Io& io) try {
  io.out.flush();
  ask_with_progress(socket, {{"command", "reload"}}, kLongestCatchUp, io);
  const DaemonStatus daemon = ask_daemon_status(socket);
  const std::string name =
      "the daemon (pid " + (daemon.pid ? std::to_string(*daemon.pid) : "?") + ")";
  if (!has_taken_over(daemon, changes)) {
    return fail(name +
                    " was started with --root, or with another configuration; start it without, "
                    "as `tain service install` does",
                io);
  }
  io.out << name << " has taken that over, and the mirror is up to date\n";
  return kDone;
} catch (const NotFoundError&) {
  return tell_without_daemon(changes, io);
} catch (const Error& error) {
  return fail(error.what(), io);
}

}  // namespace tain::query
