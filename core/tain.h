#pragma once

// Everything that an agent needs: #include <tain/tain.h>.

#include "error.h"
#include "fs/paths.h"
#include "state/agent_registry.h"
#include "state/bookmarks.h"
#include "state/config_store.h"
#include "state/evaluations.h"
#include "state/execution_queue.h"
#include "state/project_store.h"
#include "state/session_state_manager.h"
#include "state/session_task_sink.h"
#include "state/session_tasks.h"
#include "state/task_store.h"
#include "state/tracer.h"
#include "state/worker_store.h"
