#include "command.h"
#include "core/error.h"
#include "mirror_flags.h"
#include "query/find/history.h"
#include "query/print/rows.h"
#include "thing_argument.h"

namespace tain::query {
namespace {

std::optional<std::int64_t> milliseconds_of(const std::optional<Timestamp>& time) {
  return time ? std::optional(time->ms) : std::nullopt;
}

class TimelineCommand : public Command {
 public:
  explicit TimelineCommand(CLI::App& parent)
      : Command(parent, "timeline",
                "Show what happened to a task, across its sessions, in a session or in a project",
                "tain timeline $task --since 2026-10-01") {
    thing_.add_to(app(), "ID", {"tasks", "sessions", "runs", "projects"});
    add_text(app(), "--since", since_, "Only from this time on")->type_name("TIME");
    add_text(app(), "--until", until_, "Only before this time")->type_name("TIME");
    add_text(app(), "--limit", limit_, "Only the last N")->type_name("N");
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    const HistoryRange range = parse_range();
    const sqlite::Database database = mirror_.open(io);
    const std::optional<Thing> thing = thing_.find(database, io);
    if (!thing) return kFailed;
    const auto format = parse_word<Format>("--format", format_);
    const bool for_people = format == Format::table || format == Format::markdown;
    const std::string columns =
        for_people ? "time, coalesce(session_id, '') AS session_id, type, actor, text"
                   : "at, session_id, lane, type, actor, text, id";
    ReadOnlyQuery query(database,
                        "SELECT " + columns + " FROM (" + history_query(*thing->kind) + ")",
                        mirror_.longest_statement());
    bind_history(query, *thing, range);
    print_rows(query, format, io);
    return kDone;
  }

 private:
  HistoryRange parse_range() const {
    HistoryRange range{.since = milliseconds_of(parse_moment("--since", since_)),
                       .until = milliseconds_of(parse_moment("--until", until_)),
                       .last = parse_integer("--limit", limit_)};
    if (range.last && *range.last < 1) {
      throw InvalidArgument("--limit", "1 or more", "\"" + *limit_ + "\"");
    }
    return range;
  }

  ThingArgument thing_;
  Text since_;
  Text until_;
  Text limit_;
  std::string format_;
  MirrorFlags mirror_;
};

}  // namespace

void add_timeline(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<TimelineCommand>(app));
}

}  // namespace tain::query
