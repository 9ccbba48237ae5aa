// Layouts that a user describes in the configuration.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "tests/support/corpus.h"
#include "tests/support/jq.h"
#include "tests/support/sync_harness.h"
#include "tests/support/verification.h"

namespace tain::syncd {
namespace {

using tain::testing::SyncHarness;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// What the README's worked example describes.
std::string trajectories() {
  const std::string readme = tain::testing::read(fs::path(TAIN_SOURCE_DIR) / "README.md");
  const std::string fence = "```json trajectories.json\n";
  const std::size_t begin = readme.find(fence) + fence.size();
  return Json::parse(readme.substr(begin, readme.find("```", begin) - begin))["layouts"].dump();
}

LayoutChoices described(const std::string& json) {
  const fs::path file = "c.json";
  return {{}, Codec<std::vector<LayoutDescription>>::decode(Json::parse(json), Place(file))};
}

// What is said of a description.
std::string complaint(const std::string& json) {
  const mirror::Schema schema;
  try {
    const Layouts layouts(schema, described(json), "/c.json");
  } catch (const SchemaError& error) {
    return error.what();
  }
  return "none";
}

// A layout with one file.
std::string one_file(const std::string& file) {
  return R"([{"name": "x", "markers": [".x"], "files": [)" + file + "]}]";
}

TEST(DescribedLayoutTest, AFileIsTheFirstOfThoseDescribedThatMatches) {
  const mirror::Schema schema;
  const Layouts layouts(schema, described(trajectories()));
  const auto kind = [&](const std::string& path) {
    const auto role = layouts.classify(path);
    return role ? std::string(role->layout) + " " + std::string(to_text(role->kind)) + " " +
                      role->project_root
                : "none";
  };
  EXPECT_EQ(kind("/p/.trajectories/active/traj_1.json"), "trajectories session /p");
  EXPECT_EQ(kind("/p/.trajectories/traj_1.json"), "trajectories session /p");
  EXPECT_EQ(kind("/p/.trajectories/a/traj_1/trajectory.json"), "trajectories session /p");
  EXPECT_EQ(kind("/p/.trajectories/a/trajectory.json"), "trajectories document /p");
  EXPECT_EQ(kind("/p/.agentworkforce/trajectories/a/b/traj_1.trace.json"),
            "trajectories document /p");
  EXPECT_EQ(kind("/p/.trajectories/index.json"), "trajectories document /p");
  EXPECT_EQ(kind("/p/.trajectories/readme.md"), "none");
  EXPECT_EQ(kind("/p/trajectories/traj_1.json"), "none");
  EXPECT_EQ(kind("/p/.trajectories"), "none");
  EXPECT_EQ(kind("/p/.trajectories/q/.trajectories/traj_1.json"),
            "trajectories session /p/.trajectories/q");
  EXPECT_TRUE(layouts.is_inside("/p/.trajectories/build"));
  EXPECT_FALSE(layouts.is_inside("/p/build"));
}

TEST(DescribedLayoutTest, FieldsWordsAndListsBecomeRows) {
  SyncHarness harness({.layouts = described(trajectories())});
  harness.write(
      ".trajectories/traj_1.json",
      R"({"id":"traj_1","version":1,"task":{"title":"T"},"status":"abandoned",)"
      R"("startedAt":"2026-05-15T19:26:41.502Z","chapters":[{"events":[{"ts":1778873201503,)"
      R"("type":"note","content":"c","raw":{"a":1},"significance":"high"}]},{"events":[)"
      R"({"ts":1778873201504,"type":"x"},"odd"]},{}],"retrospective":{"summary":"S"}})");
  harness.settle();
  EXPECT_EQ(harness.select("SELECT session_id, topic, status, started_at, summary FROM sessions"),
            "traj_1|T|cancelled|1778873201502|S");
  EXPECT_EQ(
      harness.select("SELECT group_concat(type || at || session_id || coalesce(message, '') || "
                     "coalesce(data, '') || coalesce(extra, '')) FROM events"),
      R"(note1778873201503traj_1c{"a":1}{"significance":"high"},x1778873201504traj_1)");
  EXPECT_EQ(harness.select("SELECT place FROM file_anomalies"), "/chapters/1/events/1");
}

TEST(DescribedLayoutTest, WhatThePathSaysFillsWhatTheFileLeavesOpen) {
  SyncHarness harness(
      {.layouts = described(one_file(R"({"path": "<parent_id>/t-<id>.json", "is": "task",
                                        "fields": {"title": ["name", "what"]}})"))});
  harness.write(".x/p1/t-7.json", R"({"what":"second"})");
  harness.write(".x/p1/t-8.json", R"({"id":88,"name":"first","what":"second"})");
  harness.settle();
  EXPECT_EQ(harness.select("SELECT group_concat(id || parent_id || title || display_title) FROM "
                           "(SELECT * FROM tasks ORDER BY id)"),
            "7p1secondsecond,88p1firstfirst");
}

TEST(DescribedLayoutTest, TasksMayStandInAListAndEventsInLines) {
  SyncHarness harness({.layouts = described(R"([{"name": "x", "markers": [".x"], "files": [
      {"path": "tasks.json", "is": "document", "lists": [
        {"list": "groups[].tasks", "is": "task", "fields": {"title": "name"},
         "words": {"priority": {"1": "high"}}}]},
      {"path": "*.jsonl", "is": "events", "fields": {"type": "what"}}]}])")});
  harness.write(".x/tasks.json",
                R"({"groups":[{"tasks":[{"id":1,"name":"A","priority":1,"dependencies":["2"]},)"
                R"({"id":2,"name":"B"}]},{"tasks":[{"id":3,"name":"C"}]}]})");
  harness.write(".x/log.jsonl", R"({"id":"e","what":"go","other":1})"
                                "\n");
  harness.settle();
  EXPECT_EQ(harness.select("SELECT group_concat(id || title || coalesce(priority, '')) FROM "
                           "(SELECT * FROM tasks ORDER BY line_offset)"),
            "1Ahigh,2B,3C");
  EXPECT_EQ(harness.select("SELECT task_id || depends_on FROM task_blockers"), "12");
  EXPECT_EQ(harness.select("SELECT id || type || extra FROM events"), R"(ego{"other":1})");
  EXPECT_EQ(harness.select("SELECT count(*) FROM documents"), "1");
}

TEST(DescribedLayoutTest, AMirrorKnowsHowItWasDescribedWhenItIsVerified) {
  SyncHarness harness({.layouts = described(one_file(R"({"path": "*.json", "is": "task"})"))});
  harness.write(".x/a.json", R"({"id":"a","title":"A"})");
  harness.settle();
  const auto found = tain::testing::run_verification({.mirror = harness.mirror()}, harness.root());
  EXPECT_EQ(found.result.files, 1);
  EXPECT_TRUE(found.differences.empty()) << found.differences.front();
}

TEST(DescribedLayoutTest, AProjectAndAnyOtherEntityCanBeDescribed) {
  SyncHarness harness({.layouts = described(R"([{"name": "x", "markers": [".x/y"], "files": [
      {"path": "about.json", "is": "project", "fields": {"name": "called"},
       "lists": [{"list": "log", "is": "event"}]},
      {"path": "runs/<id>.json", "is": "agent_run", "fields": {"model": "llm"}}]}])")});
  harness.write(".x/y/about.json", R"({"called":"P","log":[{"id":"e"}]})");
  harness.write(".x/y/runs/r.json", R"({"llm":"m"})");
  harness.settle();
  EXPECT_EQ(
      harness.select("SELECT p.name || r.id || r.model || e.id FROM projects p "
                     "JOIN agent_runs r USING (project_key) JOIN events e USING (project_key)"),
      "Prme");
}

TEST(DescribedLayoutTest, AFieldMayHaveDotsInItsOwnName) {
  SyncHarness harness({.layouts = described(one_file(R"({"path": "*.json", "is": "task",
      "fields": {"title": "a.b", "description": "c.d", "status": "e.f"}})"))});
  harness.write(".x/1.json", R"({"id":"1","a.b":"dots","c":{"d":"within"},"c.d":"dots","e.f":[]})");
  harness.settle();
  EXPECT_EQ(harness.select("SELECT title, description FROM tasks"), "dots|within");
  EXPECT_EQ(harness.select("SELECT place FROM anomalies WHERE kind = 'wrong type'"), "/e.f");
}

TEST(DescribedLayoutTest, WhatIsWrongIsToldWithItsPlaceAndTheRemedy) {
  EXPECT_THAT(complaint(R"([{"name": "json", "markers": ["a"], "files": []}])"),
              HasSubstr("/c.json: at /layouts/0/name"));
  EXPECT_THAT(complaint(R"([{"name": "x", "markers": ["a"], "files": []},
                            {"name": "x", "markers": ["b"], "files": []}])"),
              ::testing::AllOf(HasSubstr("/layouts/1/name"), HasSubstr("no other layout")));
  EXPECT_THAT(complaint(R"([{"name": "x", "markers": [], "files": []}])"),
              HasSubstr("/layouts/0/markers"));
  EXPECT_THAT(complaint(R"([{"name": "x", "markers": ["/a"], "files": []}])"),
              HasSubstr("/layouts/0/markers"));
  EXPECT_THAT(complaint(one_file(R"({"path": "a", "is": "sesion"})")),
              ::testing::AllOf(HasSubstr("/layouts/0/files/0/is"), HasSubstr("one of session, ")));
  EXPECT_THAT(complaint(one_file(R"({"path": "a//b", "is": "task"})")),
              HasSubstr("/layouts/0/files/0/path"));
  EXPECT_THAT(complaint(one_file(R"({"path": ["a", "b//c"], "is": "task"})")),
              HasSubstr("/layouts/0/files/0/path/1"));
  EXPECT_THAT(complaint(one_file(R"({"path": [], "is": "task"})")), HasSubstr("at least one path"));
  EXPECT_THAT(complaint(one_file(R"({"path": 7, "is": "task"})")),
              HasSubstr("/layouts/0/files/0/path"));
  EXPECT_THAT(complaint(one_file(R"({"path": "*<id>", "is": "task"})")), HasSubstr("at most one"));
  EXPECT_THAT(complaint(one_file(R"({"path": "**/a/**", "is": "task"})")),
              HasSubstr("at most one"));
  EXPECT_THAT(complaint(one_file(R"({"path": "<idd>", "is": "task"})")),
              HasSubstr("column of tasks"));
  EXPECT_THAT(complaint(one_file(R"({"path": "<id>", "is": "document"})")), HasSubstr("*"));
  EXPECT_THAT(complaint(one_file(R"({"path": "a", "is": "task", "fields": {"tite": "x"}})")),
              ::testing::AllOf(HasSubstr("/files/0/fields/tite"), HasSubstr("title")));
  EXPECT_THAT(complaint(one_file(R"({"path": "a", "is": "task", "fields": {"title": 7}})")),
              HasSubstr("/files/0/fields/title"));
  EXPECT_THAT(complaint(one_file(R"({"path": "a", "is": "task", "words": {"status": {"a": 1}}})")),
              HasSubstr("/files/0/words/status/a"));
  EXPECT_THAT(complaint(one_file(R"({"path": "a", "is": "document", "fields": {"id": "x"}})")),
              HasSubstr("a document has no columns"));
  EXPECT_THAT(
      complaint(one_file(R"({"path": "a", "is": "task", "lists": [{"list": "l", "is": "tsk"}]})")),
      HasSubstr("/files/0/lists/0/is"));
  EXPECT_THAT(complaint(one_file(
                  R"({"path": "a", "is": "events", "lists": [{"list": "l", "is": "event"}]})")),
              ::testing::AllOf(HasSubstr("/files/0/lists"), HasSubstr("no lists in a file of")));
  EXPECT_THAT(complaint(one_file(R"({"path": "a", "is": "task", "words": {"title": {"a": "b"}}})")),
              ::testing::AllOf(HasSubstr("/files/0/words/title"), HasSubstr("status")));
  for (const char* at : {"x..y", ".x", "x.", "."}) {
    const std::string place = "\"" + std::string(at) + "\"";
    EXPECT_THAT(
        complaint(one_file(R"({"path": "a", "is": "task", "fields": {"title": )" + place + "}}")),
        HasSubstr("/files/0/fields/title"))
        << at;
    EXPECT_THAT(complaint(one_file(R"({"path": "a", "is": "task", "lists": [{"list": )" + place +
                                   R"(, "is": "event"}]})")),
                HasSubstr("/files/0/lists/0/list"))
        << at;
  }
  EXPECT_THAT(complaint(one_file(
                  R"({"path": "a", "is": "task", "lists": [{"list": "a[]", "is": "event"}]})")),
              HasSubstr("/files/0/lists/0/list"));
  EXPECT_EQ(complaint(trajectories()), "none");
}

// Known by what stands in it, not by what it is called.
constexpr const char* kTrajectories =
    "map(select(type == \"object\" and has(\"task\") and has(\"chapters\"))) | ";

TEST(DescribedCorpus, TheExampleReadsEveryTrajectoryAndItsCountsAreThoseOfJq) {
  TAIN_CORPUS_OR_SKIP(corpus, "agent-session/AgentWorkforce__relay");
  TAIN_JQ_OR_SKIP();
  SyncHarness harness({.layouts = described(trajectories())});
  fs::copy(corpus / "head", harness.root(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  harness.scan();
  EXPECT_EQ(harness.select("SELECT count(*) FROM sync_errors"), "0");
  const auto files = tain::testing::files_below(
      harness.root(), [](const fs::path& file) { return file.extension() == ".json"; });
  const auto count = [&](const std::string& filter) {
    return tain::testing::jq(kTrajectories + filter, files);
  };
  EXPECT_EQ(harness.select("SELECT count(*) FROM sessions"), count("length"));
  EXPECT_EQ(count("length > 300"), "true");
  EXPECT_EQ(harness.select("SELECT count(*) FROM events"),
            count("map(.chapters // [] | map(.events // [] | map(select(type == \"object\")) | "
                  "length) | add // 0) | add"));
  EXPECT_EQ(
      harness.select("SELECT group_concat(session_id || ' ' || topic, char(10)) FROM (SELECT * "
                     "FROM sessions ORDER BY CAST(session_id AS BLOB), topic)"),
      count("sort_by(.id, .task.title)[] | \"\\(.id) \\(.task.title)\""));
  EXPECT_EQ(harness.select("SELECT count(*) FROM sessions WHERE status = 'cancelled'"),
            count("map(select(.status == \"abandoned\")) | length"));
}

TEST(DescribedCorpus, AfterTheirRealHistoryTheMirrorEqualsAFreshOne) {
  TAIN_CORPUS_OR_SKIP(corpus, "agent-session/AgentWorkforce__relay");
  SyncHarness harness({.layouts = described(trajectories())});
  harness.settle();
  std::ifstream manifest(corpus / "history/MANIFEST.jsonl");
  int changes = 0;
  for (std::string line; std::getline(manifest, line);) {
    const Json version = Json::parse(line);
    const fs::path versions = corpus / "history" / version["dir"].get<std::string>();
    for (const Json& change : version["changes"]) {
      const std::string path = change["path"];
      if (change["status"] == "D") {
        fs::remove(harness.root() / path);
      } else if (fs::is_regular_file(versions / path)) {
        harness.write(path, tain::testing::read(versions / path));
      } else {
        continue;
      }
      harness.sync(harness.root() / path);
      ++changes;
    }
  }
  EXPECT_GT(changes, 80);
  SyncHarness fresh({.roots = {harness.root().string()}, .layouts = described(trajectories())});
  fresh.settle();
  EXPECT_NE(fresh.select("SELECT count(*) FROM sessions"), "0");
  EXPECT_EQ(harness.dump(), fresh.dump());
}

}  // namespace
}  // namespace tain::syncd
