#pragma once

#include <string>

#include "command_tree.h"

namespace tain::query {

/// A script that completes the command line of `program` in bash: its commands, their flags, and
/// the values of those that have a closed list of them or are files.
std::string bash_completion(const CommandText& program);

/// The same for zsh, which also shows what each word means: to be sourced after compinit, or put
/// into $fpath as `_tain`.
std::string zsh_completion(const CommandText& program);

}  // namespace tain::query
