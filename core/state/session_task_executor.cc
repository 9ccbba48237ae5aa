#include "session_task_executor.h"

#include <utility>

#include "state_options.h"

namespace tain {

void TaskExecutors::add(const std::string& kind, std::unique_ptr<TaskExecutor> executor) {
  require_text("kind of the executor", kind);
  if (!executor) throw InvalidArgument("executor of kind " + kind, "an executor", "none");
  if (!by_kind_.try_emplace(kind, std::move(executor)).second) {
    throw InvalidArgument("kind of the executor", "one that has no executor yet", kind);
  }
}

TaskExecutor* TaskExecutors::find(std::string_view kind) const {
  const auto found = by_kind_.find(kind);
  return found == by_kind_.end() ? nullptr : found->second.get();
}

std::string TaskExecutors::list_kinds() const {
  std::string list;
  for (const auto& [kind, executor] : by_kind_) list.append(list.empty() ? "" : ", ").append(kind);
  return list;
}

}  // namespace tain
