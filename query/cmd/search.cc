#include "command.h"
#include "core/error.h"
#include "core/json/time.h"
#include "mirror_flags.h"
#include "project_scope.h"
#include "query/find/text_search.h"
#include "query/print/printer.h"
#include "query/print/unicode.h"

namespace tain::query {
namespace {

// The words that were found stand between `begin` and `end`.
std::string mark_hits(std::string_view snippet, std::string_view begin, std::string_view end) {
  std::string marked;
  for (const char c : snippet) {
    if (c == kHitBegin) {
      marked += begin;
    } else if (c == kHitEnd) {
      marked += end;
    } else {
      marked += c;
    }
  }
  return marked;
}

// The same for a terminal: the rest of the text cannot act on it, and ends as it began. `columns`
// is the room that it has.
std::string visible_snippet(std::string_view snippet, std::size_t columns, const Style& style) {
  std::string line;
  std::size_t used = 0;
  bool is_hit = false;
  while (!snippet.empty() && used < columns) {
    const std::size_t end = snippet.find_first_of(std::string{kHitBegin, kHitEnd});
    const std::string piece = cut_to_width(make_visible(snippet.substr(0, end)), columns - used);
    used += display_width(piece);
    line += is_hit ? style.bold + piece + style.plain : piece;
    if (end == std::string_view::npos) break;
    is_hit = snippet[end] == kHitBegin;
    snippet.remove_prefix(end + 1);
  }
  return line;
}

class SearchCommand : public Command {
 public:
  explicit SearchCommand(CLI::App& parent)
      : Command(parent, "search", "Find words in titles, descriptions, decisions and events",
                "tain search retry policy --project atlas --since 2026-10-01") {
    app().add_option("TEXT", words_, "Words, all of which have to be there")->type_name("");
    add_text(app(), "--match", match_, "In FTS5's own syntax instead: word*, OR, NOT, NEAR(…)")
        ->type_name("QUERY");
    add_project_scope(app(), project_);
    add_text(app(), "--entity", word_, "Only in these")
        ->type_name("")
        ->check(CLI::IsMember(search_words()));
    add_text(app(), "--since", since_, "Only from this time on")->type_name("TIME");
    add_text(app(), "--until", until_, "Only before this time")->type_name("TIME");
    add_text(app(), "--limit", limit_, "Only the best N (default 20)")->type_name("N");
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    SearchRequest request = parse_request();
    const sqlite::Database database = mirror_.open(io);
    request.projects = keys_in_scope(database, parse_scope(project_));
    const std::vector<SearchHit> hits = search_texts(database, request);
    const auto format = parse_word<Format>("--format", format_);
    if (format == Format::table) {
      for (const SearchHit& hit : hits) print(hit, io);
      if (hits.empty()) io.err << "tain: nothing was found\n";
    } else {
      print_hits(hits, format, *make_printer(format, io.out));
    }
    return kDone;
  }

 private:
  SearchRequest parse_request() const {
    SearchRequest request;
    std::string text;
    for (const std::string& word : words_) text.append(text.empty() ? "" : " ").append(word);
    request.match = match_ ? *match_ : match_all_words(text);
    if (request.match.empty() || (match_ && !words_.empty())) {
      throw InvalidArgument("TEXT", "words to search for, or --match QUERY", "\"" + text + "\"");
    }
    request.word = word_;
    if (const auto since = parse_moment("--since", since_)) request.since = since->ms;
    if (const auto until = parse_moment("--until", until_)) request.until = until->ms;
    request.limit = parse_integer("--limit", limit_).value_or(request.limit);
    if (request.limit < 1) throw InvalidArgument("--limit", "1 or more", "\"" + *limit_ + "\"");
    return request;
  }

  static std::string day_of(const SearchHit& hit) {
    return hit.at ? format_time(Timestamp{*hit.at}).substr(0, 10) : std::string();
  }

  // Two lines: what it is, and where in it the words stand.
  static void print(const SearchHit& hit, const Io& io) {
    constexpr std::size_t kIndent = 4;
    const Style style(io.terminal);
    const std::string day = day_of(hit);
    io.out << day << (day.empty() ? "" : "  ") << hit.name << ' ' << style.bold
           << make_visible(hit.id) << style.plain << "  " << make_visible(hit.project) << '\n'
           << std::string(kIndent, ' ');
    const bool has_bold = *style.bold != '\0';
    const std::size_t room = io.terminal
                                 ? io.terminal->columns - std::min(kIndent, io.terminal->columns)
                                 : std::string::npos;
    const std::string snippet = has_bold ? hit.snippet : mark_hits(hit.snippet, "[", "]");
    io.out << visible_snippet(snippet, room, style) << '\n';
  }

  static void print_hits(const std::vector<SearchHit>& hits, Format format, Printer& printer) {
    const bool for_people = format == Format::markdown;
    printer.begin(
        for_people ? std::vector<std::string>{"day", "entity", "id", "project", "snippet"}
                   : std::vector<std::string>{"entity", "id", "project", "at", "rank", "snippet"});
    for (const SearchHit& hit : hits) {
      const std::string snippet = mark_hits(hit.snippet, "[", "]");
      const std::string day = day_of(hit);
      std::vector<Value> row{hit.name, std::string_view(hit.id), std::string_view(hit.project)};
      if (for_people) {
        row.insert(row.begin(), std::string_view(day));
      } else {
        row.push_back(hit.at ? Value(*hit.at) : Value(nullptr));
        row.emplace_back(hit.rank);
      }
      row.emplace_back(std::string_view(snippet));
      printer.row(row);
    }
    printer.end();
  }

  std::vector<std::string> words_;
  Text match_;
  Text word_;
  Text project_;
  Text since_;
  Text until_;
  Text limit_;
  std::string format_;
  MirrorFlags mirror_;
};

}  // namespace

void add_search(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<SearchCommand>(app));
}

}  // namespace tain::query
