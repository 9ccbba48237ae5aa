#include "card_text.h"

#include <algorithm>

#include "core/json/time.h"
#include "query/print/text.h"
#include "query/print/unicode.h"

namespace tain::query {
namespace {

std::string readable_time(std::int64_t ms) {
  std::string text = format_time(Timestamp{ms});  // 2026-10-20T12:00:00.000Z
  text[10] = ' ';
  return text.substr(0, 19);
}

// What a card shows of a field; empty for what is not worth a line.
std::string readable(const CardField& field) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    if (field.type == ColumnType::time) return readable_time(*number);
    if (field.type == ColumnType::boolean) return *number != 0 ? "yes" : "no";
    return std::to_string(*number);
  }
  if (const auto* real = std::get_if<double>(&field.value)) return format_real(*real);
  const auto* text = std::get_if<std::string>(&field.value);
  if (text == nullptr || *text == "[]" || *text == "{}") return {};
  return *text;
}

std::string padded_to(const std::string& visible, std::size_t width) {
  return visible + std::string(width - std::min(width, display_width(visible)), ' ');
}

// Writes a card, section by section.
class CardWriter {
 public:
  explicit CardWriter(const Io& io) : io_(io), style_(io.terminal) {}

  void heading(const Thing& thing) {
    io_.out << style_.bold << thing.kind->name << ' ' << make_visible(thing.id) << style_.plain
            << "  " << make_visible(thing.project) << '\n';
  }

  // The names of a section in one column, the texts behind it, all lines of them.
  void pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::size_t width = 0;
    for (const auto& [name, text] : pairs) width = std::max(width, name.size());
    for (const auto& [name, text] : pairs) {
      std::string_view rest = text;
      std::string label = name;
      while (true) {
        const std::size_t end = rest.find('\n');
        io_.out << "  " << style_.faint << padded_to(label, width) << style_.plain << "  "
                << make_visible(rest.substr(0, end)) << '\n';
        if (end == std::string_view::npos || end + 1 == rest.size()) break;
        rest.remove_prefix(end + 1);
        label.clear();
      }
    }
  }

  void begin(std::string_view title) {
    io_.out << '\n' << style_.bold << title << style_.plain << '\n';
  }

  void line(std::string line) {
    if (io_.terminal) line = cut_to_width(std::move(line), io_.terminal->columns);
    io_.out << line << '\n';
  }

  void links(const std::vector<CardLink>& links) {
    std::size_t relation = 0;
    std::size_t id = 0;
    std::size_t status = 0;
    for (const CardLink& link : links) {
      relation = std::max(relation, link.relation.size());
      id = std::max(id, display_width(make_visible(link.id)));
      status = std::max(status, display_width(make_visible(link.status)));
    }
    for (const CardLink& link : links) {
      std::string text =
          "  " + padded_to(link.relation, relation) + "  " + padded_to(make_visible(link.id), id) +
          "  " + padded_to(make_visible(link.status), status) + "  " + make_visible(link.title);
      text.erase(text.find_last_not_of(' ') + 1);
      line(std::move(text));
    }
  }

  void events(const std::vector<CardEvent>& events) {
    std::size_t type = 0;
    for (const CardEvent& event : events) type = std::max(type, make_visible(event.type).size());
    for (const CardEvent& event : events) {
      line("  " + readable_time(event.at) + "  " + padded_to(make_visible(event.type), type) +
           "  " + make_visible(event.text));
    }
  }

  void tree(const std::vector<TaskNode>& nodes) {
    draw_task_nodes(nodes, "  ", io_.terminal, io_.out);
  }

 private:
  const Io& io_;
  const Style style_;
};

std::vector<std::pair<std::string, std::string>> shown_fields(const Shown& shown) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::string title;
  for (const CardField& field : shown.card.fields) {
    const std::string text = readable(field);
    if (field.name == "title") title = text;
    const bool is_said = field.name == "display_title" && text == title;
    if (!text.empty() && !is_said) pairs.emplace_back(field.name, text);
  }
  if (!shown.thing.path.empty()) pairs.emplace_back("file", shown.thing.path);
  return pairs;
}

Json cell_json(const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return nullptr;
}

Json json_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json fields_json(const std::vector<CardField>& fields) {
  Json json = Json::object();
  for (const CardField& field : fields) {
    // A list or an object is what it is, not text that holds it.
    const auto* text = std::get_if<std::string>(&field.value);
    Json value = field.type == ColumnType::json && text != nullptr
                     ? Json::parse(*text, nullptr, false)
                     : cell_json(field.value);
    json[field.name] = value.is_discarded() ? cell_json(field.value) : std::move(value);
  }
  return json;
}

Json links_json(const std::vector<CardLink>& links) {
  Json json = Json::array();
  for (const CardLink& link : links) {
    json.push_back({{"relation", link.relation},
                    {"entity", link.kind},
                    {"id", link.id},
                    {"title", json_or_null(link.title)},
                    {"status", json_or_null(link.status)}});
  }
  return json;
}

Json tree_json(const std::vector<TaskNode>& nodes) {
  Json json = Json::array();
  for (const TaskNode& node : nodes) {
    json.push_back({{"depth", node.depth},
                    {"id", node.id},
                    {"title", json_or_null(node.title)},
                    {"status", json_or_null(node.status)},
                    {"waits_for", node.waits_for}});
  }
  return json;
}

Json events_json(const std::vector<CardEvent>& events) {
  Json json = Json::array();
  for (const CardEvent& event : events) {
    json.push_back({{"at", event.at},
                    {"type", json_or_null(event.type)},
                    {"session_id", json_or_null(event.session_id)},
                    {"text", json_or_null(event.text)},
                    {"id", json_or_null(event.id)}});
  }
  return json;
}

}  // namespace

void print_card(const Shown& shown, const Io& io) {
  CardWriter writer(io);
  writer.heading(shown.thing);
  writer.pairs(shown_fields(shown));
  if (!shown.card.notes.empty()) {
    writer.begin("notes");
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const CardNote& note : shown.card.notes) pairs.emplace_back(note.kind, note.text);
    writer.pairs(pairs);
  }
  if (!shown.card.links.empty()) {
    writer.begin("links");
    writer.links(shown.card.links);
  }
  if (shown.tree.size() > 1) {
    writer.begin("tree");
    writer.tree(shown.tree);
  }
  if (!shown.events.empty()) {
    writer.begin("last events");
    writer.events(shown.events);
  }
}

Json card_json(const Shown& shown) {
  Json notes = Json::array();
  for (const CardNote& note : shown.card.notes) {
    notes.push_back({{"kind", note.kind}, {"text", note.text}});
  }
  return {{"entity", shown.thing.kind->name},         {"id", shown.thing.id},
          {"project", shown.thing.project},           {"path", json_or_null(shown.thing.path)},
          {"fields", fields_json(shown.card.fields)}, {"notes", std::move(notes)},
          {"links", links_json(shown.card.links)},    {"tree", tree_json(shown.tree)},
          {"events", events_json(shown.events)}};
}

}  // namespace tain::query
