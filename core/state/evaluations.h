#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "../model/evaluation.h"
#include "listing.h"
#include "state_options.h"

namespace tain {

/// Writes what came of a task, `tasks/<task>/evaluation.json`, in place of what was written before;
/// a zero `evaluated_at` is now. Throws NotFoundError for a task that is not there, IoError, and as
/// EntityFile does for a file that cannot be changed safely. Durable as `options` says. (Seed 000.)
Evaluation evaluate(const std::filesystem::path& project_root, const Evaluation& evaluation,
                    const ProjectOptions& options = {});
/// The same, but applies `change` to what was written before, or to nothing, under the lock;
/// `evaluated_at` is now unless it says otherwise.
Evaluation evaluate(const std::filesystem::path& project_root, std::string_view task_id,
                    const std::function<void(Evaluation&)>& change,
                    const ProjectOptions& options = {});
/// What came of the task; nothing where nobody has said.
std::optional<Evaluation> find_evaluation(const std::filesystem::path& project_root,
                                          std::string_view task_id,
                                          const StateOptions& options = {});
/// The evaluations, in the order of their age.
Listing<Evaluation> list_evaluations(const std::filesystem::path& project_root,
                                     const std::optional<Rating>& rating = {},
                                     const StateOptions& options = {});
/// The workflow library: the good evaluations in which every word of `text` stands somewhere, as a
/// part of a word, upper or lower case (ASCII). No words: all of them.
Listing<Evaluation> search_workflows(const std::filesystem::path& project_root,
                                     std::string_view text, const StateOptions& options = {});

}  // namespace tain
