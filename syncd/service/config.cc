#include "config.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "core/error.h"
#include "core/fs/atomic_file.h"
#include "core/fs/paths.h"
#include "core/model/codec.h"
#include "syncd/sync/scanner.h"
#include "syncd/sync/sync_step.h"

namespace tain::syncd {

// The file as it stands. Described like any entity, so that it is checked like one.
struct ConfigFile {
  std::vector<std::string> roots;
  std::optional<std::string> db;
  std::optional<std::string> socket;
  std::optional<std::vector<std::string>> prune;
  std::optional<std::int64_t> max_body;
  std::optional<std::int64_t> scan_interval_seconds;
  std::optional<std::int64_t> poll_interval_seconds;
  std::optional<std::string> watch;
};

}  // namespace tain::syncd

namespace tain {

template <>
struct Description<syncd::ConfigFile> {
  static constexpr auto fields = std::tuple{
      optional("roots", &syncd::ConfigFile::roots),
      optional("db", &syncd::ConfigFile::db),
      optional("socket", &syncd::ConfigFile::socket),
      optional("prune", &syncd::ConfigFile::prune),
      optional("max_body", &syncd::ConfigFile::max_body),
      optional("scan_interval_seconds", &syncd::ConfigFile::scan_interval_seconds),
      optional("poll_interval_seconds", &syncd::ConfigFile::poll_interval_seconds),
      optional("watch", &syncd::ConfigFile::watch),
  };
};

}  // namespace tain

namespace tain::syncd {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds kLongestInterval = std::chrono::hours(365 * 24);

// A misspelt key would otherwise be a setting that silently does nothing.
void reject_unknown_keys(const Json& root, const fs::path& path) {
  constexpr auto names = std::apply([](const auto&... field) { return std::array{field.name...}; },
                                    Description<ConfigFile>::fields);
  std::string list;
  for (const std::string_view name : names) list.append(list.empty() ? "" : ", ").append(name);
  for (const auto& member : root.items()) {
    if (std::find(names.begin(), names.end(), member.key()) != names.end()) continue;
    throw SchemaError(path, "/" + member.key(), "one of " + list, "an unknown key");
  }
}

// Without a home there is none, and the command line has to say everything.
std::optional<fs::path> standard_config_file() {
  try {
    return default_config_file();
  } catch (const NotFoundError&) {
    return std::nullopt;
  }
}

ConfigFile read_config_file(const fs::path& named) {
  const std::optional<fs::path> standard = standard_config_file();
  if (named.empty() && !standard) return {};
  const fs::path path = named.empty() ? *standard : named;
  const std::optional<std::string> content = read_file(FileSystem::real(), path);
  if (!content && named.empty()) return {};
  if (!content) throw NotFoundError("read", path, "there is no such configuration file");
  const Document document = Document::parse(*content, path);
  reject_unknown_keys(document.root(), path);
  return Codec<ConfigFile>::decode(document.root(), Place(path));
}

fs::path expand_home(const std::string& path) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || (path != "~" && !path.starts_with("~/"))) return path;
  return path == "~" ? fs::path(home) : fs::path(home) / path.substr(2);
}

// A root inside another one is watched with it; as a root of its own, its files would belong to
// both.
std::vector<std::string> outermost(std::vector<std::string> roots) {
  std::sort(roots.begin(), roots.end());
  std::vector<std::string> kept;
  for (const std::string& root : roots) {
    const bool inside = std::any_of(kept.begin(), kept.end(), [&](const std::string& outer) {
      return is_at_or_below(root, outer);
    });
    if (!inside) kept.push_back(root);
  }
  return kept;
}

std::int64_t positive(const char* name, std::int64_t value) {
  if (value > 0) return value;
  throw InvalidArgument(name, "a number above 0", std::to_string(value));
}

// Beyond some centuries, a point in time that lies that far ahead would overflow and be past.
std::chrono::seconds interval(const char* name, std::int64_t seconds) {
  if (seconds > 0 && seconds <= kLongestInterval.count()) return std::chrono::seconds(seconds);
  throw InvalidArgument(
      name,
      "a number of seconds from 1 to " + std::to_string(kLongestInterval.count()) + ", a year",
      std::to_string(seconds));
}

}  // namespace

std::optional<std::string> canonical_path(const std::string& path) {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) return std::nullopt;
  std::error_code failure;
  fs::path canonical = fs::weakly_canonical(path, failure);
  if (failure) canonical = fs::path(path).lexically_normal();
  std::string text = canonical.string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

Config load_config(const ConfigOverrides& overrides) {
  const ConfigFile file = read_config_file(overrides.file);
  Config config;
  for (const std::string& root : overrides.roots.empty() ? file.roots : overrides.roots) {
    if (root.empty()) throw InvalidArgument("root", "a directory", "nothing");
    const auto canonical = canonical_path(fs::absolute(expand_home(root)).string());
    if (!canonical) throw InvalidArgument("root", "a directory", "a NUL byte in its name");
    config.roots.push_back(*canonical);
    // /proc, /sys and every mounted disk lie below it; and Tain's own mirror does.
    if (config.roots.back() == "/") throw InvalidArgument("root", "a directory below /", "/");
  }
  config.roots = outermost(std::move(config.roots));
  if (config.roots.empty()) {
    throw InvalidArgument("roots",
                          "--root DIR, or \"roots\" in " +
                              standard_config_file().value_or("the configuration file").string(),
                          "neither");
  }
  const auto choose = [](const fs::path& given, const std::optional<std::string>& configured,
                         fs::path (*fallback)()) {
    if (!given.empty()) return fs::absolute(given);
    return fs::absolute(configured ? expand_home(*configured) : fallback());
  };
  config.db = choose(overrides.db, file.db, default_mirror_file);
  // Under two names it would have two locks.
  std::error_code unknown;
  if (fs::path real = fs::weakly_canonical(config.db, unknown); !unknown) config.db = real;
  config.socket = choose(overrides.socket, file.socket, default_socket);
  config.pruned = Scanner::default_pruned();
  if (file.prune) config.pruned = {file.prune->begin(), file.prune->end()};
  if (file.max_body) {
    config.limits.max_body = static_cast<std::size_t>(positive("max_body", *file.max_body));
  }
  if (file.scan_interval_seconds) {
    config.scan_interval = interval("scan_interval_seconds", *file.scan_interval_seconds);
  }
  if (file.poll_interval_seconds) {
    config.poll_interval = interval("poll_interval_seconds", *file.poll_interval_seconds);
  }
  if (file.watch && *file.watch != "inotify" && *file.watch != "polling") {
    throw InvalidArgument("watch", "inotify or polling", "\"" + *file.watch + "\"");
  }
  config.use_inotify = file.watch != "polling";
  return config;
}

void add_root(Config& config, const std::string& root) {
  config.roots.push_back(root);
  config.roots = outermost(std::move(config.roots));
}

}  // namespace tain::syncd
