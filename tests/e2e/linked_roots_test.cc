// Roots that the configuration names by a symbolic link.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/daemon_fixture.h"
#include "tests/support/sync_harness.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using testing::kAllTopics;
using testing::kStatePath;
using testing::state_json;
namespace fs = std::filesystem;

class LinkedRoots : public ::testing::Test {
 protected:
  LinkedRoots() { daemon.names_root = false; }
  void configure(const std::vector<fs::path>& roots) const {
    Json config = {{"roots", Json::array()}};
    for (const fs::path& root : roots) config["roots"].push_back(root.string());
    testing::write(daemon.config_file(), config.dump());
  }
  fs::path hold(const std::string& directory, const std::string& topic) const {
    testing::write(daemon.directory() / directory / kStatePath, state_json("s1", topic));
    return daemon.directory() / directory;
  }
  void lead_link_to(const fs::path& target) const {
    fs::remove(link);
    fs::create_symlink(target, link);
  }
  std::string topics() const { return daemon.select(kAllTopics); }

  DaemonFixture daemon{"{}"};
  const fs::path link = daemon.directory() / "link";
};

TEST_F(LinkedRoots, WhatALinkLeadsToKeepsItsRowsWhileItIsNotMounted) {
  lead_link_to(hold("disk/work", "kept"));
  const fs::path other = hold("other", "other");
  configure({link});
  daemon.start();
  daemon.flush();
  fs::rename(daemon.directory() / "disk", daemon.directory() / "unmounted");
  daemon.flush();
  EXPECT_EQ(topics(), "kept");
  configure({link, other});
  daemon.ask({{"command", "reload"}});
  EXPECT_EQ(topics(), "kept other");
  daemon.stop();
  daemon.start();
  daemon.flush();
  EXPECT_EQ(topics(), "kept other");
  fs::rename(daemon.directory() / "unmounted", daemon.directory() / "disk");
  hold("disk/work", "mounted again");
  daemon.flush();
  EXPECT_EQ(topics(), "mounted again other");
}

TEST_F(LinkedRoots, ALinkThatLeadsElsewhereIsFollowedThere) {
  const fs::path two = hold("releases/2", "two");
  lead_link_to(hold("releases/1", "one"));
  configure({link});
  daemon.start();
  daemon.flush();
  EXPECT_EQ(topics(), "one");
  lead_link_to(two);
  daemon.flush();
  EXPECT_EQ(topics(), "two");
  EXPECT_EQ(daemon.ask({{"command", "status"}})["roots"][0]["path"], fs::canonical(two).string());
  hold("releases/2", "two, changed");
  daemon.flush();
  EXPECT_EQ(topics(), "two, changed");
  lead_link_to("nowhere");
  daemon.flush();
  EXPECT_EQ(topics(), "two, changed") << "gone is not deleted";
}

TEST_F(LinkedRoots, OfAMirrorBehindALinkToWhatIsStillToComeThereIsOne) {
  const fs::path real = daemon.directory() / "data" / "real.db";
  fs::create_directory(real.parent_path());
  fs::create_symlink(real, daemon.directory() / "link.db");
  hold("tree", "t");
  const auto once = [&](const fs::path& db) {
    return testing::run_tain_syncd({"once", "--root", daemon.root().string(), "--db", db.string()});
  };
  EXPECT_EQ(once(daemon.directory() / "link.db").status, 0);
  EXPECT_EQ(fs::status(real).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_TRUE(fs::exists(real.string() + ".lock"));
  EXPECT_EQ(testing::select(real, kAllTopics), "t");
}

}  // namespace
}  // namespace tain
