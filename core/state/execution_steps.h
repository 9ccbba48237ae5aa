#pragma once

#include <filesystem>

#include "../model/event.h"
#include "../model/execution.h"

namespace tain {

// The steps of an execution's life as the ExecutionQueue takes them. `path` is for the messages.

/// Throws InvalidTransition.
void move_to(const std::filesystem::path& path, Execution& execution, ExecutionStatus status,
             Timestamp time);

/// Back into the queue, without what the worker wrote about the run. Throws InvalidTransition, also
/// when the retries are used.
void queue_again(const std::filesystem::path& path, Execution& execution, Timestamp time);

/// What the task's history says of the status that the execution has now.
Event status_event(const Execution& execution, Actor actor);

/// The worker that holds the execution, as the one who made a change.
Actor worker_actor(const Execution& execution);

}  // namespace tain
