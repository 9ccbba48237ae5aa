#include "project_files.h"

#include "core/fs/paths.h"
#include "core/state/listing.h"

namespace tain::query {

using std::filesystem::path;

namespace {

// The files in `below` of each directory in `directory`, or the file of that name.
Paths files_below(const StateOptions& options, const path& directory, const path& below) {
  Paths files;
  for (const std::string& name : list_names(*options.file_system, directory)) {
    for (path& file : entity_files(options, directory / name / below)) {
      files.push_back(std::move(file));
    }
  }
  return files;
}

}  // namespace

Paths task_files(const path& root, const StateOptions& options) {
  return entity_files(options, tasks_directory(root), kTaskFile);
}
Paths session_files(const path& root, const StateOptions& options) {
  return entity_files(options, sessions_directory(root), kStateFile);
}
Paths agent_files(const path& root, const StateOptions& options) {
  return entity_files(options, agents_directory(root));
}
Paths bookmark_files(const path& root, const StateOptions& options) {
  return entity_files(options, bookmarks_directory(root));
}
Paths worker_files(const path& root, const StateOptions& options) {
  return entity_files(options, workers_directory(root));
}
Paths project_files(const path& root, const StateOptions& /*options*/) {
  return {project_file(root)};
}
Paths evaluation_files(const path& root, const StateOptions& options) {
  return entity_files(options, tasks_directory(root), kEvaluationFile);
}
Paths execution_files(const path& root, const StateOptions& options) {
  return files_below(options, tasks_directory(root), kExecutionsDirectory);
}
Paths agent_run_files(const path& root, const StateOptions& options) {
  return files_below(options, sessions_directory(root), kAgentRunsDirectory);
}
Paths binding_files(const path& root, const StateOptions& options) {
  return files_below(options, bindings_directory(root, "").parent_path(), "");
}
Paths session_task_files(const path& root, const StateOptions& options) {
  Paths files;
  const path sessions = sessions_directory(root);
  for (const std::string& session : list_names(*options.file_system, sessions)) {
    const path tasks = session_task_directory(sessions / session, "").parent_path();
    for (path& file : entity_files(options, tasks, kTaskFile)) files.push_back(std::move(file));
  }
  return files;
}

Paths event_logs(const path& root, const StateOptions& options) {
  Paths files = entity_files(options, tasks_directory(root), kEventsFile);
  for (path& log : entity_files(options, sessions_directory(root), kEventsFile)) {
    files.push_back(std::move(log));
  }
  return files;
}
Paths message_logs(const path& root, const StateOptions& options) {
  Paths files = session_task_files(root, options);
  for (path& file : files) file.replace_filename(kMessagesFile);
  return files;
}

}  // namespace tain::query
