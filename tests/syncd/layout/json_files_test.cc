// Any JSON at all, below the directories that a user names.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/corpus.h"
#include "tests/support/sync_harness.h"

namespace tain {
namespace {

using testing::SyncHarness;
namespace fs = std::filesystem;

class AnyJson : public ::testing::Test {
 protected:
  testing::TempDir directory;
  std::string root = (directory / "tree").string();
  SyncHarness harness{
      {.roots = {make()}, .layouts = {.json = {root + "/any", root + "/any/deep"}}}};

 private:
  std::string make() const {
    fs::create_directories(root);
    return root;
  }
};

TEST_F(AnyJson, BelowADirectoryThatWasNamedEveryFileIsMirroredAndElsewhereNone) {
  harness.write("any/a.json", "[1, 2]");
  harness.write("any/x/y.json", "\"text\"");
  harness.write("any/deep/z.json", "{}");
  harness.write("any/.tain/project.json", R"({"name":"P"})");
  harness.write("any/readme.md", "#");
  harness.write("other/a.json", "{}");
  harness.write("anything.json", "{}");
  harness.settle();
  const std::string begin = std::to_string(root.size() + 1);
  EXPECT_EQ(harness.select("SELECT group_concat(substr(p.root, " + begin +
                           ") || ' ' || layout || ' ' || body, '; ') FROM (SELECT * FROM documents "
                           "JOIN files USING (file_id) ORDER BY path) f JOIN projects p ON "
                           "p.project_key = f.project_key"),
            R"(/any native {"name":"P"}; /any json [1, 2]; /any/deep json {}; /any json "text")");
}

TEST_F(AnyJson, EveryLineIsAnEventWithAllOfIt) {
  harness.write("any/a.jsonl", R"({"id":1,"ts":1700000000,"event":"go","msg":"m","x":[1, 2]})"
                               "\n"
                               R"({"type":{"a":1},"time":"soon","message":{"b":2}})"
                               "\n");
  harness.settle();
  EXPECT_EQ(
      harness.select("SELECT id || at || type || message || data || (extra IS NULL) FROM events "
                     "WHERE line_offset = 0"),
      R"(11700000000000gom{"id":1,"ts":1700000000,"event":"go","msg":"m","x":[1,2]}1)");
  EXPECT_EQ(
      harness.select("SELECT coalesce(type, at, message, data) FROM events WHERE line_offset > 0"),
      R"({"type":{"a":1},"time":"soon","message":{"b":2}})");
  EXPECT_EQ(harness.select("SELECT count(*) FROM file_anomalies"), "0");
}

TEST_F(AnyJson, ALongLineStaysInTheFile) {
  harness.write("any/a.jsonl", R"({"id":"e","x":")" + std::string(100000, 'x') + "\"}\n");
  harness.settle();
  EXPECT_EQ(harness.select("SELECT data IS NULL, left_in_file FROM events"), R"(1|["data"])");
}

// What parses is mirrored, what does not has an error that says so.
TEST_F(AnyJson, OfHostileFilesEachIsMirroredOrHasAnError) {
  TAIN_CORPUS_OR_SKIP(corpus, "hostile/nst__JSONTestSuite/test_parsing");
  fs::copy(corpus, harness.root() / "any",
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  harness.scan();
  const auto files = testing::files_below(harness.root() / "any", [](const fs::path& file) {
    return file.extension() == ".json" && !file.filename().string().starts_with('.');
  });
  ASSERT_GT(files.size(), 280U);
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    const std::string document =
        harness.select("SELECT count(*) FROM documents JOIN files USING (file_id) WHERE path = '" +
                       file.string() + "'");
    const std::string error =
        harness.select("SELECT count(*) FROM sync_errors WHERE path = '" + file.string() + "'");
    EXPECT_EQ(document + error, document == "1" ? "10" : "01") << name;
    if (name.starts_with("y_")) {
      EXPECT_EQ(document, "1") << name;
    } else if (name.starts_with("n_")) {
      EXPECT_EQ(error, "1") << name;
    }
  }
}

// Every JSON of Maestro's folder and of the other state trees, whatever it is.
TEST_F(AnyJson, OfAWholeFamilyOfRealFilesEachIsMirroredOrHasATrueReason) {
  TAIN_CORPUS_OR_SKIP(corpus, "");
  fs::create_directories(harness.root() / "any");
  fs::copy(corpus / "maestro", harness.root() / "any/maestro", fs::copy_options::recursive);
  fs::copy(corpus / "agent-session", harness.root() / "any/agent-session",
           fs::copy_options::recursive | fs::copy_options::skip_symlinks);
  harness.scan();
  const auto files = testing::files_below(harness.root() / "any", [](const fs::path& file) {
    const bool is_pruned = file.string().find("/build/") != std::string::npos;
    return !is_pruned && (file.extension() == ".json" || file.extension() == ".jsonl");
  });
  ASSERT_GT(files.size(), 500U);
  for (const fs::path& file : files) {
    const auto count = [&](const std::string& from) {
      return harness.select("SELECT count(*) > 0 FROM " + from + " WHERE path = '" + file.string() +
                            "'");
    };
    const bool has_error = count("sync_errors") == "1";
    if (file.extension() == ".json") {
      EXPECT_NE(count("documents JOIN files USING (file_id)") == "1", has_error) << file;
      EXPECT_NE(Json::accept(testing::read(file)), has_error) << file;
    } else {
      EXPECT_EQ(count("files"), "1") << file;
    }
  }
}

}  // namespace
}  // namespace tain
