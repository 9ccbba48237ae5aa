#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tain::query {

inline constexpr const char* kUnitName = "tain-syncd.service";

/// What the service runs. Empty: the daemon's default.
struct ServiceUnit {
  std::filesystem::path program;
  std::vector<std::string> roots = {};
  std::string config = {};
  std::string db = {};
};

/// The text of the systemd unit.
std::string unit_text(const ServiceUnit& unit);

/// A word of a unit's command line, quoted so that systemd reads back exactly `text`.
std::string quote_for_unit(const std::string& text);

/// `$XDG_CONFIG_HOME/systemd/user/tain-syncd.service`. Throws NotFoundError without a home.
std::filesystem::path unit_file();

/// Writes the unit, atomically; its directory is made. Throws IoError.
void write_unit(const std::filesystem::path& file, const std::string& text);

/// The tain-syncd beside this program, or else the one in the PATH. Throws NotFoundError.
std::filesystem::path find_daemon();

/// Runs `systemctl --user` with `arguments`. Throws Error, with what it said, when it fails, and
/// NotFoundError where there is none.
void run_systemctl(const std::vector<std::string>& arguments);

}  // namespace tain::query
