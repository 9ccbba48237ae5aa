#pragma once

#include "arguments.h"
#include "query/list/listed_entity.h"

namespace tain::query {

/// `--project`, for a command that asks the mirror.
void add_project_scope(CLI::App& app, Text& target);

/// What it means: a directory is a project's root, or lies in one; anything else is an id or a
/// name. Throws NotFoundError for a directory that lies in no project.
ListScope parse_scope(const Text& project);

}  // namespace tain::query
