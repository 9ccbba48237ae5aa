// `tain tail`: what has changed, and what changes.

#include <unistd.h>

#include <algorithm>

#include "command.h"
#include "core/error.h"
#include "core/json/time.h"
#include "mirror_flags.h"
#include "query/find/changes.h"
#include "query/print/printer.h"
#include "query/print/unicode.h"
#include "query/print/wait_for_more.h"

namespace tain::query {
namespace {

// A look costs some microseconds.
constexpr std::chrono::milliseconds kBetweenLooks(200);
constexpr std::int64_t kChangesAtOnce = 1000;

// Lines for people, rows in any other format.
class ChangeWriter {
 public:
  ChangeWriter(Format format, const Io& io)
      : io_(io), style_(io.terminal), for_people_(format == Format::markdown) {
    if (format == Format::table) return;
    printer_ = make_printer(format, io.out);
    std::vector<std::string> columns{"change", "kind", "project", "id", "text", "path"};
    const auto first =
        for_people_ ? std::vector<std::string>{"time"} : std::vector<std::string>{"seq", "at"};
    columns.insert(columns.begin(), first.begin(), first.end());
    printer_->begin(columns);
  }

  void write(const Change& change) {
    if (printer_) {
      print(change);
    } else {
      draw(change);
    }
  }

  void end() {
    if (printer_) printer_->end();
  }

 private:
  static Value text_or_null(const std::string& text) {
    return text.empty() ? Value(nullptr) : Value(std::string_view(text));
  }

  void print(const Change& change) {
    const std::string time = readable_time_of(change);
    std::vector<Value> row{std::string_view(change.change), std::string_view(change.kind),
                           text_or_null(change.project),    text_or_null(change.id),
                           text_or_null(change.text),       std::string_view(change.path)};
    if (for_people_) {
      row.insert(row.begin(), std::string_view(time));
    } else {
      row.insert(row.begin(), {change.seq, change.at ? Value(*change.at) : Value(nullptr)});
    }
    printer_->row(row);
  }

  static std::string readable_time_of(const Change& change) {
    std::string time = change.at ? format_time(Timestamp{*change.at}).substr(0, 19) : "";
    std::replace(time.begin(), time.end(), 'T', ' ');
    return time;
  }

  void draw(const Change& change) const {
    constexpr std::size_t kKindWidth = 12;
    const bool is_gone = change.change == "delete";
    std::string line = "  " + change.kind;
    line.resize(std::max(line.size(), kKindWidth + 2), ' ');
    if (!change.project.empty()) line += "  " + change.project;
    line += "  " + (change.id.empty() ? change.path : change.id);
    if (is_gone) line += "  gone";
    if (!change.text.empty()) line += "  " + change.text;
    const std::string time = readable_time_of(change);
    line = make_visible(line);
    if (io_.terminal) {
      const std::size_t room = io_.terminal->columns - std::min(io_.terminal->columns, time.size());
      line = cut_to_width(std::move(line), room);
    }
    io_.out << style_.faint << time << style_.plain << (is_gone ? style_.red : "") << line
            << (is_gone ? style_.plain : "") << '\n';
  }

  const Io& io_;
  const Style style_;
  const bool for_people_;
  std::unique_ptr<Printer> printer_;
};

class TailCommand : public Command {
 public:
  explicit TailCommand(CLI::App& parent)
      : Command(parent, "tail", "Show the last changes, and with -f those to come",
                "tain tail -f --format jsonl") {
    app().add_flag("-f,--follow", follow_, "Go on, until somebody ends it");
    add_text(app(), "-n,--last", last_, "How many of the changes so far (default 10)")
        ->type_name("N");
    add_text(app(), "--since", since_, "All changes behind this seq")->type_name("SEQ");
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    const auto format = parse_word<Format>("--format", format_);
    if (follow_ && (format == Format::json || format == Format::markdown)) {
      throw InvalidArgument("--format", "one without an end, table, csv or jsonl, with -f",
                            format_);
    }
    const std::optional<std::int64_t> since = parse_integer("--since", since_);
    const std::int64_t last = parse_integer("--last", last_).value_or(10);
    if (last < 0) throw InvalidArgument("--last", "0 or more", "\"" + *last_ + "\"");
    if (follow_) io.out.flush();  // decides that it is not paged: what comes is shown as it comes
    sqlite::Database database = mirror_.open_to_follow(io);
    seq_ = since ? *since : seq_before_last(database, last);
    ChangeWriter writer(format, io);
    if (follow_) {
      follow(std::move(database), writer, io);
    } else {
      write_new(database, writer, io);
    }
    writer.end();
    return kDone;
  }

 private:
  void write_new(const sqlite::Database& database, ChangeWriter& writer, const Io& io) {
    bool is_all = false;
    while (!is_all) {
      const std::vector<Change> changes = changes_after(database, seq_, kChangesAtOnce);
      for (const Change& change : changes) writer.write(change);
      if (!changes.empty()) seq_ = changes.back().seq;
      is_all = std::ssize(changes) < kChangesAtOnce;
      io.out.flush();
    }
  }

  void follow(sqlite::Database database, ChangeWriter& writer, const Io& io) {
    std::optional<WaitForMore> real;
    if (!io.wait) real.emplace(STDOUT_FILENO);
    std::optional<MirrorWatch> watch(database);
    std::string told;  // of the trouble there is, once
    write_new(database, writer, io);
    while (real ? (*real)(kBetweenLooks) : io.wait(kBetweenLooks)) {
      if (database.has_moved()) {
        if (!reopen(database, watch, told, io)) continue;
      } else if (!watch->has_changed()) {
        continue;
      }
      write_new(database, writer, io);
    }
  }

  // All that the other mirror holds is told, since nobody knows what changed meanwhile; its seq may
  // have begun anywhere.
  bool reopen(sqlite::Database& database, std::optional<MirrorWatch>& watch, std::string& told,
              const Io& io) {
    try {
      sqlite::Database fresh = mirror_.reopen();
      watch.reset();  // its statement is the old database's
      database = std::move(fresh);
      watch.emplace(database);
      io.err << "tain: the mirror was built anew; all that it holds follows" << std::endl;
      seq_ = 0;
      told.clear();
      return true;
    } catch (const Error& error) {  // not there yet, or not whole
      if (told != error.what()) {
        io.err << "tain: " << make_visible(told = error.what()) << "; waiting" << std::endl;
      }
      return false;
    }
  }

  bool follow_ = false;
  Text last_;
  Text since_;
  std::string format_;
  MirrorFlags mirror_;
  std::int64_t seq_ = 0;
};

}  // namespace

void add_tail(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<TailCommand>(app));
}

}  // namespace tain::query
