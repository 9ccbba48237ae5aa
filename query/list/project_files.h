#pragma once

#include <filesystem>
#include <vector>

#include "core/state/state_options.h"

namespace tain::query {

using Paths = std::vector<std::filesystem::path>;

// Where the files of each kind are in the project at `root`. A file may be gone, and what is named
// by another's directory (an evaluation, a log) may never have been there. All throw IoError.

using FindFiles = Paths (*)(const std::filesystem::path& root, const StateOptions& options);

Paths task_files(const std::filesystem::path& root, const StateOptions& options);
Paths session_files(const std::filesystem::path& root, const StateOptions& options);
Paths agent_files(const std::filesystem::path& root, const StateOptions& options);
Paths bookmark_files(const std::filesystem::path& root, const StateOptions& options);
Paths worker_files(const std::filesystem::path& root, const StateOptions& options);
Paths project_files(const std::filesystem::path& root, const StateOptions& options);
Paths evaluation_files(const std::filesystem::path& root, const StateOptions& options);
Paths execution_files(const std::filesystem::path& root, const StateOptions& options);
Paths agent_run_files(const std::filesystem::path& root, const StateOptions& options);
Paths binding_files(const std::filesystem::path& root, const StateOptions& options);
Paths session_task_files(const std::filesystem::path& root, const StateOptions& options);
Paths event_logs(const std::filesystem::path& root, const StateOptions& options);
Paths message_logs(const std::filesystem::path& root, const StateOptions& options);

}  // namespace tain::query
