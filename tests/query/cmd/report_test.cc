#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/query/tain.h"
#include "tests/support/environment.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/mirror_file.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A mirror with two rows in `meta`, and a user with reports of their own.
class UsersReport : public ::testing::Test {
 protected:
  UsersReport() {
    testing::make_mirror(db_,
                         "INSERT INTO meta VALUES ('a', 1), ('b', 2);"
                         "INSERT INTO projects(root, id, name) VALUES ('/p', 'proj_1', 'P')");
  }
  std::string file(const std::string& name) const {
    return home_ / "config/tain/reports" / (name + ".sql");
  }
  void write(const std::string& name, const std::string& sql) const {
    testing::write(file(name), sql);
  }
  Outcome ask(std::vector<std::string> arguments, const Tain& tain = {}) const {
    arguments.insert(arguments.begin(), "report");
    return tain(arguments);
  }
  // Of a report that needs the mirror.
  Outcome ask_mirror(std::vector<std::string> arguments, const std::string& format = "csv") const {
    arguments.insert(arguments.end(), {"--db", db_, "--format", format});
    return ask(std::move(arguments));
  }

  testing::TempDir home_;
  std::string db_ = home_ / "mirror.db";
  testing::EnvironmentVariable config_{"XDG_CONFIG_HOME", home_ / "config"};
};

TEST_F(UsersReport, IsAskedLikeABuiltInOne) {
  write("mine",
        "-- Which rows are above a limit?\n"
        "-- @param limit integer 0: The limit\n"
        "SELECT key, :limit AS above, :now AS now FROM meta WHERE value > :limit;\n");
  EXPECT_EQ(ask_mirror({"mine"}).out.substr(0, 18), "key,above,now\na,0,");
  const std::string now = std::to_string(testing::FakeClock().now().ms);
  EXPECT_EQ(ask_mirror({"mine", "--limit", "1"}).out, "key,above,now\nb,1," + now + "\n");
  EXPECT_THAT(ask({"mine", "--help"}).out, HasSubstr("Which rows are above a limit?"));
  EXPECT_THAT(ask({"mine", "--help"}).out, HasSubstr("The limit"));
  EXPECT_THAT(ask({"mine", "--help"}).out, HasSubstr("tain report mine --limit 0"));
}

TEST_F(UsersReport, IsListedWithItsFile) {
  write("mine", "-- Mine?\n-- @param limit integer 0: The limit\nSELECT :limit");
  const Outcome listed = ask({"--format", "csv"});
  EXPECT_EQ(listed.status, kDone);
  EXPECT_THAT(listed.out,
              StartsWith("report,answers,parameters,source,remark\nagent-reliability,"));
  EXPECT_THAT(listed.out, HasSubstr("\nmine,Mine?,--limit," + file("mine") + ",\"\"\n"));
  EXPECT_THAT(listed.out, HasSubstr("\ncost,\"What did it cost, and how many tokens did it take?\","
                                    "--by --days --project,built in,\"\"\n"));
  EXPECT_THAT(ask({}).out, HasSubstr("| source "));
  std::filesystem::remove(file("mine"));
  EXPECT_THAT(ask({}).out, Not(HasSubstr("| source ")));
}

TEST_F(UsersReport, TakesThePlaceOfABuiltInOneAndTheListSaysSo) {
  write("cost", "-- Mine?\nSELECT 7 AS cost");
  EXPECT_EQ(ask_mirror({"cost"}).out, "cost\n7\n");
  EXPECT_EQ(ask_mirror({"cost", "--by", "model"}).status, kMisused);
  const std::string list = ask({"--format", "csv"}).out;
  EXPECT_THAT(list,
              HasSubstr("\ncost,Mine?,\"\"," + file("cost") + ",instead of the built-in one\n"));
  EXPECT_THAT(list, Not(HasSubstr("What did it cost,")));
}

TEST_F(UsersReport, AnErrorInItsSqlSaysTheFileAndThePlace) {
  write("mine", "-- Mine?\nSELECT key,\n  nosuch FROM meta");
  const Outcome outcome = ask_mirror({"mine"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, EndsWith("tain: run the report " + file("mine") + ": query " + db_ +
                                    ": no such column: nosuch (line 3, byte 3)\n"));
  write("mine", "SELECT 1; SELECT 2");
  EXPECT_THAT(ask_mirror({"mine"}).err,
              HasSubstr(file("mine") + ": statement: expected exactly one SQL statement"));
  EXPECT_EQ(ask_mirror({"mine"}).status, kFailed);
}

TEST_F(UsersReport, CannotWrite) {
  for (const char* sql : {"DELETE FROM meta", "ATTACH 'x' AS x", "PRAGMA query_only = 0"}) {
    write("mine", sql);
    const Outcome outcome = ask_mirror({"mine"});
    EXPECT_EQ(outcome.status, kFailed) << sql;
    EXPECT_THAT(outcome.err, HasSubstr(file("mine") + ": query ")) << sql;
    EXPECT_THAT(outcome.err, HasSubstr("only reads")) << sql;
  }
  EXPECT_EQ(Tain()({"sql", "--db", db_, "--format", "csv", "SELECT count(*) AS n FROM meta"}).out,
            "n\n2\n");
}

TEST_F(UsersReport, ABrokenHeaderIsToldWhereItIsAskedAndListedAndNowhereElse) {
  write("mine", "-- Mine?\n-- @param x: y\nSELECT 1");
  const std::string place = "read the report " + file("mine") + ": line 2: ";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"mine"}, {"mine", "--x", "1"}}) {
    const Outcome outcome = ask(arguments);
    EXPECT_EQ(outcome.status, kFailed);
    EXPECT_THAT(outcome.err, StartsWith("tain: " + place));
  }
  EXPECT_THAT(ask({"--format", "csv"}).out, HasSubstr("\nmine,\"\",\"\"," + file("mine") + ",\""));
  EXPECT_THAT(ask({"--format", "csv"}).out, HasSubstr(place));
  EXPECT_EQ(ask_mirror({"cost"}).status, kDone);
}

TEST_F(UsersReport, AFileThatNoWordNamesIsListedWithTheRemedy) {
  write("two words", "SELECT 1");
  write("a+b", "SELECT 1");
  const std::string list = ask({"--format", "csv"}).out;
  EXPECT_THAT(list, HasSubstr("\ntwo words,"));
  EXPECT_THAT(list, HasSubstr("\na+b,"));
  EXPECT_THAT(list, HasSubstr("rename the file"));
}

TEST_F(UsersReport, ParametersAndSqlHaveToFit) {
  write("mine", "SELECT :x");
  EXPECT_THAT(ask_mirror({"mine"}).err,
              EndsWith("tain: run the report " + file("mine") +
                       ": its SQL has the parameter :x, which is not declared; write `-- @param x "
                       "text: MEANING` above it (only :name can be declared)\n"));
  write("mine", "-- @param x text: y\nSELECT 1");
  EXPECT_THAT(ask_mirror({"mine"}).err, EndsWith("tain: run the report " + file("mine") +
                                                 ": its SQL does not use :x, which is declared\n"));
  for (const char* sql : {"SELECT @x", "SELECT $x"}) {
    write("mine", sql);
    EXPECT_THAT(ask_mirror({"mine"}).err, HasSubstr("is not declared")) << sql;
  }
  for (const char* sql : {"SELECT ?", "SELECT ?1"}) {
    write("mine", sql);
    EXPECT_THAT(ask_mirror({"mine"}).err,
                EndsWith(": its SQL has a parameter without a name; write :NAME for it, and `-- "
                         "@param NAME text: MEANING` above the SQL\n"))
        << sql;
  }
}

TEST_F(UsersReport, MayBeginWithAMarkAndABlankLine) {
  write("mine", "\xef\xbb\xbf\n-- Mine?\n-- @param x integer 7: y\nSELECT :x AS x");
  EXPECT_EQ(ask_mirror({"mine"}).out, "x\n7\n");
}

TEST_F(UsersReport, ADirectoryThatCannotBeReadIsToldAndTheAnswerComes) {
  testing::write(home_ / "config/tain/reports", "a file");
  const std::string trouble = "tain: read the reports in " + home_.path().string() +
                              "/config/tain/reports: Not a directory; those that are there may be "
                              "missing\n";
  const Outcome listed = ask({"--format", "csv"});
  EXPECT_EQ(listed.err, trouble);
  EXPECT_EQ(listed.status, kDone);
  EXPECT_THAT(listed.out, HasSubstr("\ncost,"));
  const Outcome asked = ask_mirror({"cost"});
  EXPECT_EQ(asked.err, trouble);
  EXPECT_EQ(asked.status, kDone);
  const Outcome missing = ask_mirror({"mine"});
  EXPECT_EQ(missing.err, trouble);
  EXPECT_EQ(missing.status, kFailed);
}

TEST_F(UsersReport, ALinkToNothingIsListedWithARemark) {
  write("mine", "SELECT 1");
  std::filesystem::create_symlink(home_ / "gone", file("dangling"));
  const Outcome listed = ask({"--format", "csv"});
  EXPECT_EQ(listed.err, "");
  EXPECT_THAT(listed.out,
              HasSubstr("\ndangling,\"\",\"\"," + file("dangling") + ",read the report " +
                        file("dangling") + ": it is a link that leads to no file"));
  EXPECT_THAT(ask({"dangling"}).err, StartsWith("tain: read the report " + file("dangling")));
}

TEST_F(UsersReport, ValuesAreBoundAndNeverPartOfTheSql) {
  write("mine", "-- @param x text: y\nSELECT typeof(:x) AS t, :x AS x");
  EXPECT_EQ(ask_mirror({"mine"}).out, "t,x\nnull,\n");
  EXPECT_EQ(ask_mirror({"mine", "--x", ""}).out, "t,x\ntext,\"\"\n");
  EXPECT_EQ(ask_mirror({"mine", "--x", "7"}).out, "t,x\ntext,7\n");
  EXPECT_EQ(ask_mirror({"mine", "--x", "'; DROP TABLE meta; --"}).out,
            "t,x\ntext,'; DROP TABLE meta; --\n");
  write("mine", "-- @param x number: y\n-- @param at time: z\nSELECT typeof(:x) AS t, :at AS at");
  EXPECT_EQ(ask_mirror({"mine", "--x", "7", "--at", "1970-01-01T00:00:01Z"}).out,
            "t,at\nreal,1000\n");
}

TEST_F(UsersReport, WrongValuesAreMisuse) {
  write("mine",
        "-- @param n integer: N\n-- @param by day|week: B\n-- @param at time: A\n"
        "SELECT :n, :by, :at");
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"--n", "x"}, {"--n", "1.5"}, {"--n", ""}, {"--by", "year"}, {"--at", "soon"}}) {
    std::vector<std::string> arguments{"mine"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    const Outcome outcome = ask_mirror(arguments);
    EXPECT_EQ(outcome.status, kMisused) << wrong.front();
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(wrong.front()));
  }
  EXPECT_EQ(ask_mirror({"mine", "--n", "x"}).err,
            "tain: --n: expected a whole number, got \"x\"\n");
}

TEST_F(UsersReport, AProjectHasToBeThere) {
  write("mine", "-- @param project project: P\nSELECT :project AS p");
  EXPECT_EQ(ask_mirror({"mine"}).out, "p\n\n");
  EXPECT_EQ(ask_mirror({"mine", "--project", "P"}).out, "p\nP\n");
  EXPECT_EQ(ask_mirror({"mine", "--project", "proj_1"}).out, "p\nproj_1\n");
  const Outcome outcome = ask_mirror({"mine", "--project", "Q"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("tain: find the project Q: no project in the mirror"));
}

TEST_F(UsersReport, AProjectsDirectoryIsBoundAsItsIdOrAsItsRoot) {
  const std::string root = home_ / "tree";
  testing::write(home_ / "tree/.tain/project.json", "{}");
  testing::write(home_ / "other/.tain/project.json", "{}");
  std::filesystem::create_directories(home_ / "tree/below");
  std::filesystem::create_directories(home_ / "none");
  sqlite::Database(db_, sqlite::Database::Mode::read_write)
      .run("INSERT INTO projects(root, id, name) VALUES ('" + root + "', 'proj_2', 'T'), " +
           "('/copy', 'proj_3', 'C'), ('/copied', 'proj_3', 'C'), ('/nameless', NULL, NULL)");
  write("mine", "-- @param project project: P\nSELECT :project AS p");
  const auto bound = [&](const std::string& project) {
    return ask_mirror({"mine", "--project", project}).out;
  };
  EXPECT_EQ(bound(root), "p\nproj_2\n");
  EXPECT_EQ(bound(root + "/below/"), "p\nproj_2\n");
  EXPECT_EQ(bound("/copy"), "p\n/copy\n");
  EXPECT_EQ(bound("/nameless"), "p\n/nameless\n");
  EXPECT_THAT(ask_mirror({"mine", "--project", home_ / "other"}).err,
              HasSubstr("find the project at " + (home_ / "other").string() +
                        ": the mirror has none there"));
  EXPECT_THAT(ask_mirror({"mine", "--project", home_ / "none"}).err,
              HasSubstr("neither it nor a directory above holds .tain"));
  EXPECT_EQ(ask_mirror({"cost", "--project", root}).status, kDone);
}

TEST_F(UsersReport, ExplainPrintsTheFileAndAsksNoMirror) {
  const std::string sql = "-- Mine?\n\tSELECT '\x1b[31m'";
  write("mine", sql);
  EXPECT_EQ(ask({"mine", "--explain", "--db", home_ / "none.db"}).out, sql + "\n");
  EXPECT_EQ(ask({"mine", "--explain"}, Tain{.terminal = Terminal{80, 24, true}}).out,
            "-- Mine?\n\tSELECT '\\x1b[31m'\n");
}

TEST_F(UsersReport, DrawsAndWritesWhatItsHeaderSays) {
  write("mine", "-- Mine?\n-- @plot value by key\nSELECT key, value FROM meta");
  const Outcome drawn =
      ask({"mine", "--db", db_, "--plot"}, Tain{.terminal = Terminal{12, 24, false}});
  EXPECT_EQ(drawn.out, "value by key\na ████ 1\nb ████████ 2\n") << drawn.err;
  EXPECT_THAT(ask({"mine", "--db", db_, "--plot"}, Tain{.terminal = Terminal{12, 24, true}}).out,
              HasSubstr("\x1b[36m████\x1b[0m 1\n"));
  const std::string page = home_ / "page.html";
  const Outcome written = ask({"mine", "--db", db_, "--html", page});
  EXPECT_EQ(written.status, kDone) << written.err;
  EXPECT_EQ(written.out, "");
  EXPECT_THAT(testing::read(page), HasSubstr("<td>b</td><td class=\"number\">2</td>"));
  EXPECT_THAT(testing::read(page), HasSubstr("<svg "));
}

TEST_F(UsersReport, WithoutAPlotThereIsOnlyTheTable) {
  write("mine", "SELECT 1 AS one");
  const Outcome drawn = ask({"mine", "--db", db_, "--plot"});
  EXPECT_EQ(drawn.status, kFailed);
  EXPECT_THAT(drawn.err, HasSubstr("write `-- @plot VALUE by COLUMN` above its SQL"));
  const std::string page = home_ / "page.html";
  EXPECT_EQ(ask({"mine", "--db", db_, "--html", page}).status, kDone);
  EXPECT_THAT(testing::read(page), Not(HasSubstr("<svg")));
}

TEST_F(UsersReport, APageThatCannotBeMadeLeavesTheOldOne) {
  const std::string page = home_ / "page.html";
  testing::write(page, "old");
  write("mine", "-- @plot nosuch by key\nSELECT key FROM meta");
  EXPECT_EQ(ask({"mine", "--db", db_, "--html", page}).status, kFailed);
  EXPECT_EQ(testing::read(page), "old");
  EXPECT_EQ(ask({"cost", "--db", db_, "--html", home_ / "none/page.html"}).status, kFailed);
  EXPECT_EQ(ask({"cost", "--db", db_, "--html", ""}).status, kMisused);
  EXPECT_EQ(ask({"cost", "--db", db_, "--html", page}).status, kDone);
  EXPECT_THAT(testing::read(page), StartsWith("<!DOCTYPE html>"));
}

TEST_F(UsersReport, APageReplacesNothingButAFile) {
  const std::string pipe = home_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  testing::write(home_ / "page.html", "old");
  std::filesystem::create_symlink("page.html", home_ / "link.html");
  std::filesystem::create_directory(home_ / "directory");
  for (const std::string name : {"pipe", "directory"}) {
    const Outcome outcome = ask({"cost", "--db", db_, "--html", home_ / name});
    EXPECT_EQ(outcome.status, kFailed);
    EXPECT_EQ(outcome.err, "tain: write the page " + (home_ / name).string() +
                               ": what is there is no file, and stays; give another name\n");
  }
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  const Outcome outcome = ask({"cost", "--db", db_, "--html", home_ / "link.html"});
  EXPECT_EQ(outcome.err,
            "tain: write the page " + (home_ / "link.html").string() +
                ": it is a symbolic link, which would be replaced; name the file itself\n");
  EXPECT_EQ(testing::read(home_ / "page.html"), "old");
}

TEST_F(UsersReport, ThereIsOneWayToAnswerAtATime) {
  for (const std::vector<std::string>& both :
       std::vector<std::vector<std::string>>{{"--plot", "--format", "csv"},
                                             {"--plot", "--html", "x"},
                                             {"--html", "x", "--format", "csv"},
                                             {"--explain", "--plot"},
                                             {"--explain", "--format", "json"}}) {
    std::vector<std::string> arguments{"cost", "--db", db_};
    arguments.insert(arguments.end(), both.begin(), both.end());
    EXPECT_EQ(ask(arguments).status, kMisused) << both.front();
  }
  EXPECT_EQ(ask({"cost", "--plot", "--html", "x"}).err,
            "tain: --html: expected no --plot beside it, got both\n");
  const Outcome outcome = ask({"--format", "json", "cost", "--db", db_});
  EXPECT_EQ(outcome.status, kMisused);
  EXPECT_EQ(outcome.err, "tain: --format: expected it behind the report's name, got it before\n");
}

TEST_F(UsersReport, AnUnknownOneIsToldTheNearest) {
  write("mine", "SELECT 1");
  const Outcome outcome = ask({"mien"});
  EXPECT_EQ(outcome.status, kMisused);
  EXPECT_THAT(outcome.err,
              StartsWith("tain: unknown report \"mien\"; did you mean mine? (known: "));
  EXPECT_THAT(outcome.err, HasSubstr("see `tain report --help`"));
  EXPECT_THAT(ask({"cost", "--bye", "model"}).err, HasSubstr("not expected: --bye"));
  EXPECT_EQ(ask({"cost", "--bye", "model"}).status, kMisused);
}

TEST_F(UsersReport, FreshAsksTheDaemonFirst) {
  write("mine", "SELECT value FROM meta WHERE key = 'late'");
  const std::string socket = home_ / "s";
  const testing::FakeDaemon daemon(socket, [&](const Json&) {
    sqlite::Database(db_, sqlite::Database::Mode::read_write)
        .run("INSERT INTO meta VALUES ('late', 3)");
    return Json({{"ok", true}, {"db", db_}}).dump();
  });
  const Outcome outcome = ask_mirror({"mine", "--fresh", "--socket", socket});
  EXPECT_EQ(outcome.out, "value\n3\n") << outcome.err;
}

TEST_F(UsersReport, AMissingMirrorSaysWhatToDo) {
  const Outcome outcome = ask({"cost", "--db", home_ / "none.db"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("tain-syncd run"));
}

TEST_F(UsersReport, MustAnswerInTime) {
  write("mine",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n");
  const Outcome outcome = ask_mirror({"mine", "--timeout", "0.01"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("--timeout"));
}

}  // namespace
}  // namespace tain::query
