// `tain bookmark` and `tain evaluate`: what is worth finding again.

#include "core/fs/paths.h"
#include "core/state/bookmarks.h"
#include "core/state/evaluations.h"
#include "project_verb.h"

namespace tain::query {
namespace {

class BookmarkAdd : public ProjectVerb {
 public:
  explicit BookmarkAdd(CLI::App& family)
      : ProjectVerb(family, "add", "Keep a task, or one of its events; prints the bookmark's id",
                    "tain bookmark add $task --note \"How we found the leak\"") {
    add_argument(app(), "TASK", fresh_.task_id, "Its id");
    add_text(app(), "--event", fresh_.event_id, "One of its events")->type_name("ID");
    add_text(app(), "--kind", fresh_.kind, "A word for it, if not task or event");
    add_text(app(), "--title", fresh_.title, "A heading, if not the task's");
    add_text(app(), "--note", fresh_.note, "Why");
    add_text(app(), "--metadata", metadata_, "An object")->type_name("JSON");
    add_text(app(), "--id", fresh_.id, "Its id, if not a new one")->type_name("ID");
  }

 private:
  Answer apply(const Io& io) override {
    if (metadata_) fresh_.metadata = parse_json_object("--metadata", *metadata_);
    const Bookmark bookmark = create_bookmark(root(), fresh_, options(io));
    return {.text = bookmark.id, .json = Codec<Bookmark>::encode(bookmark)};
  }
  NewBookmark fresh_;
  Text metadata_;
};

class Evaluate : public ProjectVerb {
 public:
  explicit Evaluate(CLI::App& parent)
      : ProjectVerb(parent, "evaluate", "Say what came of a task; the good ones are the library",
                    "tain evaluate $task good --use-case \"Flaky tests\" --tag testing") {
    add_argument(app(), "TASK", given_.task_id, "Its id");
    add_argument(app(), "RATING", rating_, list_words<Rating>());
    add_text(app(), "--use-case", given_.use_case, "What it is an example of");
    add_texts(app(), "--tag", given_.workflow_tags, "A word to find it by; may be repeated");
    add_text(app(), "--outcome", given_.outcome_note, "What came of it");
    add_text(app(), "--approach", given_.approach_note, "How it was done");
    add_text(app(), "--reuse-when", given_.reuse_when, "When to do it like this again");
    add_text(app(), "--watchouts", given_.watchouts, "What to look out for");
  }

 private:
  Answer apply(const Io& io) override {
    const auto rating = parse_word<Rating>("rating", rating_);
    const auto overlay = [&](Evaluation& evaluation) {
      evaluation.rating = rating;
      for (const auto field :
           {&Evaluation::use_case, &Evaluation::outcome_note, &Evaluation::approach_note,
            &Evaluation::reuse_when, &Evaluation::watchouts}) {
        if (given_.*field) evaluation.*field = given_.*field;
      }
      if (!given_.workflow_tags.empty()) evaluation.workflow_tags = given_.workflow_tags;
    };
    evaluate(root(), given_.task_id, overlay, options(io));
    return {.text = {},
            .json = read_json(task_directory(root(), given_.task_id) / kEvaluationFile)};
  }
  Evaluation given_;
  std::string rating_;
};

const std::vector<SimpleVerb>& bookmark_verbs() {
  static const std::vector<SimpleVerb> verbs{
      {"remove",
       "Forget one",
       "tain bookmark remove $bookmark",
       {{"BOOKMARK", "Its id"}},
       [](const SimpleVerb::Call& call) {
         delete_bookmark(call.root, call.arguments[0], call.options);
         return Answer{.text = {}, .json = Json{{"id", call.arguments[0]}}};
       }},
  };
  return verbs;
}

}  // namespace

void add_bookmark(CLI::App& app, Commands& commands) {
  CLI::App& family = add_family(app, "bookmark", "Keep tasks and events to find them again",
                                "tain bookmark add $task");
  commands.push_back(std::make_unique<BookmarkAdd>(family));
  add_simple_verbs(family, commands, bookmark_verbs());
}

void add_evaluate(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<Evaluate>(app));
}

}  // namespace tain::query
