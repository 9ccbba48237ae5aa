#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tain::syncd {

/// Adds directories to the "roots" of the configuration in `file`, which is made where there is
/// none. `roots` are canonical. All are added, or none.
///
/// Every other member stays as it stands, also one that this version does not know. The file is
/// replaced atomically (mode and owner as the old one's) and durably, under its directory's lock,
/// so that of two changes at once none is lost.
///
/// Throws NotFoundError for what is no directory, AlreadyExistsError for what is a root, lies in
/// one, or has one in it, InvalidArgument for a name that is not UTF-8; ParseError, SchemaError,
/// LossyRewriteError for a file that is not to be changed; IoError.
void add_configured_roots(const std::filesystem::path& file, const std::vector<std::string>& roots);

/// Takes them out again, in the same way; the directories need not be there. Throws NotFoundError
/// for what is no root, and as add_configured_roots() for the file.
void remove_configured_roots(const std::filesystem::path& file,
                             const std::vector<std::string>& roots);

/// As they are called (see named_directory), in the order of the file, also those that lie in
/// another. Empty where there is no file. Throws as add_configured_roots() for the file.
std::vector<std::string> configured_roots(const std::filesystem::path& file);

}  // namespace tain::syncd
