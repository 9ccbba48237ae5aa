#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json/document.h"
#include "core/model/entities.h"
#include "tests/query/tain.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Json schema_rows(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "schema");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Outcome outcome = Tain()(arguments);
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  return Json::parse(outcome.out);
}

Json schema_row(const Json& rows, const std::string& key, const std::string& value) {
  for (const Json& row : rows) {
    if (row[key] == value) return row;
  }
  return "no row has the " + key + " " + value;
}

TEST(SchemaCommand, ListsTablesViewsAndLedgerWithWhatTheyHold) {
  const Json rows = schema_rows({});
  EXPECT_EQ(rows[0]["name"], "projects");
  EXPECT_EQ(schema_row(rows, "name", "sessions")["kind"], "entity");
  EXPECT_EQ(schema_row(rows, "name", "failed_runs")["kind"], "view");
  EXPECT_EQ(schema_row(rows, "name", "files")["kind"], "ledger");
  EXPECT_EQ(schema_row(rows, "name", "session_commits")["holds"],
            "The commits that a session made");
}

TEST(SchemaCommand, ATableIsPrintedForPeople) {
  const Outcome outcome = Tain()({"schema", "session_artifacts"});
  EXPECT_EQ(outcome.status, kDone);
  EXPECT_EQ(
      outcome.out,
      "The files that a session produced.\n"
      "\n"
      "column      | type    | source           | meaning\n"
      "------------+---------+------------------+------------------------------------------------\n"
      "file_id     | INTEGER |                  | the file that the row comes from, and goes with\n"
      "project_key | INTEGER |                  | the project, in projects\n"
      "name        | TEXT    | artifacts        | \n"
      "path        | TEXT    | artifacts.<name> | \n");
}

TEST(SchemaCommand, ATableInMarkdownHasAHeading) {
  EXPECT_THAT(Tain()({"schema", "session_commits", "--format", "markdown"}).out,
              AllOf(StartsWith("### `session_commits`\n\nThe commits that a session made.\n\n"
                               "| column | type | source | meaning |\n| --- | --- | --- | --- |\n"),
                    HasSubstr("| sha | TEXT | commits[].sha |  |\n")));
}

TEST(SchemaCommand, AColumnSaysItsTypeItsSourceItsWordsAndItsMeaning) {
  const Json rows = schema_rows({"sessions"});
  EXPECT_EQ(schema_row(rows, "column", "session_type"),
            Json::parse(R"json({"column": "session_type", "type": "TEXT (word)",
                            "source": "session_type", "required": "yes",
                            "words": "full, quick, research",
                            "meaning": "decides which phases it goes through"})json"));
  EXPECT_EQ(schema_row(rows, "column", "git_branch")["source"], "git.branch");
  EXPECT_EQ(schema_row(rows, "column", "git_branch")["required"], "");
  EXPECT_EQ(schema_row(rows, "column", "created_at")["type"], "INTEGER (UTC ms)");
  EXPECT_EQ(schema_row(rows, "column", "env")["type"], "TEXT (JSON)");
  EXPECT_EQ(schema_row(rows, "column", "checkpoints_completed")["type"], "INTEGER (how many)");
}

TEST(SchemaCommand, AProjectsColumnsComeFromItsFile) {
  const Json rows = schema_rows({"projects"});
  EXPECT_EQ(schema_row(rows, "column", "name")["source"], "name");
  EXPECT_EQ(schema_row(rows, "column", "root")["source"], "");
}

TEST(SchemaCommand, AViewsColumnMeansWhatTheColumnMeansThatItShows) {
  const Json rows = schema_rows({"failed_runs"});
  EXPECT_EQ(schema_row(rows, "column", "error_message"),
            Json::parse(R"({"column": "error_message", "type": "TEXT", "source": "",
                            "required": "", "words": "", "meaning": "why it failed"})"));
  EXPECT_EQ(schema_row(rows, "column", "failed")["type"], "");
}

TEST(SchemaCommand, PrintsTheJsonSchemaOfEveryEntity) {
  for (const EntityKind& kind : entity_kinds()) {
    const Outcome outcome = Tain()({"schema", "--json-schema", std::string(kind.name)});
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    EXPECT_EQ(outcome.out, kind.json_schema().dump(2) + "\n");
  }
}

TEST(SchemaCommand, UnknownNamesAreAMisuseThatListsTheKnownOnes) {
  const Outcome table = Tain()({"schema", "session"});
  EXPECT_EQ(table.status, kMisused);
  EXPECT_EQ(table.out, "");
  EXPECT_THAT(table.err, AllOf(StartsWith("tain: TABLE: expected one of projects, sessions, "),
                               HasSubstr(", documents, "), HasSubstr(", got \"session\"")));
  const Outcome entity = Tain()({"schema", "--json-schema", "sessions"});
  EXPECT_EQ(entity.status, kMisused);
  EXPECT_THAT(entity.err, StartsWith("tain: --json-schema: expected one of project, session, "));
  EXPECT_EQ(Tain()({"schema", ""}).status, kMisused);
  EXPECT_EQ(Tain()({"schema", "--format", "csv"}).status, kMisused);
}

TEST(SchemaCommand, ATableAndAnEntityAtOnceAreAMisuse) {
  EXPECT_EQ(Tain()({"schema", "sessions", "--json-schema", "session"}).status, kMisused);
  EXPECT_EQ(Tain()({"schema", "--json-schema", "session", "--format", "json"}).status, kMisused);
}

TEST(SchemaCommand, TheReadmesReferenceIsCurrent) {
  constexpr std::string_view kBegin = "<!-- schema:begin -->\n";
  const std::string readme = testing::read(TAIN_SOURCE_DIR "/query/README.md");
  const std::size_t begin = readme.find(kBegin);
  const std::size_t end = readme.find("<!-- schema:end -->");
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const std::string reference = readme.substr(begin + kBegin.size(), end - begin - kBegin.size());
  // Not EXPECT_EQ, which would print both pages.
  EXPECT_TRUE(reference == "\n" + Tain()({"schema", "--format", "markdown"}).out + "\n")
      << "query/README.md is not what this schema is; run tools/update-schema-reference";
}

}  // namespace
}  // namespace tain::query
