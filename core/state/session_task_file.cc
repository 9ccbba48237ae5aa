#include "session_task_file.h"

#include <algorithm>
#include <utility>

#include "../fs/append_log.h"
#include "../fs/paths.h"
#include "../json/ids.h"
#include "entity_directory.h"
#include "event_log.h"

namespace tain {
namespace {

std::filesystem::path made_directory(const SessionPlace& place, const SessionTask& fresh) {
  std::filesystem::path directory = session_task_file(place, fresh.id).parent_path();
  require_writable("session task", fresh);
  make_directories(*place.options.file_system, directory,
                   place.options.durability == Durability::full);
  return directory;
}

// A line that is torn, or no message, costs only itself.
std::optional<TaskMessage> parse_message(std::string_view line, const std::filesystem::path& path) {
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  try {
    return Codec<TaskMessage>::decode(json, Place(path));
  } catch (const SchemaError&) {
    return std::nullopt;
  }
}

}  // namespace

std::filesystem::path session_task_file(const SessionPlace& place, std::string_view id) {
  require_valid_id("session task id", id);
  return session_task_directory(place.directory, id) / kTaskFile;
}

std::vector<TaskMessage> read_task_messages(FileSystem& fs, const std::filesystem::path& path) {
  std::vector<TaskMessage> messages;
  const std::string bytes = read_file(fs, path).value_or("");
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (auto message = parse_message(line, path)) messages.push_back(std::move(*message));
  }
  return messages;
}

LockedSessionTask::LockedSessionTask(const SessionPlace& place, std::string_view id)
    : place_(place),
      lock_(*place.options.file_system, session_task_file(place, id).parent_path()),
      file_(EntityFile<SessionTask>::open(session_task_file(place, id), place.options)),
      before_(file_.entity()) {}

LockedSessionTask::LockedSessionTask(const SessionPlace& place, const SessionTask& fresh)
    : place_(place),
      lock_(*place.options.file_system, made_directory(place, fresh)),
      file_(open_or_create(fresh)),
      before_(file_.entity()) {}

EntityFile<SessionTask> LockedSessionTask::open_or_create(const SessionTask& fresh) {
  using File = EntityFile<SessionTask>;
  const std::filesystem::path path = session_task_file(place_, fresh.id);
  if (file_exists(*place_.options.file_system, path)) return File::open(path, place_.options);
  std::optional<File> created;
  write([&] { created = File::create(lock_, path, fresh, place_.options); });
  record("task.created", Codec<SessionTask>::encode(fresh));
  return created ? std::move(*created) : File::open(path, place_.options);
}

std::vector<TaskMessage> LockedSessionTask::messages() const {
  return read_task_messages(*place_.options.file_system, lock_.directory() / kMessagesFile);
}

void LockedSessionTask::require_attempt(std::int64_t attempt) const {
  if (attempt == task().attempt) return;
  throw SupersededError("change", path(),
                        "attempt " + std::to_string(attempt) + " at task " + task().id +
                            " does not own it, attempt " + std::to_string(task().attempt) +
                            " does; stop that work");
}

void LockedSessionTask::apply(const SessionTaskUpdate& update) {
  const SessionTask before = task();
  apply_silently(update);
  if (task() != before) record("task.updated", Codec<SessionTask>::encode(task()));
}

void LockedSessionTask::apply_silently(const SessionTaskUpdate& update) {
  const auto change = [&](SessionTask& task) {
    apply_task_update(path(), task, update, place_.options.clock());
  };
  write([&] { file_.update(lock_, change, [](SessionTask&) {}); });
}

void LockedSessionTask::append(const TaskMessage& message) {
  write([&] {
    append_line(*place_.options.file_system, lock_.directory() / kMessagesFile,
                encode_line("task message", message), place_.options.durability);
  });
  spoke_ |= message.direction == MessageDirection::outbound;
  record("task.message." + std::string(to_text(message.direction)),
         Codec<TaskMessage>::encode(message));
}

void LockedSessionTask::write_result(const Json& result) {
  Document document;
  document.root() = result;
  std::string bytes;
  try {
    bytes = document.dump();
  } catch (const Json::type_error&) {  // the only one that dump() has
    throw InvalidArgument("result of task " + task().id, "text in UTF-8", "bytes that are not");
  }
  write([&] {
    replace_file(*place_.options.file_system, lock_, std::string(kResultFile), bytes,
                 place_.options.durability);
  });
  apply({.result_path = session_task_result(task().id).string()});
}

void LockedSessionTask::write(const std::function<void()>& action) {
  try {
    action();
  } catch (const NotDurableError&) {
    if (!doubt_) doubt_ = std::current_exception();
  }
}

// The task's id stands in the metadata: an event's own task_id is a work item of the project.
void LockedSessionTask::record(const std::string& type, Json data) {
  try {
    append_event_of_change(
        place_.options, place_.directory,
        {.type = type,
         .session_id = place_.session_id,
         .metadata = Json{{"session_task_id", lock_.directory().filename().string()}},
         .data = std::move(data)});
  } catch (const NotDurableError&) {
    if (!doubt_) doubt_ = std::current_exception();
  }
}

}  // namespace tain
