#include "event_log.h"

#include "../fs/append_log.h"
#include "../fs/paths.h"
#include "../json/ids.h"
#include "../model/codec.h"

namespace tain {
namespace {

void complete(Event& event, const Clock& clock) {
  if (event.type.empty()) throw InvalidArgument("event type", "some text", "nothing");
  if (event.at == Timestamp{}) event.at = clock();
  if (event.id.empty()) event.id = make_id("evt", event.at);
  require_valid_id("event id", event.id);
  std::optional<Classification> found = classify(event);
  if (!found) return;
  if (!event.lane) event.lane = found->lane;
  if (!event.classification && found->matches.size() > 1) event.classification = std::move(found);
}

}  // namespace

Event append_event(const StateOptions& options, const std::filesystem::path& directory,
                   Event event) {
  complete(event, options.clock);
  append_line(*options.file_system, events_file(directory), encode_line("event", event),
              options.durability);
  return event;
}

Event append_event_of_change(const StateOptions& options, const std::filesystem::path& directory,
                             Event event) {
  try {
    return append_event(options, directory, std::move(event));
  } catch (const NotDurableError&) {
    throw;
  } catch (const IoError& error) {
    throw NotDurableError(error.operation(), error.path(), error.error_number());
  }
}

}  // namespace tain
