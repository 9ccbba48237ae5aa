// Session tasks under failing system calls, dying processes, and many processes at once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/state/session_tasks.h"
#include "tests/support/children.h"
#include "tests/support/dying_file_system.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/session_task_test.h"

namespace tain {
namespace {

using testing::Call;
using testing::DyingFileSystem;
using testing::Fault;
using testing::FaultFileSystem;
using testing::read;
using testing::run_in_processes;
using testing::Seed004SessionTasks;
using testing::text_part;

enum class TaskWrite { done, in_doubt, refused };

class Seed004SessionTaskFaults : public Seed004SessionTasks {
 protected:
  using Write = std::function<void(SessionTaskRegistry&)>;
  using Check = std::function<void(TaskWrite)>;

  static TaskWrite outcome_of(const std::function<void()>& write) {
    try {
      write();
      return TaskWrite::done;
    } catch (const NotDurableError&) {
      return TaskWrite::in_doubt;
    } catch (const IoError&) {  // any other exception fails the test
      return TaskWrite::refused;
    }
  }

  ProjectOptions with(FileSystem& fs) {
    ProjectOptions with = options();
    with.durability = Durability::full;
    with.file_system = &fs;
    return with;
  }

  // Each call in turn fails, until the write makes fewer. Returns how many did.
  int sweep(int error_number, const Write& write, const Check& check) {
    for (int nth = 1;; ++nth) {
      SCOPED_TRACE(::testing::Message() << std::strerror(error_number) << " at call " << nth);
      std::filesystem::remove_all(session() / kTasksDirectory);
      std::filesystem::remove(events_file(session()));
      add("t1");
      ask("t1", "r1");
      FaultFileSystem fs;
      SessionTaskRegistry tasks(session(), with(fs),
                                [this](const SessionTask& task) { woken_.push_back(task); });
      woken_.clear();
      fs.inject({.nth = nth, .error_number = error_number});
      const TaskWrite outcome = outcome_of([&] { write(tasks); });
      const bool hit = !fs.failed().empty();
      fs.heal();
      check(outcome);
      if (!hit) return nth - 1;
      outcomes_.insert(outcome);
    }
  }

  const std::set<TaskWrite> kEveryOutcome = {TaskWrite::done, TaskWrite::in_doubt,
                                             TaskWrite::refused};
  std::set<TaskWrite> outcomes_;
};

TEST_F(Seed004SessionTaskFaults, AnUpdateThatFailsLeavesTheOldTaskAndOneInDoubtIsThere) {
  const auto end = [](SessionTaskRegistry& tasks) {
    tasks.update("t1", 1, {.state = failed, .summary = "over"});
  };
  for (const int error_number : {ENOSPC, EIO}) {
    outcomes_.clear();
    const int faults = sweep(error_number, end, [&](TaskWrite outcome) {
      const SessionTask task = tasks_.get("t1");
      EXPECT_EQ(task.state, outcome == TaskWrite::refused ? awaiting_input : failed);
      EXPECT_EQ(task.summary.has_value(), outcome != TaskWrite::refused);
      tasks_.update("t1", 1, {.state = failed, .summary = "over"});
      EXPECT_EQ(tasks_.get("t1").summary, "over");
    });
    EXPECT_GE(faults, 25);
    EXPECT_EQ(outcomes_, kEveryOutcome);
  }
}

TEST_F(Seed004SessionTaskFaults, AnEventThatCannotBeWrittenStopsNeitherTheTaskNorItsWake) {
  add("t2", running, WakePolicy::on_terminal);
  std::filesystem::remove(events_file(session()));
  std::filesystem::create_directory(events_file(session()));
  EXPECT_THROW(tasks_.update("t2", 1, {.state = succeeded}), NotDurableError);
  EXPECT_EQ(state_of("t2"), succeeded);
  EXPECT_THAT(woken(), ::testing::ElementsAre("t2 succeeded"));
}

TEST_F(Seed004SessionTaskFaults, ACreateThatFailsCanBeRepeated) {
  const auto make = [](SessionTaskRegistry& tasks) { tasks.create({.kind = "work", .id = "t2"}); };
  const int faults = sweep(EIO, make, [&](TaskWrite outcome) {
    EXPECT_EQ(std::filesystem::exists(task_json("t2")), outcome != TaskWrite::refused);
    EXPECT_EQ(tasks_.create({.kind = "work", .id = "t2"}).kind, "work");
  });
  EXPECT_GE(faults, 20);
  EXPECT_EQ(outcomes_, kEveryOutcome);
}

TEST_F(Seed004SessionTaskFaults, AReplyThatFailsLeavesTheQuestionOpen) {
  const auto answer = [](SessionTaskRegistry& tasks) {
    tasks.post_message("t1", {.content = {text_part("yes")}, .in_reply_to = "r1"});
  };
  const int faults = sweep(EIO, answer, [&](TaskWrite outcome) {
    if (outcome == TaskWrite::refused) {
      EXPECT_EQ(tasks_.get("t1").input_request.id, "r1");
      reply("t1", "r1");
    }
    EXPECT_EQ(state_of("t1"), running);
    EXPECT_GE(tasks_.messages("t1").size(), 1U);
  });
  EXPECT_GE(faults, 30);
  EXPECT_EQ(outcomes_, kEveryOutcome);
}

TEST_F(Seed004SessionTaskFaults, AResultThatTheTaskNamesIsWhole) {
  const auto finish = [](SessionTaskRegistry& tasks) { tasks.write_result("t1", 1, {1, 2, 3}); };
  const int faults = sweep(ENOSPC, finish, [&](TaskWrite outcome) {
    const SessionTask task = tasks_.get("t1");
    EXPECT_EQ(task.result_path.has_value(), outcome != TaskWrite::refused);
    if (!task.result_path) return;
    EXPECT_EQ(Json::parse(read(session() / *task.result_path)).size(), 3U);
  });
  EXPECT_GE(faults, 35);
  EXPECT_EQ(outcomes_, kEveryOutcome);
}

TEST_F(Seed004SessionTaskFaults, AProcessThatDiesAnywhereLeavesTheOldTaskOrTheNew) {
  int deaths = 0;
  std::set<SessionTaskState> left;
  for (int nth = 1;; ++nth) {
    const std::string id = "t" + std::to_string(nth);
    add(id);
    ask(id, "r1");
    const bool survived = run_in_processes(1, [&](int) {
      DyingFileSystem fs(nth);
      SessionTaskRegistry tasks(session(), with(fs));
      tasks.post_message(id, {.content = {text_part("yes")}, .in_reply_to = "r1"});
    });
    const SessionTask task = tasks_.get(id);
    left.insert(task.state);
    EXPECT_TRUE(task.state != running || tasks_.messages(id).size() == 1U) << "no lost answer";
    EXPECT_EQ(task.input_request.id.has_value(), task.state == awaiting_input);
    EXPECT_EQ(tasks_.update(id, 1, {.state = failed}).state, failed);
    if (survived) break;
    ++deaths;
  }
  EXPECT_GE(deaths, 6);
  EXPECT_EQ(left, (std::set{running, awaiting_input}));
}

TEST_F(Seed004SessionTaskFaults, OfManyProcessesOneCreatesATaskAndAllGetIt) {
  constexpr int kRounds = 20;
  ASSERT_TRUE(run_in_processes(8, [&](int process) {
    for (int i = 0; i < kRounds; ++i) {
      const std::string id = "t" + std::to_string(i);
      const SessionTask mine =
          tasks_.create({.kind = "work", .id = id, .display_name = std::to_string(process)});
      if (mine != tasks_.get(id)) throw std::runtime_error("not the task that is there");
    }
  }));
  EXPECT_EQ(tasks_.list().entities.size(), std::size_t{kRounds});
  std::map<std::string, std::string> creators;
  for (const Json& event : events()) {
    EXPECT_EQ(event["type"], "task.created");
    creators[event["data"]["id"]] += event["data"]["display_name"];
  }
  EXPECT_EQ(events().size(), std::size_t{kRounds});
  for (const SessionTask& task : tasks_.list().entities) {
    EXPECT_EQ(creators[task.id], task.display_name);
  }
}

TEST_F(Seed004SessionTaskFaults, ManyProcessesThatReportAtOnceLoseNothing) {
  constexpr int kProcesses = 4;
  constexpr int kReports = 50;
  add("t1");
  ASSERT_TRUE(run_in_processes(kProcesses, [&](int process) {
    for (int i = 0; i < kReports; ++i) {
      const std::string name = std::to_string(process) + "-" + std::to_string(i);
      tasks_.update(
          "t1", 1,
          {.artifacts = {{.name = name}}, .links = TaskLinks{.resource_ids = {"shared", name}}});
      tasks_.post_message("t1",
                          {.direction = MessageDirection::outbound, .content = {text_part(name)}});
      tasks_.heartbeat("t1", 1);
    }
  }));
  constexpr std::size_t kAll = kProcesses * kReports;
  const SessionTask task = tasks_.get("t1");
  EXPECT_EQ(task.artifacts.size(), kAll);
  EXPECT_EQ(task.links.resource_ids.size(), kAll + 1);
  std::set<std::string> texts;
  for (const TaskMessage& message : tasks_.messages("t1")) texts.insert(task_message_text(message));
  EXPECT_EQ(texts.size(), kAll);

  std::size_t seen = 0;  // the events tell of the changes in the order in which they were made
  for (const Json& event : events()) {
    if (event["type"] != "task.updated") continue;
    EXPECT_EQ(event["data"]["artifacts"].size(), ++seen);
  }
  EXPECT_EQ(seen, kAll);
}

TEST_F(Seed004SessionTaskFaults, OfManyProcessesOneAnswersAQuestion) {
  add("t1");
  ask("t1", "r1");
  const auto answered = root_ / "answered";
  ASSERT_TRUE(run_in_processes(8, [&](int process) {
    try {
      reply("t1", "r1");
      testing::write(answered / std::to_string(process), "");
    } catch (const NotFoundError&) {
    }
  }));
  EXPECT_EQ(testing::names_in(answered).size(), 1U);
  EXPECT_EQ(tasks_.messages("t1").size(), 1U);
}

}  // namespace
}  // namespace tain
