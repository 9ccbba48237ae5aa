#pragma once

// Everything that an agent needs: #include <tain/tain.h>.

#include "error.h"
#include "fs/paths.h"
#include "state/project_store.h"
#include "state/session_state_manager.h"
#include "state/session_task_sink.h"
#include "state/session_tasks.h"
