// Listing tasks from the mirror: one indexed query.

#include <benchmark/benchmark.h>

#include "bench_project.h"
#include "query/list/listed_entity.h"
#include "syncd/mirror/mirror_reader.h"
#include "syncd/service/once.h"

namespace {}
