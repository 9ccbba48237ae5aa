// The same question to libtain, to `tain ls --from-files` and to `tain ls` has one answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/state/project_store.h"
#include "core/state/task_store.h"
#include "query/list/listed_entity.h"
#include "tests/support/mirror_fixture.h"

namespace tain {
namespace {

using query::Cells;
using query::GivenFilter;
using query::ListedEntity;
using query::ListFilter;

const ListedEntity& listed(std::string_view word) {
  for (const ListedEntity& entity : query::listed_entities()) {
    if (entity.word == word) return entity;
  }
  throw std::logic_error("no list of " + std::string(word));
}

const ListFilter& filter_of(const ListedEntity& entity, std::string_view flag) {
  for (const ListFilter& filter : entity.filters) {
    if (filter.flag == flag) return filter;
  }
  throw std::logic_error("no filter " + std::string(flag));
}

class RandomProject : public ::testing::TestWithParam<unsigned> {
 protected:
  RandomProject() {
    create_project(root(), {.name = "Random", .id = "random"}, options());
    for (int i = 0; i < 12; ++i) add_session("s" + std::to_string(i));
    for (int i = 0; i < 40; ++i) add_task("t" + std::to_string(i));
    mirror_.catch_up();
  }

  std::filesystem::path root() const { return mirror_.root() / "p"; }
  SessionOptions options() { return mirror_.session_options(); }
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  template <Word E>
  E any() {
    const auto& words = Vocabulary<E>::words;
    return words[static_cast<std::size_t>(below(static_cast<int>(words.size())))].first;
  }

  void add_session(const std::string& id) {
    mirror_.clock().advance(below(3));
    auto session = SessionStateManager::create(
        root(), {.topic = id, .type = any<SessionType>(), .id = id}, options());
    const SessionStatus status = any<SessionStatus>();
    if (is_allowed(SessionStatus::running, status)) session.set_status(status);
    sessions_.push_back(id);
  }
  void add_task(const std::string& id) {
    mirror_.clock().advance(below(3));
    TaskStore tasks(root(), options());
    NewTask fresh;
    fresh.title = "Task \"" + id + "\" – ünïcode";
    fresh.id = id;
    fresh.kind = any<TaskKind>();
    fresh.priority = any<TaskPriority>();
    if (below(2) == 0) fresh.assignee_agent_id = "a" + std::to_string(below(3));
    if (below(2) == 0 && !tasks_.empty()) fresh.parent_id = one_of(tasks_);
    if (below(3) == 0 && !tasks_.empty()) fresh.dependencies = {one_of(tasks_)};
    tasks.create(fresh);
    for (int i = below(4); i > 0; --i) {
      const TaskStatus to = any<TaskStatus>();
      if (is_allowed(tasks.get(id).status, to)) tasks.set_status(id, to);
    }
    for (int i = below(3); i > 0; --i) tasks.link(id, one_of(sessions_));
    tasks_.push_back(id);
  }
  const std::string& one_of(const std::vector<std::string>& ids) {
    return ids[static_cast<std::size_t>(below(static_cast<int>(ids.size())))];
  }

  /// The ids of the rows, which the mirror and the files agree on in every column.
  std::vector<std::string> agreed(const ListedEntity& entity,
                                  const std::vector<GivenFilter>& filters) {
    const auto database = mirror::open_for_reading(mirror_.mirror());
    const std::vector<Cells> from_mirror = list_from_mirror(database, entity, filters, {});
    const auto from_files = list_from_files(root(), entity, filters, {});
    EXPECT_EQ(from_mirror, from_files.rows);
    std::vector<std::string> ids;
    for (const Cells& row : from_mirror) ids.push_back(std::get<std::string>(row[1]));
    return ids;
  }

  std::mt19937 random_{GetParam()};
  testing::MirrorFixture mirror_;
  std::vector<std::string> sessions_, tasks_;
};

TEST_P(RandomProject, ListsOfTasksAgreeWithLibtainsForEveryFilter) {
  const ListedEntity& tasks = listed("tasks");
  std::size_t found = 0;
  for (int round = 0; round < 60; ++round) {
    TaskFilter filter;
    std::vector<GivenFilter> given;
    const auto add = [&](std::string_view flag, const std::string& value) {
      given.push_back({&filter_of(tasks, flag), value});
    };
    if (below(3) == 0) {
      filter.status = any<TaskStatus>();
      add("--status", std::string(to_text(*filter.status)));
    }
    if (below(4) == 0) {
      filter.parent = TaskFilter::Parent{};
      if (below(2) == 0) filter.parent->id = one_of(tasks_);
      add("--parent", filter.parent->id.value_or("none"));
    }
    if (below(3) == 0) {
      filter.session = one_of(sessions_);
      add("--session", *filter.session);
    }
    if (below(4) == 0) {
      filter.assignee = "a" + std::to_string(below(3));
      add("--assignee", *filter.assignee);
    }
    if (below(4) == 0) {
      filter.kind = any<TaskKind>();
      add("--kind", std::string(to_text(*filter.kind)));
    }
    std::vector<std::string> expected;
    for (const Task& task : TaskStore(root(), options()).list(filter).entities) {
      expected.push_back(task.id);
    }
    EXPECT_EQ(agreed(tasks, given), expected);
    found += expected.size();
  }
  EXPECT_GT(found, 100u) << "the filters leave something to compare";
}

TEST_P(RandomProject, ListsOfSessionsAgreeWithLibtainsForEveryFilter) {
  const ListedEntity& sessions = listed("sessions");
  std::size_t found = 0;
  for (int round = 0; round < 40; ++round) {
    SessionFilter filter;
    std::vector<GivenFilter> given;
    const auto add = [&](std::string_view flag, const std::string& value) {
      given.push_back({&filter_of(sessions, flag), value});
    };
    if (below(4) == 0) {
      filter.status = any<SessionStatus>();
      add("--status", std::string(to_text(*filter.status)));
    }
    if (below(4) == 0) {
      filter.phase = any<Phase>();
      add("--phase", std::string(to_text(*filter.phase)));
    }
    if (below(3) == 0) {
      filter.task_id = one_of(tasks_);
      add("--task", *filter.task_id);
    }
    if (below(2) == 0) {
      filter.active = true;
      add("--active", "");
    }
    std::vector<std::string> expected;
    for (const Session& session : list_sessions(root(), filter, options()).entities) {
      expected.push_back(session.session_id);
    }
    EXPECT_EQ(agreed(sessions, given), expected);
    found += expected.size();
  }
  EXPECT_GT(found, 40u) << "the filters leave something to compare";
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomProject, ::testing::Values(1u, 2u, 3u));

class ListPlans : public ::testing::Test {
 protected:
  // What SQLite does to answer, a step a line.
  std::string plan(const ListedEntity& entity, std::string_view flag, const std::string& value) {
    const std::vector<GivenFilter> filters{{&filter_of(entity, flag), value}};
    std::string text;
    for (const testing::Cells& row :
         mirror_.rows("EXPLAIN QUERY PLAN " + list_query(entity, filters, {}))) {
      text += row.back() + "\n";
    }
    return text;
  }
  testing::MirrorFixture mirror_;
};

TEST_F(ListPlans, AListOfOneTaskOrSessionReadsNoWholeTable) {
  mirror_.catch_up();
  const std::vector<std::pair<std::string_view, std::string_view>> questions{
      {"tasks", "--parent"},      {"tasks", "--session"},         {"tasks", "--assignee"},
      {"tasks", "--status"},      {"sessions", "--task"},         {"sessions", "--phase"},
      {"runs", "--session"},      {"executions", "--task"},       {"executions", "--agent"},
      {"executions", "--status"}, {"session-tasks", "--session"}, {"bookmarks", "--task"},
      {"bindings", "--session"},  {"bindings", "--task"}};
  for (const auto& [word, flag] : questions) {
    const std::string steps = plan(listed(word), flag, "x");
    EXPECT_THAT(steps, ::testing::Not(::testing::HasSubstr("SCAN t"))) << word << ' ' << flag;
    EXPECT_THAT(steps, ::testing::HasSubstr("SEARCH t USING")) << word << ' ' << flag;
  }
}

}  // namespace
}  // namespace tain
