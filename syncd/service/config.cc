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
  RedactionRules redact;
  std::vector<std::string> json;
  std::vector<LayoutDescription> layouts;
  std::optional<std::int64_t> max_body;
  std::optional<std::string> prices;
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
      optional("redact", &syncd::ConfigFile::redact),
      optional("json", &syncd::ConfigFile::json),
      optional("layouts", &syncd::ConfigFile::layouts),
      optional("max_body", &syncd::ConfigFile::max_body),
      optional("prices", &syncd::ConfigFile::prices),
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

// Refuses what no description knows: a misspelt key would be a setting that silently does nothing.
class UnknownKeys {
 public:
  explicit UnknownKeys(const fs::path& file) : file_(file) {}

  template <Described E>
  void reject(const Json& object, const std::string& place) const {
    constexpr auto names = std::apply(
        [](const auto&... field) { return std::array{field.name...}; }, Description<E>::fields);
    std::string list;
    for (const std::string_view name : names) list.append(list.empty() ? "" : ", ").append(name);
    for (const auto& member : object.items()) {
      if (std::find(names.begin(), names.end(), member.key()) != names.end()) continue;
      throw SchemaError(file_, place + "/" + member.key(), "one of " + list, "an unknown key");
    }
  }

  // The same in each object of the list `key`; `look_into` is then called with each and its place.
  template <Described E, class LookInto>
  void reject_in_each(const Json& object, const char* key, const std::string& place,
                      const LookInto& look_into) const {
    const auto list = object.find(key);
    if (list == object.end() || !list->is_array()) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string here = place + "/" + key + "/" + std::to_string(i);
      reject<E>((*list)[i], here);
      look_into((*list)[i], here);
    }
  }

 private:
  const fs::path& file_;
};

// Of a document that has the right types.
void reject_unknown_keys_below(const Json& root, const UnknownKeys& keys) {
  const auto redact = root.find("redact");
  if (redact != root.end()) keys.reject<RedactionRules>(*redact, "/redact");
  const auto nothing_more = [](const Json& /*list*/, const std::string& /*here*/) {};
  keys.reject_in_each<LayoutDescription>(
      root, "layouts", "", [&](const Json& layout, const std::string& here) {
        keys.reject_in_each<FileDescription>(
            layout, "files", here, [&](const Json& file, const std::string& inside) {
              keys.reject_in_each<ListDescription>(file, "lists", inside, nothing_more);
            });
      });
}

// Without a home there is none, and the command line has to say everything.
std::optional<fs::path> standard_config_file() {
  try {
    return default_config_file();
  } catch (const NotFoundError&) {
    return std::nullopt;
  }
}

// Empty: there is no place for one.
fs::path config_file_at(const fs::path& named) {
  return named.empty() ? standard_config_file().value_or("") : named;
}

ConfigFile read_config_file(const fs::path& given, const fs::path& named) {
  if (given.empty()) return {};
  const fs::path path = linked_file(given);
  const std::optional<std::string> content = read_file(FileSystem::real(), path);
  if (!content && named.empty()) return {};
  if (!content) throw NotFoundError("read", path, "there is no such configuration file");
  const Document document = Document::parse(*content, path);
  const UnknownKeys keys(path);
  keys.reject<ConfigFile>(document.root(), "");
  ConfigFile file = Codec<ConfigFile>::decode(document.root(), Place(path));
  reject_unknown_keys_below(document.root(), keys);
  return file;
}

fs::path expand_home(const std::string& path) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || (path != "~" && !path.starts_with("~/"))) return path;
  return path == "~" ? fs::path(home) : fs::path(home) / path.substr(2);
}

// Throws InvalidArgument.
std::string absolute_name(const char* argument, const std::string& given) {
  if (given.empty()) throw InvalidArgument(argument, "a directory", "nothing");
  if (given.find('\0') != std::string::npos) {
    throw InvalidArgument(argument, "a directory", "a NUL byte in its name");
  }
  return fs::absolute(expand_home(given)).string();
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

// Throws SchemaError for a layout that is described wrongly.
LayoutChoices choose_layouts(const ConfigFile& file, const fs::path& path) {
  LayoutChoices choices{{}, file.layouts};
  for (const std::string& given : file.json) choices.json.push_back(named_directory("json", given));
  const mirror::Schema schema;
  const Layouts made(schema, choices, path);
  return choices;
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

// A rule that can name no field would be one that silently does nothing.
void require_field_names(const std::string& key, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string between = "." + name + ".";
    const bool is_empty_somewhere = between.find("..") != std::string::npos;
    const bool is_a_pattern = name.find_first_of("*[]") != std::string::npos;
    if (!is_empty_somewhere && !is_a_pattern && !name.starts_with('/')) continue;
    throw InvalidArgument(key, "names of fields, as \"content\" or \"message.content\"",
                          "\"" + name + "\"");
  }
}

// What is secret is named besides what always is: to name one thing must not bare all others.
void add_missing(std::vector<std::string>& names, const std::vector<std::string>& always) {
  for (const std::string& name : always) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
}

// Digits and all but letters stand between words.
bool is_one_word(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

RedactionRules checked(RedactionRules rules) {
  require_field_names("redact.drop", rules.drop);
  require_field_names("redact.hash", rules.hash);
  const std::vector<std::string>& names = rules.secret_names;
  if (std::find(names.begin(), names.end(), "") != names.end()) {
    throw InvalidArgument("redact.secret_names", "parts of the names of variables", "\"\"");
  }
  for (const std::string& word : rules.secret_words) {
    if (is_one_word(word)) continue;
    throw InvalidArgument("redact.secret_words", "words of letters, as \"PIN\"",
                          "\"" + word + "\"");
  }
  add_missing(rules.secret_names, RedactionRules().secret_names);
  add_missing(rules.secret_words, RedactionRules().secret_words);
  return rules;
}

}  // namespace

fs::path linked_file(const fs::path& file) {
  std::error_code failure;
  if (fs::symlink_status(file, failure).type() != fs::file_type::symlink) return file;
  fs::path target = fs::canonical(file, failure);
  if (!failure) return target;
  throw NotFoundError("follow the link", file,
                      fs::read_symlink(file).string() + ": " + failure.message());
}

std::optional<std::string> canonical_path(const std::string& path) {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) return std::nullopt;
  return resolved_path(path).string();
}

std::string named_directory(const char* argument, const std::string& given) {
  std::string canonical = resolved_path(absolute_name(argument, given)).string();
  // /proc, /sys and every mounted disk lie below it; and Tain's own mirror does.
  if (canonical == "/") throw InvalidArgument(argument, "a directory below /", "/");
  return canonical;
}

Config load_config(const ConfigOverrides& overrides) {
  Config config = read_config(overrides);
  if (!config.roots.empty()) return config;
  throw InvalidArgument("roots",
                        "--root DIR, or \"roots\" in " +
                            standard_config_file().value_or("the configuration file").string() +
                            ", which `tain roots discover` writes there",
                        "neither");
}

Config read_config(const ConfigOverrides& overrides) {
  Config config;
  config.file = config_file_at(overrides.file);
  const ConfigFile file = read_config_file(config.file, overrides.file);
  for (const std::string& root : overrides.roots.empty() ? file.roots : overrides.roots) {
    config.named_roots.push_back(absolute_name("root", root));
    config.roots.push_back(named_directory("root", root));
  }
  config.roots = outermost(std::move(config.roots));
  const auto choose = [](const fs::path& given, const std::optional<std::string>& configured,
                         fs::path (*fallback)()) {
    if (!given.empty()) return fs::absolute(given);
    return fs::absolute(configured ? expand_home(*configured) : fallback());
  };
  config.db = choose(overrides.db, file.db, default_mirror_file);
  config.db = resolved_path(config.db);  // under two names it would have two locks
  config.socket = choose(overrides.socket, file.socket, default_socket);
  config.pruned = Scanner::default_pruned();
  if (file.prune) config.pruned = {file.prune->begin(), file.prune->end()};
  config.redaction = checked(file.redact);
  config.layouts = choose_layouts(file, config.file);
  if (file.max_body) {
    config.limits.max_body = static_cast<std::size_t>(positive("max_body", *file.max_body));
  }
  if (file.prices) {
    config.prices = mirror::PriceTable::with_overrides(fs::absolute(expand_home(*file.prices)));
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
  config.named_roots.push_back(root);
  config.roots.push_back(root);
  config.roots = outermost(std::move(config.roots));
}

bool follow_links(Config& config) {
  std::vector<std::string> roots;
  for (const std::string& name : config.named_roots) roots.push_back(resolved_path(name).string());
  roots = outermost(std::move(roots));
  if (roots == config.roots) return false;
  for (const std::string& root : roots) {
    if (std::binary_search(config.roots.begin(), config.roots.end(), root)) continue;
    std::error_code unknown;
    if (root == "/" || !fs::is_directory(root, unknown)) return false;
  }
  config.roots = std::move(roots);
  return true;
}

}  // namespace tain::syncd
