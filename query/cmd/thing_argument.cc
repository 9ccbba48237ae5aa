#include "thing_argument.h"

#include <algorithm>

#include "core/error.h"
#include "project_scope.h"
#include "query/print/unicode.h"

namespace tain::query {
namespace {

// A copy of a file is another thing of the same id.
bool is_copied(const Thing& thing, const std::vector<Thing>& found) {
  return std::count_if(found.begin(), found.end(), [&](const Thing& other) {
           return other.kind == thing.kind && other.id == thing.id;
         }) > 1;
}

void print_candidates(const std::string& name, const std::vector<Thing>& found, const Io& io) {
  const std::size_t shown = std::min(found.size(), kMostThings);
  io.err << "tain: \"" << make_visible(name) << "\" may be any of "
         << (found.size() > kMostThings ? "many things" : "these")
         << "; write more of the id, or its file, or narrow it with --project or --entity:\n";
  for (const Thing& thing : std::span(found).first(shown)) {
    io.err << "  " << thing.kind->word << "  " << make_visible(thing.id) << "  "
           << make_visible(thing.project);
    if (!thing.title.empty()) io.err << "  " << cut_to_width(make_visible(thing.title), 40);
    if (is_copied(thing, found)) io.err << "  " << make_visible(thing.path);
    io.err << '\n';
  }
  if (found.size() > shown) io.err << "  …\n";
}

}  // namespace

void ThingArgument::add_to(CLI::App& app, const std::string& name, std::vector<std::string> words) {
  words_ = std::move(words);
  add_argument(app, name, name_, "Its id, or the beginning of it, or its file");
  if (words_.size() > 1) {
    add_text(app, "--entity", word_, "What it is, as `tain ls` has it")
        ->type_name("")
        ->check(CLI::IsMember(words_));
  }
  add_project_scope(app, project_);
}

std::vector<Thing> ThingArgument::candidates(const sqlite::Database& database) const {
  if (name_.empty()) throw InvalidArgument("ID", "an id, or the beginning of one", "\"\"");
  const Text word = words_.size() == 1 ? Text(words_.front()) : word_;
  std::vector<Thing> found = find_things(
      database, name_, {.word = word, .projects = keys_in_scope(database, parse_scope(project_))});
  std::erase_if(found, [this](const Thing& thing) {
    return std::find(words_.begin(), words_.end(), thing.kind->word) == words_.end();
  });
  return found;
}

std::optional<Thing> ThingArgument::find(const sqlite::Database& database, const Io& io) const {
  std::vector<Thing> found = candidates(database);
  if (found.empty()) {
    throw NotFoundError("find", name_,
                        "nothing in the mirror has this id, or one that begins so; `tain search` "
                        "finds words, `tain ls` lists");
  }
  if (found.size() == 1) return std::move(found.front());
  print_candidates(name_, found, io);
  return std::nullopt;
}

}  // namespace tain::query
