#pragma once

#include <memory>
#include <string_view>

#include "layout.h"

namespace tain::syncd {

/// What a transcript of Claude Code says as a whole: a session with its side chains, which are
/// agents' runs, or the one run that a sub-agent's transcript is.
std::unique_ptr<LogFold> make_claude_code_fold(const mirror::Schema& schema, const FileRole& role,
                                               std::string_view saved);

}  // namespace tain::syncd
