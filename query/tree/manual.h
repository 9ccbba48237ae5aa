#pragma once

#include <map>
#include <string>

#include "command_tree.h"

namespace tain::query {

/// The manual pages of a program (section 1), by the names of their files: one of the program, and
/// one of each of its commands with all that is below it. The text is that of --help, in the macros
/// of man(7); `version` stands in the footer.
std::map<std::string, std::string> manual_pages(const CommandText& program,
                                                const std::string& version);

}  // namespace tain::query
