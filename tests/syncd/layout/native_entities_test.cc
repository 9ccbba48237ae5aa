// Every file of a project, read back by SQL: no column is left out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/model/task.h"
#include "tests/support/hand_made_project.h"

namespace tain {
namespace {

using testing::Cells;
using ::testing::ElementsAre;
using testing::HandMadeProject;
using ::testing::IsEmpty;
using testing::MirrorFixture;

using Columns = std::map<std::string, std::string>;

constexpr const char* kNoAnomalies = "SELECT kind, place, detail FROM file_anomalies";

class NativeEntities : public ::testing::Test {
 protected:
  Columns columns_after(const std::string& table, const std::string& path,
                        const std::string& bytes) {
    project.write(path, bytes);
    tree.catch_up();
    return tree.own_columns(table, "p/.tain/" + path);
  }
  void expect_columns(const std::string& table, const std::string& path, const std::string& bytes,
                      const Columns& expected) {
    EXPECT_EQ(columns_after(table, path, bytes), expected);
    EXPECT_THAT(tree.rows(kNoAnomalies), IsEmpty());
  }

  MirrorFixture tree;
  HandMadeProject project{tree, "p"};
};

TEST_F(NativeEntities, ATaskFillsEveryColumn) {
  expect_columns("tasks", "tasks/t1/task.json",
                 R"({"id": "t1", "project_id": "proj_p", "owner_id": "me", "parent_id": "t0",
          "title": "New task", "slug": "new-task", "description": "d",
          "initial_prompt": "\n Fix the parser \nand more", "status": "blocked",
          "priority": "urgent", "sort_order": 3000, "kind": "background",
          "parent_session_id": "s0", "background_task_id": "bg", "runtime_source": "claude-code",
          "assignee_agent_id": "claude",
          "input_context": {"working_dir": "/w", "env_overrides": {"A": "1"}, "args": {"x": [1]},
                            "prompt_additions": "be brief"},
          "due_at": "2026-03-01", "session_ids": ["s1", "s2"], "skill_ids": ["k"],
          "agent_ids": ["claude"], "dependencies": ["t8", "t9"], "labels": ["l"],
          "created_at": "2026-02-16T12:00:00Z", "updated_at": "2026-02-16T12:00:01Z",
          "started_at": "2026-02-16T12:00:02Z", "completed_at": "2026-02-16T12:00:03Z"})",
                 {{"line_offset", "0"},
                  {"labels", R"(["l"])"},
                  {"extra", "NULL"},
                  {"id", "t1"},
                  {"project_id", "proj_p"},
                  {"owner_id", "me"},
                  {"parent_id", "t0"},
                  {"title", "New task"},
                  {"slug", "new-task"},
                  {"description", "d"},
                  {"initial_prompt", "\n Fix the parser \nand more"},
                  {"status", "blocked"},
                  {"priority", "urgent"},
                  {"sort_order", "3000"},
                  {"kind", "background"},
                  {"parent_session_id", "s0"},
                  {"background_task_id", "bg"},
                  {"runtime_source", "claude-code"},
                  {"assignee_agent_id", "claude"},
                  {"input_context_working_dir", "/w"},
                  {"input_context_env_overrides", R"({"A":"1"})"},
                  {"input_context_args", R"({"x":[1]})"},
                  {"input_context_prompt_additions", "be brief"},
                  {"due_at", "1772323200000"},
                  {"session_ids", R"(["s1","s2"])"},
                  {"skill_ids", R"(["k"])"},
                  {"agent_ids", R"(["claude"])"},
                  {"dependencies", R"(["t8","t9"])"},
                  {"created_at", "1771243200000"},
                  {"updated_at", "1771243201000"},
                  {"started_at", "1771243202000"},
                  {"completed_at", "1771243203000"},
                  {"display_title", "Fix the parser"}});
  EXPECT_THAT(tree.rows("SELECT position, task_id, session_id FROM task_sessions ORDER BY 1"),
              ElementsAre(Cells{"0", "t1", "s1"}, Cells{"1", "t1", "s2"}));
  EXPECT_THAT(tree.rows("SELECT position, task_id, depends_on FROM task_dependencies ORDER BY 1"),
              ElementsAre(Cells{"0", "t1", "t8"}, Cells{"1", "t1", "t9"}));
}

TEST_F(NativeEntities, AnAgentFillsEveryColumnAndSoDoItsCapabilities) {
  expect_columns(
      "agents", "agents/claude.json",
      R"({"id": "agent_1", "name": "Claude", "slug": "claude", "owner_id": "me", "kind": "builtin",
          "binary_path": "/usr/bin/claude", "base_args": ["-p"], "working_dir": "/w",
          "env_allowlist": ["HOME"], "is_active": true, "max_concurrent": 3,
          "discovery_method": "path_scan", "version": "2.1", "package_name": "claude",
          "package_section": "devel", "tool_type": "ai-agent", "mcp_enabled": false,
          "session_config": {"resume": "-r"}, "last_scanned_at": "2026-02-16T12:00:02Z",
          "metadata": {"icon": "c"},
          "capabilities": [
            {"key": "run", "label": "Run", "description": "d", "source": "scan_help",
             "interaction_mode": "template", "command_tokens": ["claude", "{{x}}"],
             "prompt_template": "do {{x}}", "args_schema": {"type": "object"},
             "requires_approval": true, "is_enabled": false, "danger_level": 2,
             "timeout_sec": 60, "max_output_bytes": 1024, "created_at": "2026-02-16T12:00:03Z"}],
          "created_at": "2026-02-16T12:00:00Z", "updated_at": "2026-02-16T12:00:01Z"})",
      {{"id", "agent_1"},
       {"name", "Claude"},
       {"slug", "claude"},
       {"owner_id", "me"},
       {"kind", "builtin"},
       {"binary_path", "/usr/bin/claude"},
       {"base_args", R"(["-p"])"},
       {"working_dir", "/w"},
       {"env_allowlist", R"(["HOME"])"},
       {"is_active", "1"},
       {"max_concurrent", "3"},
       {"discovery_method", "path_scan"},
       {"version", "2.1"},
       {"package_name", "claude"},
       {"package_section", "devel"},
       {"tool_type", "ai-agent"},
       {"mcp_enabled", "0"},
       {"session_config", R"({"resume":"-r"})"},
       {"last_scanned_at", "1771243202000"},
       {"metadata", R"({"icon":"c"})"},
       {"created_at", "1771243200000"},
       {"updated_at", "1771243201000"}});
  const Columns capability{{"position", "0"},
                           {"agent_id", "agent_1"},
                           {"key", "run"},
                           {"label", "Run"},
                           {"description", "d"},
                           {"source", "scan_help"},
                           {"interaction_mode", "template"},
                           {"command_tokens", R"(["claude","{{x}}"])"},
                           {"prompt_template", "do {{x}}"},
                           {"args_schema", R"({"type":"object"})"},
                           {"requires_approval", "1"},
                           {"is_enabled", "0"},
                           {"danger_level", "2"},
                           {"timeout_sec", "60"},
                           {"max_output_bytes", "1024"},
                           {"created_at", "1771243203000"}};
  EXPECT_EQ(tree.own_columns("agent_capabilities", "p/.tain/agents/claude.json"), capability);
}

TEST_F(NativeEntities, AnExecutionFillsEveryColumn) {
  expect_columns("executions", "tasks/t1/executions/x1.json",
                 R"({"id": "x1", "task_id": "t1", "agent_id": "claude", "capability_key": "run",
          "requested_by": "me", "status": "timed_out", "mode": "prompt", "args": {"x": 1},
          "prompt": "go", "pid": 42, "session_ref": "ref", "tmux_session_name": "tmux-1",
          "parent_execution_id": "x0", "started_at": "2026-02-16T12:00:01Z",
          "ended_at": "2026-02-16T12:00:02Z", "exit_code": -1, "error": "slow", "worker_id": "w1",
          "heartbeat_at": "2026-02-16T12:00:03Z",
          "log": {"file_path": "x1.log", "byte_size": 10, "line_count": 2,
                  "updated_at": "2026-02-16T12:00:04Z"},
          "retry_count": 1, "max_retries": 3, "created_at": "2026-02-16T12:00:00Z"})",
                 {{"id", "x1"},
                  {"task_id", "t1"},
                  {"agent_id", "claude"},
                  {"capability_key", "run"},
                  {"requested_by", "me"},
                  {"status", "timed_out"},
                  {"mode", "prompt"},
                  {"args", R"({"x":1})"},
                  {"prompt", "go"},
                  {"pid", "42"},
                  {"session_ref", "ref"},
                  {"tmux_session_name", "tmux-1"},
                  {"parent_execution_id", "x0"},
                  {"started_at", "1771243201000"},
                  {"ended_at", "1771243202000"},
                  {"exit_code", "-1"},
                  {"error", "slow"},
                  {"worker_id", "w1"},
                  {"heartbeat_at", "1771243203000"},
                  {"log_file_path", "x1.log"},
                  {"log_byte_size", "10"},
                  {"log_line_count", "2"},
                  {"log_updated_at", "1771243204000"},
                  {"retry_count", "1"},
                  {"max_retries", "3"},
                  {"created_at", "1771243200000"}});
}

TEST_F(NativeEntities, ASessionTaskFillsEveryColumn) {
  expect_columns(
      "session_tasks", "sessions/s1/tasks/b1/task.json",
      R"({"id": "b1", "session_id": "s1", "kind": "subagent", "display_name": "Look around",
          "spec": {"prompt": "look"}, "state": "awaiting_input", "state_detail": "asks",
          "progress": {"current": 1.5, "total": 3, "unit": "files", "label": "half"},
          "input_request": {"id": "q1", "prompt": "which?", "expected": {"type": "string"}},
          "cancel_requested_at": "2026-02-16T12:00:01Z", "summary": "so far",
          "result_path": "tasks/b1/result.json", "artifacts": [{"name": "a", "type": "file"}],
          "error": {"kind": "timeout", "message": "late"}, "attempt": 2, "worker_id": "w1",
          "heartbeat_at": "2026-02-16T12:00:02Z",
          "links": {"child_session_id": "s2", "remote_task_id": "rt", "resource_ids": ["r"]},
          "wake_policy": "on_activity", "created_at": "2026-02-16T12:00:00Z",
          "started_at": "2026-02-16T12:00:03Z", "finished_at": "2026-02-16T12:00:04Z",
          "updated_at": "2026-02-16T12:00:05Z"})",
      {{"id", "b1"},
       {"session_id", "s1"},
       {"kind", "subagent"},
       {"display_name", "Look around"},
       {"spec", R"({"prompt":"look"})"},
       {"state", "awaiting_input"},
       {"state_detail", "asks"},
       {"progress_current", "1.5"},
       {"progress_total", "3.0"},
       {"progress_unit", "files"},
       {"progress_label", "half"},
       {"input_request_id", "q1"},
       {"input_request_prompt", "which?"},
       {"input_request_expected", R"({"type":"string"})"},
       {"cancel_requested_at", "1771243201000"},
       {"summary", "so far"},
       {"result_path", "tasks/b1/result.json"},
       {"artifacts", R"([{"name":"a","type":"file"}])"},
       {"error_kind", "timeout"},
       {"error_message", "late"},
       {"attempt", "2"},
       {"worker_id", "w1"},
       {"heartbeat_at", "1771243202000"},
       {"child_session_id", "s2"},
       {"remote_task_id", "rt"},
       {"resource_ids", R"(["r"])"},
       {"wake_policy", "on_activity"},
       {"created_at", "1771243200000"},
       {"started_at", "1771243203000"},
       {"finished_at", "1771243204000"},
       {"updated_at", "1771243205000"}});
}

TEST_F(NativeEntities, AMessageFillsEveryColumn) {
  const std::string line =
      R"({"id": "m1", "task_id": "b1", "direction": "outbound", "content": [{"type": "text", )"
      R"("text": "done?"}], "in_reply_to": "q1", "created_at": "2026-02-16T12:00:00Z", "mood": 1})";
  expect_columns("session_task_messages", "sessions/s1/tasks/b1/messages.jsonl", line + "\n",
                 {{"line_offset", "0"},
                  {"line_length", std::to_string(line.size())},
                  {"session_id", "s1"},
                  {"id", "m1"},
                  {"task_id", "b1"},
                  {"direction", "outbound"},
                  {"content", R"([{"type":"text","text":"done?"}])"},
                  {"in_reply_to", "q1"},
                  {"created_at", "1771243200000"},
                  {"extra", R"({"mood":1})"},
                  {"left_in_file", "NULL"}});
}

TEST_F(NativeEntities, BookmarksEvaluationsBindingsAndWorkersFillEveryColumn) {
  expect_columns("bookmarks", "bookmarks/b1.json",
                 R"({"id": "b1", "task_id": "t1", "event_id": "e1", "kind": "event", "title": "T",
                     "note": "n", "metadata": {"k": 1}, "created_at": "2026-02-16T12:00:00Z",
                     "updated_at": "2026-02-16T12:00:01Z"})",
                 {{"id", "b1"},
                  {"task_id", "t1"},
                  {"event_id", "e1"},
                  {"kind", "event"},
                  {"title", "T"},
                  {"note", "n"},
                  {"metadata", R"({"k":1})"},
                  {"created_at", "1771243200000"},
                  {"updated_at", "1771243201000"}});
  expect_columns("evaluations", "tasks/t1/evaluation.json",
                 R"({"task_id": "t1", "rating": "good", "use_case": "u", "workflow_tags": ["w"],
                     "outcome_note": "o", "approach_note": "a", "reuse_when": "r",
                     "watchouts": "x", "evaluated_at": "2026-02-16T12:00:00Z"})",
                 {{"task_id", "t1"},
                  {"rating", "good"},
                  {"use_case", "u"},
                  {"workflow_tags", R"(["w"])"},
                  {"outcome_note", "o"},
                  {"approach_note", "a"},
                  {"reuse_when", "r"},
                  {"watchouts", "x"},
                  {"evaluated_at", "1771243200000"}});
  expect_columns("runtime_bindings", "bindings/claude-code/c1.json",
                 R"({"runtime_source": "claude-code", "runtime_session_id": "c1", "task_id": "t1",
                     "session_id": "s1", "created_at": "2026-02-16T12:00:00Z",
                     "updated_at": "2026-02-16T12:00:01Z"})",
                 {{"runtime_source", "claude-code"},
                  {"runtime_session_id", "c1"},
                  {"task_id", "t1"},
                  {"session_id", "s1"},
                  {"created_at", "1771243200000"},
                  {"updated_at", "1771243201000"}});
  expect_columns("workers", "workers/w1.json",
                 R"({"worker_id": "w1", "last_seen_at": "2026-02-16T12:00:00Z",
                     "current_executions": 2, "metadata": {"host": "h"}})",
                 {{"worker_id", "w1"},
                  {"last_seen_at", "1771243200000"},
                  {"current_executions", "2"},
                  {"metadata", R"({"host":"h"})"}});
}

TEST_F(NativeEntities, EverySettingIsARow) {
  project.write("config.json",
                R"({"poll_ms": {"value": 500, "updated_at": "2026-02-16T12:00:00Z"},
                    "a/b": {"value": {"deep": [null]}}, "bare": 7, "none": {"value": null}})");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT key, value, updated_at FROM config ORDER BY key"),
              ElementsAre(Cells{"a/b", R"({"deep":[null]})", "NULL"}, Cells{"bare", "NULL", "NULL"},
                          Cells{"none", "NULL", "NULL"}, Cells{"poll_ms", "500", "1771243200000"}));
  EXPECT_THAT(tree.rows(kNoAnomalies),
              ElementsAre(Cells{"wrong type", "/bare", "expected an object, found 7"}));
}

TEST_F(NativeEntities, ASessionsTasksAreRowsOfTheirOwn) {
  project.write("sessions/s1/state.json", R"({"task_ids": ["t1", "t2", "t1"]})");
  tree.catch_up();
  EXPECT_THAT(tree.rows("SELECT position, session_id, task_id FROM session_task_ids ORDER BY 1"),
              ElementsAre(Cells{"0", "s1", "t1"}, Cells{"1", "s1", "t2"}, Cells{"2", "s1", "t1"}));
}

TEST_F(NativeEntities, ATaskIsShownUnderTheTitleThatCoreShows) {
  const std::string long_title = "\xC3\xA9" + std::string(78, 'a') + "\xE2\x82\xAC";
  const std::vector<std::pair<std::string, std::optional<std::string>>> titles = {
      {"Plain", std::nullopt},
      {"", std::nullopt},
      {"", "\n\n  the prompt \t\nmore"},
      {"  UNTITLED \r\nsecond line", "prompt"},
      {"new task", "   "},
      {"Untitled", std::nullopt},
      {"Task", ""},
      {"tasks", "prompt"},
      {long_title, std::nullopt},
      {long_title + "x", std::nullopt},
      {"untitled", long_title + "\xF0\x9F\x99\x82\n"},
      {"\t\n \xC2\xA0", "prompt"},
      {"quote ' \" \\ \x01", std::nullopt}};
  for (std::size_t i = 0; i < titles.size(); ++i) {
    Task task;
    task.title = titles[i].first;
    task.initial_prompt = titles[i].second;
    Json file{{"title", task.title}};
    if (task.initial_prompt) file["initial_prompt"] = *task.initial_prompt;
    const std::string id = "t" + std::to_string(i);
    project.write("tasks/" + id + "/task.json", file.dump());
    tree.catch_up();
    EXPECT_EQ(tree.cell("SELECT display_title FROM tasks WHERE id = '" + id + "'"),
              display_title(task))
        << i;
  }
}

}  // namespace
}  // namespace tain
