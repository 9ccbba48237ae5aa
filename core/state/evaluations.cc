#include "evaluations.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <sstream>
#include <tuple>

#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_file.h"

namespace tain {
namespace {

std::filesystem::path evaluation_file(const std::filesystem::path& root, std::string_view task) {
  require_valid_id("task id", task);
  return task_directory(std::filesystem::absolute(root), task) / kEvaluationFile;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string all_text(const Evaluation& evaluation) {
  std::string text = evaluation.task_id;
  for (const auto* part :
       {&evaluation.use_case, &evaluation.outcome_note, &evaluation.approach_note,
        &evaluation.reuse_when, &evaluation.watchouts}) {
    if (*part) text.append("\n").append(**part);
  }
  for (const std::string& tag : evaluation.workflow_tags) text.append("\n").append(tag);
  return lower_case(text);
}

template <class Keep>
Listing<Evaluation> list(const std::filesystem::path& root, const StateOptions& options,
                         const Keep& keep) {
  Listing<Evaluation> listing = read_listing<Evaluation>(
      entity_files(options, tasks_directory(root), kEvaluationFile), options, keep);
  std::sort(listing.entities.begin(), listing.entities.end(),
            [](const Evaluation& a, const Evaluation& b) {
              return std::tie(a.evaluated_at, a.task_id) < std::tie(b.evaluated_at, b.task_id);
            });
  return listing;
}

}  // namespace

Evaluation evaluate(const std::filesystem::path& project_root, std::string_view task_id,
                    const std::function<void(Evaluation&)>& change, const ProjectOptions& options) {
  const std::filesystem::path path = evaluation_file(project_root, task_id);
  if (!file_exists(*options.file_system, path.parent_path() / kTaskFile)) {
    throw NotFoundError("evaluate", path.parent_path(), "there is no task " + std::string(task_id));
  }
  Evaluation evaluation{.task_id = std::string(task_id)};
  const auto apply = [&](Evaluation& changed) {
    changed.evaluated_at = options.clock();
    change(changed);
    changed.task_id = std::string(task_id);
    evaluation = changed;
  };
  write_and_notify(options, path.parent_path(), [&] {
    const DirectoryLock lock(*options.file_system, path.parent_path());
    if (file_exists(*options.file_system, path)) {
      EntityFile<Evaluation>::open(path, options).update(lock, apply, [](Evaluation&) {});
    } else {
      apply(evaluation);
      EntityFile<Evaluation>::create(lock, path, evaluation, options);
    }
  });
  return evaluation;
}

Evaluation evaluate(const std::filesystem::path& project_root, const Evaluation& evaluation,
                    const ProjectOptions& options) {
  const auto replace = [&](Evaluation& changed) {
    const Timestamp time =
        evaluation.evaluated_at == Timestamp{} ? changed.evaluated_at : evaluation.evaluated_at;
    changed = evaluation;
    changed.evaluated_at = time;
  };
  return evaluate(project_root, evaluation.task_id, replace, options);
}

std::optional<Evaluation> find_evaluation(const std::filesystem::path& project_root,
                                          std::string_view task_id, const StateOptions& options) {
  const std::filesystem::path path = evaluation_file(project_root, task_id);
  if (!file_exists(*options.file_system, path)) return std::nullopt;
  return EntityFile<Evaluation>::open(path, options).entity();
}

Listing<Evaluation> list_evaluations(const std::filesystem::path& project_root,
                                     const std::optional<Rating>& rating,
                                     const StateOptions& options) {
  return list(project_root, options, [&](const Evaluation& evaluation) {
    return !rating || evaluation.rating == *rating;
  });
}

Listing<Evaluation> search_workflows(const std::filesystem::path& project_root,
                                     std::string_view text, const StateOptions& options) {
  std::istringstream words(lower_case(text));
  const std::vector<std::string> wanted{std::istream_iterator<std::string>(words), {}};
  return list(project_root, options, [&](const Evaluation& evaluation) {
    if (evaluation.rating != Rating::good) return false;
    const std::string there = all_text(evaluation);
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
      return there.find(word) != std::string::npos;
    });
  });
}

}  // namespace tain
