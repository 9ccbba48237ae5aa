// Files that people have edited: `tain ls` and `tain ls --from-files` show the same of them.

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <functional>

#include "query/list/listed_entity.h"
#include "tests/support/mirror_fixture.h"
#include "tests/support/whole_domain.h"

namespace tain {
namespace {

using query::GivenFilter;
using query::ListedEntity;
using query::ListFilter;

// What a hand may put where something else stood.
constexpr std::array<std::string_view, 17> kOddTexts{"null",
                                                     "true",
                                                     "5",
                                                     "-0",
                                                     "-0.0",
                                                     "1e5",
                                                     "0.10",
                                                     "0.10000000000000000555",
                                                     "99999999999999999999",
                                                     "\"todo\"",
                                                     R"("\ud800")",
                                                     R"("a\u0000b\u00e9")",
                                                     "\"2026-01-01T00:00:00+02:00\"",
                                                     "[]",
                                                     "{}",
                                                     R"([ "\u00e9" , 1e5, null, "x"])",
                                                     R"({"a" : 0.10, "a": {}})"};

std::string object_of(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string text;
  for (const auto& [key, value] : members) {
    text.append(text.empty() ? "{" : ", ").append(Json(key).dump()).append(": ").append(value);
  }
  return text.empty() ? "{}" : text + "}";
}

// Every text that differs from `value` in one place, and calls it to `use`.
void for_each_edit(const Json& value, const std::function<void(const std::string&)>& use) {
  for (const std::string_view odd : kOddTexts) use(std::string(odd));
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      for_each_edit(value[i], [&](const std::string& edited) {
        std::string text;
        for (std::size_t k = 0; k < value.size(); ++k) {
          text.append(k == 0 ? "[" : ",").append(k == i ? edited : value[k].dump());
        }
        use(text + "]");
      });
    }
  }
  if (!value.is_object()) return;
  std::vector<std::pair<std::string, std::string>> members;
  for (const auto& [key, member] : value.items()) members.emplace_back(key, member.dump());
  for (std::size_t i = 0; i < members.size(); ++i) {
    auto others = members;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    use(object_of(others));
    auto twice = members;
    twice.emplace_back(members[i].first, "\"again\"");
    use(object_of(twice));
    for_each_edit(value[members[i].first], [&](const std::string& edited) {
      auto changed = members;
      changed[i].second = edited;
      use(object_of(changed));
    });
  }
}

// So that it can be told apart, to the last bit.
std::string exactly(const query::Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* text = std::get_if<std::string>(&cell)) return "'" + *text + "'";
  if (const auto* real = std::get_if<double>(&cell)) {
    std::array<char, 64> digits{};
    return {digits.data(), std::to_chars(digits.begin(), digits.end(), *real).ptr};
  }
  return "NULL";
}

class HandEditedFiles : public ::testing::Test {
 protected:
  std::filesystem::path root() const { return mirror_.root() / "p"; }
  std::filesystem::path inside(const std::string& path) const { return root() / ".tain" / path; }

  // The path of a file in `directory`, relative to `.tain`.
  std::string any_in(const std::string& directory) const {
    const auto file = *std::filesystem::directory_iterator(inside(directory));
    return directory + "/" + file.path().filename().string();
  }
  // Writes every edit of the file at `from` to a file of its own: `before` + number + `after`.
  void edit(const std::string& from, const std::string& before, const std::string& after) {
    const Json entity = Json::parse(testing::read(inside(from)));
    for_each_edit(entity, [&](const std::string& text) {
      testing::write(inside(before + std::to_string(++edits_) + after), text);
    });
  }
  // Appends every edit of the first line of the log.
  void edit_lines(const std::string& log) {
    std::string lines = testing::read(inside(log));
    const Json entity = Json::parse(lines.substr(0, lines.find('\n')));
    for_each_edit(entity, [&](const std::string& text) {
      lines += text + "\n";
      ++edits_;
    });
    testing::write(inside(log), lines);
  }

  // Compares, and returns how many rows there are.
  std::size_t compare(const ListedEntity& entity, const std::vector<GivenFilter>& filters) {
    const auto database = mirror::open_for_reading(mirror_.mirror());
    const auto from_mirror = list_from_mirror(database, entity, filters, {});
    const auto from_files = list_from_files(root(), entity, filters, {}).rows;
    EXPECT_EQ(from_mirror.size(), from_files.size());
    for (std::size_t i = 0; i < std::min(from_mirror.size(), from_files.size()); ++i) {
      if (is_same(entity, from_mirror[i], from_files[i])) continue;
      ADD_FAILURE() << "row " << i;
      break;
    }
    return from_mirror.size();
  }
  static bool is_same(const ListedEntity& entity, const query::Cells& mirrored,
                      const query::Cells& read) {
    bool same = mirrored.size() == read.size() && exactly(mirrored[0]) == exactly(read[0]);
    for (std::size_t i = 0; same && i < entity.columns.size(); ++i) {
      const std::string ours = exactly(mirrored[i + 1]);
      EXPECT_EQ(ours, exactly(read[i + 1])) << entity.columns[i].name;
      same = ours == exactly(read[i + 1]);
    }
    return same;
  }
  // By each flag, for some of the values that there are.
  void compare_filtered(const ListedEntity& entity) {
    for (const ListFilter& filter : entity.filters) {
      SCOPED_TRACE(filter.flag);
      for (const std::string value : {"todo", "none", "again", "full", "x", "claude-code"}) {
        compare(entity, {{&filter, value}});
      }
    }
  }

  testing::MirrorFixture mirror_;
  testing::WholeDomain domain_{mirror_.root() / "p", mirror_.clock()};
  int edits_ = 0;
};

TEST_F(HandEditedFiles, AreListedAsTheMirrorHasThem) {
  edit("tasks/full/task.json", "tasks/m", "/task.json");
  edit("tasks/full/evaluation.json", "tasks/m", "/evaluation.json");
  edit("tasks/full/executions/full.json", "tasks/full/executions/m", ".json");
  edit("agents/claude-code.json", "agents/m", ".json");
  edit("sessions/full/state.json", "sessions/m", "/state.json");
  edit("sessions/full/agents/full.json", "sessions/full/agents/m", ".json");
  edit("sessions/full/tasks/full/task.json", "sessions/full/tasks/m", "/task.json");
  edit("workers/w.json", "workers/m", ".json");
  edit("bindings/codex/c1.json", "bindings/codex/m", ".json");
  edit(any_in("bookmarks"), "bookmarks/m", ".json");
  edit_lines("tasks/full/events.jsonl");
  edit_lines("sessions/full/events.jsonl");
  edit_lines("sessions/full/tasks/full/messages.jsonl");
  mirror_.catch_up();
  std::size_t rows = 0;
  for (const ListedEntity& entity : query::listed_entities()) {
    SCOPED_TRACE(entity.word);
    rows += compare(entity, {});
    compare_filtered(entity);
  }
  EXPECT_GT(edits_, 5000);
  EXPECT_GT(static_cast<int>(rows), edits_ * 8 / 10) << "an odd value costs no row";
}

TEST_F(HandEditedFiles, AProjectAndItsSettingsAreListedAsTheMirrorHasThem) {
  for (const std::string file : {"project.json", "config.json"}) {
    const std::string good = testing::read(inside(file));
    for_each_edit(Json::parse(good), [&](const std::string& text) {
      // A file that is no object keeps its last good rows in the mirror.
      if (!text.starts_with("{")) return;
      testing::write(inside(file), text);
      SCOPED_TRACE(text);
      mirror_.catch_up();
      for (const ListedEntity& entity : query::listed_entities()) {
        if (entity.word == "projects" || entity.word == "config") compare(entity, {});
      }
    });
    testing::write(inside(file), good);
  }
}

}  // namespace
}  // namespace tain
