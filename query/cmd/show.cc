#include "command.h"
#include "core/error.h"
#include "mirror_flags.h"
#include "query/find/card_text.h"
#include "query/find/history.h"
#include "query/print/answer.h"
#include "query/print/unicode.h"
#include "thing_argument.h"

namespace tain::query {
namespace {

class ShowCommand : public Command {
 public:
  explicit ShowCommand(CLI::App& parent)
      : Command(parent, "show", "Show one thing: what it is, what belongs to it, what happened",
                "tain show sess_1771 --format json") {
    thing_.add_to(app(), "ID", thing_words());
    add_text(app(), "--events", events_, "How many of the last events (default 10)")
        ->type_name("N");
    add_format(app(), format_, {"table", "json"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    const std::int64_t most = most_events();
    const sqlite::Database database = mirror_.open(io);
    std::optional<Thing> thing = thing_.find(database, io);
    if (!thing) return kFailed;
    const Shown shown = read(database, std::move(*thing), most);
    if (shown.card.trouble) io.err << "tain: " << make_visible(*shown.card.trouble) << '\n';
    if (format_ == "json") {
      print_json_array(io.out, card_json(shown));
    } else {
      print_card(shown, io);
    }
    return kDone;
  }

 private:
  std::int64_t most_events() const {
    const std::int64_t most = parse_integer("--events", events_).value_or(10);
    if (most >= 0) return most;
    throw InvalidArgument("--events", "0 or more", "\"" + *events_ + "\"");
  }

  Shown read(const sqlite::Database& database, Thing thing, std::int64_t most) const {
    Shown shown{.thing = std::move(thing), .card = {}, .tree = {}, .events = {}};
    shown.card = read_card(database, shown.thing);
    if (shown.thing.kind->word == "tasks") shown.tree = read_task_nodes(database, shown.thing);
    if (has_history(*shown.thing.kind)) shown.events = read_events(database, shown.thing, most);
    return shown;
  }

  std::vector<CardEvent> read_events(const sqlite::Database& database, const Thing& thing,
                                     std::int64_t most) const {
    const HistoryRange range{.last = most};
    sqlite::Statement rows = database.prepare("SELECT at, type, text, id, session_id FROM (" +
                                              history_query(*thing.kind) + ")");
    bind_history(rows, thing, range);
    std::vector<CardEvent> events;
    while (rows.step()) {
      events.push_back({rows.integer(0), std::string(rows.text(1)), std::string(rows.text(2)),
                        std::string(rows.text(3)), std::string(rows.text(4))});
    }
    return events;
  }

  ThingArgument thing_;
  Text events_;
  std::string format_;
  MirrorFlags mirror_;
};

}  // namespace

void add_show(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<ShowCommand>(app));
}

}  // namespace tain::query
