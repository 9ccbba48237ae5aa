#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace tain::syncd {

/// How long a change of the configuration waits for another one.
inline constexpr std::chrono::seconds kConfigurationPatience{10};

/// Adds directories to the "roots" of the configuration in `file`, which is made where there is
/// none. `roots` are canonical. All are added, or none. Roots inside them are taken out in the same
/// write, since they are mirrored with what is around them; returns those, in the order of the
/// file.
///
/// Every other member stays as it stands, also one that this version does not know. The file is
/// replaced atomically (mode and owner as the old one's) and durably, under its directory's lock,
/// so that of two changes at once none is lost; where it is a symbolic link, what that leads to.
///
/// Throws NotFoundError for what is no directory, AlreadyExistsError for what is a root or lies in
/// one (also one of `roots`), InvalidArgument for a name that is not UTF-8; ParseError,
/// SchemaError, LossyRewriteError for a file that is not to be changed; Error when somebody else
/// has held the lock for all of `patience`; IoError.
std::vector<std::string> add_configured_roots(
    const std::filesystem::path& file, const std::vector<std::string>& roots,
    std::chrono::milliseconds patience = kConfigurationPatience);

/// Takes them out again, in the same way; the directories need not be there. Throws NotFoundError
/// for what is no root, and as add_configured_roots() for the file.
void remove_configured_roots(const std::filesystem::path& file,
                             const std::vector<std::string>& roots,
                             std::chrono::milliseconds patience = kConfigurationPatience);

/// As they are called (see named_directory), in the order of the file, also those that lie in
/// another. Empty where there is no file. Throws as add_configured_roots() for the file.
std::vector<std::string> configured_roots(const std::filesystem::path& file);

}  // namespace tain::syncd
