// Whose file a path is: every table row is a path and what each layout makes of it.

#include "syncd/layout/layout.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "syncd/sync/scanner.h"

namespace tain::syncd {
namespace {

struct Case {
  std::string path;
  std::string role;  // "layout kind project column=value…", or "none"
};

std::string role_of(const std::string& path) {
  const mirror::Schema schema;
  const Layouts layouts(schema);
  const std::optional<FileRole> role = layouts.classify(path);
  if (!role) return "none";
  std::string text(role->layout);
  text.append(" ").append(to_text(role->kind)).append(" ").append(role->project_root);
  for (const auto& [column, value] : role->names) {
    text.append(" ").append(column).append("=").append(value);
  }
  return text;
}

class Paths : public ::testing::TestWithParam<Case> {};

TEST_P(Paths, BelongToWhomTheirLayoutSays) {
  EXPECT_EQ(role_of(GetParam().path), GetParam().role) << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(
    Maestro, Paths,
    ::testing::Values(
        Case{"/h/.maestro/projects/p.json", "maestro project /h/.maestro/projects/p id=p"},
        Case{"/h/.maestro/data/tasks/p/t.json",
             "maestro task /h/.maestro/data/projects/p id=t project_id=p"},
        Case{"/h/.maestro/tasks/t.json", "maestro task /h/.maestro id=t"},
        Case{"/h/.maestro/data/sessions/s.json", "maestro session /h/.maestro/data session_id=s"},
        Case{"/h/.maestro/sessions/s/manifest.json", "maestro document /h/.maestro"},
        Case{"/h/.maestro/tasks/p/q/t.json", "maestro document /h/.maestro"},
        Case{"/h/.maestro/tasks/p/t.json.0a1b2c3d.tmp", "none"}, Case{"/h/.maestro", "none"},
        Case{"/h/projects/proj_1.json", "maestro project /h/projects/proj_1 id=proj_1"},
        Case{"/h/tasks/proj_1/task_2.json",
             "maestro task /h/projects/proj_1 id=task_2 project_id=proj_1"},
        Case{"/h/tasks/task_2.json", "maestro task /h id=task_2"},
        Case{"/h/sessions/sess_3.json", "maestro session /h session_id=sess_3"},
        Case{"/h/team-members/p/tm_4.json", "maestro document /h id=tm_4"},
        Case{"/h/projects/x.json", "none"}, Case{"/h/tasks/proj_1/x.json", "none"},
        Case{"/h/tasks/x/task_1.json", "none"}, Case{"/h/sessions/state.json", "none"},
        Case{"/proj_1.json", "none"}));

INSTANTIATE_TEST_SUITE_P(
    Native, Paths,
    ::testing::Values(
        Case{"/w/p/.tain/project.json", "native project /w/p"},
        Case{"/w/p/.tain/config.json", "native config /w/p"},
        Case{"/w/p/.tain/agents/claude.json", "native agent /w/p slug=claude"},
        Case{"/w/p/.tain/agents/sub/claude.json", "native document /w/p"},
        Case{"/w/p/.tain/bookmarks/b1.json", "native bookmark /w/p id=b1"},
        Case{"/w/p/.tain/workers/w.1.json", "native worker /w/p worker_id=w.1"},
        Case{"/w/p/.tain/bindings/claude-code/c1.json",
             "native runtime_binding /w/p runtime_source=claude-code runtime_session_id=c1"},
        Case{"/w/p/.tain/bindings/c1.json", "native document /w/p"},
        Case{"/w/p/.tain/tasks/t1/task.json", "native task /w/p id=t1"},
        Case{"/w/p/.tain/tasks/task.json", "native document /w/p"},
        Case{"/w/p/.tain/tasks/t1/sub/task.json", "native document /w/p"},
        Case{"/w/p/.tain/tasks/t1/project.json", "native document /w/p"},
        Case{"/w/p/.tain/tasks/t1/events.jsonl", "native events /w/p task_id=t1"},
        Case{"/w/p/.tain/tasks/t1/messages.jsonl", "none"},
        Case{"/w/p/.tain/tasks/t1/evaluation.json", "native evaluation /w/p task_id=t1"},
        Case{"/w/p/.tain/tasks/t1/executions/task.json",
             "native execution /w/p task_id=t1 id=task"},
        Case{"/w/p/.tain/events.jsonl", "native events /w/p"}));

INSTANTIATE_TEST_SUITE_P(
    NativeSessions, Paths,
    ::testing::Values(
        Case{"/w/p/.tain/sessions/s1/state.json", "native session /w/p session_id=s1"},
        Case{"/w/p/.tain/sessions/s1/events.jsonl", "native events /w/p session_id=s1"},
        Case{"/w/p/.tain/sessions/s1/plan.json", "native document /w/p"},
        Case{"/w/p/.tain/sessions/s1/sub/state.json", "native session /w/p session_id=sub"},
        Case{"/w/p/.tain/sessions/s1/sub/agents/r.json",
             "native agent_run /w/p session_id=sub id=r"},
        Case{"/w/p/.tain/sessions/s1/agents/run_1.json",
             "native agent_run /w/p session_id=s1 id=run_1"},
        // Run ids are the caller's, and "state" is one.
        Case{"/w/p/.tain/sessions/s1/agents/state.json",
             "native agent_run /w/p session_id=s1 id=state"},
        Case{"/w/p/.tain/sessions/agents/state.json", "native session /w/p session_id=agents"},
        Case{"/w/p/.tain/sessions/build/state.json", "native session /w/p session_id=build"},
        Case{"/w/p/.tain/sessions/s1/tasks/t1/task.json",
             "native session_task /w/p session_id=s1 id=t1"},
        Case{"/w/p/.tain/sessions/s1/sub/tasks/t1/task.json",
             "native session_task /w/p session_id=sub id=t1"},
        Case{"/w/p/.tain/sessions/s1/tasks/t1/messages.jsonl",
             "native messages /w/p session_id=s1 task_id=t1"},
        Case{"/w/p/.tain/sessions/s1/tasks/t1/events.jsonl", "native events /w/p session_id=s1"},
        Case{"/w/p/.tain/sessions/s1/tasks/t1/result.json", "native document /w/p session_id=s1"},
        // Ids of these, too, are the caller's.
        Case{"/w/p/.tain/sessions/s1/tasks/agents/result.json",
             "native document /w/p session_id=s1"},
        Case{"/w/p/.tain/sessions/state.json", "native document /w/p"},
        Case{"/w/p/.tain/state.json", "native document /w/p"},
        Case{"/.tain/sessions/s1/state.json", "native session / session_id=s1"},
        Case{"/w/p/.tain/x/.tain/project.json", "native project /w/p/.tain/x"},
        Case{"/w/p/.tain/sessions/s1/notes.md", "none"},
        Case{"/w/p/.tain/sessions/s1/state.json.bak", "none"},
        Case{"/w/p/.tain/sessions/s1/messages.jsonl", "none"},
        Case{"/w/p/.tain/sessions/s1/.state.json.123.abc.tmp", "none"},
        Case{"/w/p/.tain/sessions/s1/.hidden.json", "none"}, Case{"/w/p/.tain", "none"},
        Case{"/w/p/state.json", "none"}, Case{"/w/p/.tain2/sessions/s1/state.json", "none"}));

INSTANTIATE_TEST_SUITE_P(
    AgentSession, Paths,
    ::testing::Values(
        Case{"/w/p/agents/sessions/s1/state.json", "agent-session session /w/p session_id=s1"},
        Case{"/agents/sessions/s1/state.json", "agent-session session / session_id=s1"},
        Case{"/w/p/agents/sessions/s1/sub/deep/state.json",
             "agent-session session /w/p session_id=deep"},
        Case{"/w/p/agents/sessions/s1/plan.json", "agent-session document /w/p session_id=s1"},
        Case{"/w/p/agents/sessions/s1/research/r1/x.json",
             "agent-session document /w/p session_id=r1"},
        Case{"/w/p/agents/sessions/s1/events.jsonl", "agent-session events /w/p session_id=s1"},
        Case{"/w/p/agents/sessions/target/state.json",
             "agent-session session /w/p session_id=target"},
        Case{"/w/p/agents/sessions/a/agents/sessions/b/state.json",
             "agent-session session /w/p session_id=b"},
        Case{"/w/p/agents/sessions/state.json", "none"},
        Case{"/w/p/agents/sessions/index.json", "none"},
        Case{"/w/p/agents/sessions/events.jsonl", "none"},
        Case{"/w/p/agents/sessions/s1/spec.md", "none"},
        Case{"/w/p/agents/sessions/s1/other.jsonl", "none"},
        Case{"/w/p/agents/sessions/s1/.state.json.123.abc.tmp", "none"},
        Case{"/w/p/agents/sessions/s1/.state.json.swp", "none"},
        Case{"/w/p/agents/s1/state.json", "none"}, Case{"/w/p/sessions/s1/state.json", "none"},
        Case{"/w/p/agents/other/sessions/s1/state.json", "none"},
        // Inside a native tree everything is native.
        Case{"/w/p/.tain/agents/sessions/s1/state.json", "native document /w/p"}));

TEST(PathPieces, AreTheNamesBetweenSlashes) {
  EXPECT_EQ(split_path("/a//b/c/"), (PathParts{"a", "b", "c"}));
  EXPECT_EQ(split_path("/"), PathParts{});
  EXPECT_EQ(join_path({"a", "b", "c"}, 2), "/a/b");
  EXPECT_EQ(join_path({"a"}, 0), "/");
}

TEST(Pruning, SparesSessionsThatAreNamedLikeBuildDirectories) {
  const mirror::Schema schema;
  const Layouts layouts(schema);
  NoWatcher watcher;
  const Scanner scanner(layouts, watcher, Scanner::default_pruned());
  EXPECT_TRUE(scanner.reaches("/w", "/w/p/.tain/sessions/build/state.json"));
  EXPECT_TRUE(scanner.reaches("/w", "/w/p/.tain/sessions/target/agents/r.json"));
  EXPECT_TRUE(scanner.reaches("/w", "/w/p/agents/sessions/build/state.json"));
  EXPECT_TRUE(scanner.reaches("/w", "/w/p/agents/sessions/x/vendor/state.json"));
  EXPECT_FALSE(scanner.reaches("/w", "/w/p/build/.tain/sessions/s/state.json"));
  EXPECT_FALSE(scanner.reaches("/w", "/w/node_modules/p/agents/sessions/s/state.json"));
  // A root that is itself called so was asked for.
  EXPECT_TRUE(scanner.reaches("/w/build", "/w/build/p/.tain/project.json"));
}

}  // namespace
}  // namespace tain::syncd
