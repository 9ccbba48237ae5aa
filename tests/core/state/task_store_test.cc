#include "core/state/task_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/children.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/project_test.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using testing::FaultFileSystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::snapshot;
using testing::write;

class TaskStoreTest : public testing::ProjectTest {
 protected:
  std::vector<std::string> listed(const TaskFilter& filter) {
    std::vector<std::string> ids;
    for (const Task& task : store().list(filter).entities) ids.push_back(task.id);
    return ids;
  }
};

TEST_F(TaskStoreTest, ANewTaskIsPendingAndHoldsWhatItWasGiven) {
  NewTask fresh;
  fresh.title = "Fix the Type errors!";
  fresh.description = "all of them";
  fresh.priority = TaskPriority::urgent;
  fresh.input_context.working_dir = "/src";
  const Task task = store().create(fresh);
  EXPECT_THAT(task.id, ::testing::StartsWith("task_"));
  EXPECT_EQ(task.project_id, "p1");
  EXPECT_EQ(task.slug, "fix-the-type-errors");
  EXPECT_EQ(task.status, TaskStatus::pending);
  EXPECT_EQ(task.sort_order, kSortOrderGap);
  EXPECT_EQ(task.created_at, clock_.now());
  EXPECT_EQ(store().get(task.id), task);
  const std::vector<Json> events = timeline(task.id);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["type"], "created");
  EXPECT_EQ(events[0]["task_id"], task.id);
}

TEST_F(TaskStoreTest, TasksAreAThousandApart) {
  create_task("a");
  EXPECT_EQ(create_task("b").sort_order, 2 * kSortOrderGap);
}

TEST_F(TaskStoreTest, ATaskIsNotMadeTwiceNorWithoutATitleOrAProject) {
  create_task("a");
  EXPECT_THROW(store().create({.title = "again", .id = "a"}), AlreadyExistsError);
  EXPECT_THROW(store().create({.title = ""}), InvalidArgument);
  EXPECT_THROW(store().create({.title = "t", .id = "../t"}), InvalidArgument);
  EXPECT_THROW(TaskStore(root_ / "elsewhere", options()), NotFoundError);
}

TEST_F(TaskStoreTest, AParentOrADependencyThatIsNotThereIsRefused) {
  EXPECT_THROW(store().create({.title = "t", .id = "t", .parent_id = "gone"}), NotFoundError);
  EXPECT_THROW(store().create({.title = "t", .id = "t", .dependencies = {"gone"}}), NotFoundError);
  EXPECT_FALSE(std::filesystem::exists(task_file("t")));
  create_task("a");
  EXPECT_THROW(store().set_parent("a", "gone"), NotFoundError);
  EXPECT_THROW(store().add_dependency("a", "gone"), NotFoundError);
  EXPECT_THROW(store().set_status("gone", TaskStatus::in_progress), NotFoundError);
}

TEST_F(TaskStoreTest, EveryStatusStepIsAllowedOrRefusedAsTheTableSays) {
  for (const auto& [from, from_word] : Vocabulary<TaskStatus>::words) {
    for (const auto& [to, to_word] : Vocabulary<TaskStatus>::words) {
      SCOPED_TRACE(std::string(from_word) + " to " + std::string(to_word));
      const std::string id = std::string(from_word) + "-" + std::string(to_word);
      create_task(id);
      Json json = Json::parse(testing::read(task_file(id)));
      json["status"] = from_word;
      write(task_file(id), json.dump());
      if (is_allowed(from, to)) {
        EXPECT_EQ(store().set_status(id, to).status, to);
      } else {
        const auto before = snapshot(task_file(id));
        EXPECT_THROW(store().set_status(id, to), InvalidTransition);
        EXPECT_EQ(snapshot(task_file(id)), before);
      }
    }
  }
}

TEST_F(TaskStoreTest, TheFirstStartAndTheCompletionAreStamped) {
  create_task("a");
  clock_.advance(5);
  const Timestamp start = clock_.now();
  store().set_status("a", TaskStatus::in_progress);
  clock_.advance(5);
  store().set_status("a", TaskStatus::failed);
  clock_.advance(5);
  EXPECT_EQ(store().set_status("a", TaskStatus::in_progress).started_at, start);
  clock_.advance(5);
  const Timestamp end = clock_.now();
  const Task task = store().set_status("a", TaskStatus::completed);
  EXPECT_EQ(task.completed_at, end);
  EXPECT_EQ(task.updated_at, end);
}

TEST_F(TaskStoreTest, ABlockedTaskSaysSoInItsTimeline) {
  create_task("a");
  store().set_status("a", TaskStatus::in_progress);
  store().set_status("a", TaskStatus::blocked);
  const Json blocker = timeline("a").back();
  EXPECT_EQ(blocker["type"], "blocker");
  EXPECT_EQ(blocker["data"], (Json{{"from", "in_progress"}, {"to", "blocked"}}));
}

TEST_F(TaskStoreTest, UpdateChangesWhatHasNoFunctionOfItsOwnAndNothingElse) {
  create_task("a");
  const Task task = store().update("a", [](Task& t) {
    t.title = "Another";
    t.skill_ids = {"cpp"};
  });
  EXPECT_EQ(task.title, "Another");
  const auto before = snapshot(task_file("a"));
  const auto refuse = [&](const std::function<void(Task&)>& change) {
    EXPECT_THROW(store().update("a", change), InvalidArgument);
  };
  refuse([](Task& t) { t.id = "b"; });
  refuse([](Task& t) { t.title = ""; });
  refuse([](Task& t) { t.status = TaskStatus::completed; });
  refuse([](Task& t) { t.parent_id = "a"; });
  refuse([](Task& t) { t.session_ids = {"s"}; });
  refuse([](Task& t) { t.dependencies = {"a"}; });
  EXPECT_EQ(snapshot(task_file("a")), before);
}

TEST_F(TaskStoreTest, AFieldThatNobodyKnowsSurvivesAChange) {
  create_task("a");
  Json json = Json::parse(testing::read(task_file("a")));
  json["estimate"] = Json{{"days", 3}};
  write(task_file("a"), json.dump());
  store().set_status("a", TaskStatus::in_progress);
  EXPECT_EQ(Json::parse(testing::read(task_file("a")))["estimate"], json["estimate"]);
}

TEST_F(TaskStoreTest, WhatATaskNoLongerHasIsGoneFromItsFile) {
  create_task("a");
  store().update("a", [](Task& task) {
    task.description = "d";
    task.input_context.working_dir = "/src";
  });
  store().update("a", [](Task& task) {
    task.description.reset();
    task.input_context = {};
  });
  const Json json = Json::parse(testing::read(task_file("a")));
  EXPECT_FALSE(json.contains("description"));
  EXPECT_FALSE(json.contains("input_context"));
}

TEST_F(TaskStoreTest, ATaskThatWouldBeAPartOfItselfIsRefusedNamingTheWay) {
  create_task("a");
  store().create({.title = "b", .id = "b", .parent_id = "a"});
  store().create({.title = "c", .id = "c", .parent_id = "b"});
  const auto before = snapshot(task_file("a"));
  try {
    store().set_parent("a", "c");
    FAIL();
  } catch (const ParentCycle& error) {
    EXPECT_THAT(error.cycle(), ElementsAre("a", "c", "b", "a"));
    EXPECT_THAT(error.what(), HasSubstr("a → c → b → a"));
  }
  EXPECT_THROW(store().set_parent("a", "a"), ParentCycle);
  EXPECT_EQ(snapshot(task_file("a")), before);
  EXPECT_EQ(store().set_parent("c", "a").parent_id, "a");
  EXPECT_EQ(store().set_parent("c", std::nullopt).parent_id, std::nullopt);
}

TEST_F(TaskStoreTest, ACycleOfDependenciesIsRefusedNamingTheWay) {
  create_task("a");
  store().create({.title = "b", .id = "b", .dependencies = {"a"}});
  store().create({.title = "c", .id = "c", .dependencies = {"b"}});
  const auto before = snapshot(task_file("a"));
  try {
    store().add_dependency("a", "c");
    FAIL();
  } catch (const DependencyCycle& error) {
    EXPECT_THAT(error.cycle(), ElementsAre("a", "c", "b", "a"));
  }
  EXPECT_THROW(store().add_dependency("a", "a"), DependencyCycle);
  EXPECT_EQ(snapshot(task_file("a")), before);
  store().remove_dependency("b", "a");
  EXPECT_THAT(store().add_dependency("a", "c").dependencies, ElementsAre("c"));
  EXPECT_THROW(store().remove_dependency("b", "a"), NotFoundError);
}

TEST_F(TaskStoreTest, ATaskWithAnIdThatOthersNamedBeforeClosesNoCycle) {
  create_task("a");
  Json json = Json::parse(testing::read(task_file("a")));
  json["dependencies"] = {"later"};
  write(task_file("a"), json.dump());
  EXPECT_THROW(store().create({.title = "t", .id = "later", .dependencies = {"a"}}),
               DependencyCycle);
  EXPECT_FALSE(std::filesystem::exists(task_file("later")));
}

TEST_F(TaskStoreTest, OfManyProcessesThatWouldCloseACycleTogetherOneIsRefused) {
  constexpr int kProcesses = 6;  // each makes its task depend on the next one: the last is too many
  for (int i = 0; i < kProcesses; ++i) create_task("t" + std::to_string(i));
  EXPECT_FALSE(testing::run_in_processes(kProcesses, [&](int i) {
    store().add_dependency("t" + std::to_string(i), "t" + std::to_string((i + 1) % kProcesses));
  }));
  int edges = 0;
  for (const Task& task : store().list().entities) {
    edges += static_cast<int>(task.dependencies.size());
  }
  EXPECT_EQ(edges, kProcesses - 1);
}

TEST_F(TaskStoreTest, ConcurrentChangesOfOneTaskLoseNothing) {
  create_task("a");
  EXPECT_TRUE(testing::run_in_processes(4, [&](int process) {
    for (int i = 0; i < 25; ++i) {
      store().update("a", [&](Task& task) {
        task.skill_ids.push_back(std::to_string(process) + "-" + std::to_string(i));
      });
    }
  }));
  EXPECT_EQ(store().get("a").skill_ids.size(), 100u);
}

TEST_F(TaskStoreTest, ListsKnowEveryFilter) {
  store().create({.title = "a", .id = "a", .assignee_agent_id = "claude"});
  store().create({.title = "b", .id = "b", .parent_id = "a", .kind = TaskKind::background});
  create_task("c");
  create_session("s");
  store().link("c", "s");
  store().set_status("c", TaskStatus::in_progress);
  EXPECT_THAT(listed({}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(listed({.project = "p1"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(listed({.project = "p2"}), IsEmpty());
  EXPECT_THAT(listed({.status = TaskStatus::in_progress}), ElementsAre("c"));
  EXPECT_THAT(listed({.parent = TaskFilter::Parent{}}), ElementsAre("a", "c"));
  EXPECT_THAT(listed({.parent = TaskFilter::Parent{"a"}}), ElementsAre("b"));
  EXPECT_THAT(listed({.session = "s"}), ElementsAre("c"));
  EXPECT_THAT(listed({.assignee = "claude"}), ElementsAre("a"));
  EXPECT_THAT(listed({.kind = TaskKind::background}), ElementsAre("b"));
  EXPECT_EQ(store().children("a").front().id, "b");
  EXPECT_THROW(store().children("gone"), NotFoundError);
}

TEST_F(TaskStoreTest, ABadFileCostsAListOnlyItself) {
  create_task("a");
  create_task("b");
  write(task_file("a"), "{\"id\": ");
  const Listing<Task> listing = store().list();
  ASSERT_EQ(listing.entities.size(), 1u);
  EXPECT_EQ(listing.entities[0].id, "b");
  ASSERT_EQ(listing.skipped.size(), 1u);
  EXPECT_EQ(listing.skipped[0].path, task_file("a"));
  EXPECT_THAT(listing.skipped[0].reason, HasSubstr("parse"));
}

TEST_F(TaskStoreTest, WhenTheFileSystemFailsTheOldTaskStands) {
  create_task("a");
  const std::string before = testing::read(task_file("a"));
  int injected = 0;
  for (int nth = 1;; ++nth) {
    FaultFileSystem faulty;
    ProjectOptions failing = options();
    failing.file_system = &faulty;
    TaskStore broken(root_.path(), failing);
    faulty.inject({.nth = nth, .error_number = ENOSPC});
    try {
      broken.update("a", [](Task& task) { task.title = "changed"; });
      write(task_file("a"), before);
    } catch (const Error&) {
      EXPECT_EQ(testing::read(task_file("a")), before);
    }
    if (faulty.failed().empty()) break;
    ++injected;
  }
  EXPECT_GE(injected, 15);
}

TEST_F(TaskStoreTest, SessionsAreListedByTheirFilters) {
  create_session("s1").transition_to_phase(Phase::plan);
  create_session("s2").set_status(SessionStatus::completed);
  create_session("s3").set_status(SessionStatus::paused);
  create_task("t");
  store().link("t", "s3");
  const auto ids = [&](const SessionFilter& filter) {
    std::vector<std::string> found;
    for (const Session& session : list_sessions(root_.path(), filter, options()).entities) {
      found.push_back(session.session_id);
    }
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre("s1", "s2", "s3"));
  EXPECT_THAT(ids({.project = "other"}), IsEmpty());
  EXPECT_THAT(ids({.status = SessionStatus::paused}), ElementsAre("s3"));
  EXPECT_THAT(ids({.phase = Phase::plan}), ElementsAre("s1"));
  EXPECT_THAT(ids({.task_id = "t"}), ElementsAre("s3"));
  EXPECT_THAT(ids({.active = true}), ElementsAre("s1", "s3"));
  EXPECT_THAT(ids({.active = false}), ElementsAre("s2"));
}

}  // namespace
}  // namespace tain
