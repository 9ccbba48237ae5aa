#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "../model/config_entry.h"
#include "state_options.h"

namespace tain {

// A project's settings (seed 003): `config.json`, one object with a member for each key,
// `{"value": …, "updated_at": …}`. Any number of threads and processes may read and write at once;
// an update is never lost. What the file holds beside is kept, in its order.
//
// A key is 1 to 128 printable characters; InvalidArgument for any other. All throw ParseError and
// LossyRewriteError for a file that is bad, SchemaError for an entry that is, IoError.

/// The setting, or nothing where there is none.
std::optional<ConfigEntry> get_config(const std::filesystem::path& project_root,
                                      std::string_view key, const StateOptions& options = {});

/// Every setting.
std::map<std::string, ConfigEntry> list_config(const std::filesystem::path& project_root,
                                               const StateOptions& options = {});

/// Sets it, and stamps updated_at; the value that it has already is not written again. Durable as
/// the options say. Throws NotFoundError where `project_root` is no project, InvalidArgument for a
/// value that JSON in UTF-8 cannot hold.
void set_config(const std::filesystem::path& project_root, std::string_view key, const Json& value,
                const ProjectOptions& options = {});

/// Removes it. False where there was none.
bool unset_config(const std::filesystem::path& project_root, std::string_view key,
                  const ProjectOptions& options = {});

}  // namespace tain
