#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "query/cmd/service_unit.h"
#include "tests/query/tain.h"
#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// A home of its own, and a `systemctl` that writes down what it is told.
class Service : public ::testing::Test {
 protected:
  Service() {
    for (const char* name : {"TAIN_CONFIG", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"}) ::unsetenv(name);
    ::setenv("HOME", home.path().c_str(), 1);
    provide("tain-syncd", "");
    make_systemctl("");
    ::setenv("PATH", ((home / "bin").string() + ":" + path_).c_str(), 1);
  }
  ~Service() override { ::setenv("PATH", path_.c_str(), 1); }

  void provide(const std::string& program, const std::string& script) {
    testing::write(home / "bin" / program, "#!/bin/sh\n" + script);
    fs::permissions(home / "bin" / program, fs::perms::owner_all);
  }
  void make_systemctl(const std::string& end) {
    provide("systemctl", "echo \"$@\" >> " + (home / "told").string() + "\n" + end);
  }
  std::string told() const { return testing::read(home / "told"); }
  fs::path unit() const { return home / ".config/systemd/user/tain-syncd.service"; }

  const std::string path_ = ::getenv("PATH");
  testing::TempDir home;
};

TEST_F(Service, InstallWritesTheUnitAndStartsIt) {
  const Outcome outcome =
      Tain()({"service", "install", "--root", "/home/x/my code", "--root", "relative"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("wrote " + unit().string()));
  EXPECT_THAT(testing::read(unit()),
              HasSubstr("tain-syncd\" run --root \"/home/x/my code\" --root \"/"))
      << testing::read(unit());
  EXPECT_THAT(testing::read(unit()), HasSubstr((fs::current_path() / "relative").string()));
  EXPECT_THAT(testing::read(unit()), HasSubstr("Type=notify\n"));
  EXPECT_THAT(testing::read(unit()), HasSubstr("WatchdogSec="));
  EXPECT_EQ(told(),
            "--user daemon-reload\n--user enable tain-syncd.service\n"
            "--user restart tain-syncd.service\n");
}

TEST_F(Service, WithoutARootAndWithoutAConfigurationItIsMisused) {
  const Outcome outcome = Tain()({"service", "install"});
  EXPECT_EQ(outcome.status, kMisused);
  EXPECT_THAT(outcome.err, HasSubstr("--root"));
  EXPECT_FALSE(fs::exists(unit()));
  testing::write(home / ".config/tain/config.json", R"({"roots": ["~"]})");
  EXPECT_EQ(Tain()({"service", "install"}).status, kDone);
}

TEST_F(Service, OnlyTheUnitIsWrittenOnRequest) {
  EXPECT_EQ(Tain()({"service", "install", "--root", "/x", "--no-start"}).status, kDone);
  EXPECT_TRUE(fs::exists(unit()));
  EXPECT_EQ(told(), "");
}

TEST_F(Service, WhatSystemdSaysIsPassedOnAndTheUnitStays) {
  make_systemctl("echo 'Failed to connect to bus' >&2; exit 1");
  const Outcome outcome = Tain()({"service", "install", "--root", "/x"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("Failed to connect to bus"));
  EXPECT_THAT(outcome.err, HasSubstr("start `tain-syncd run` in some other way"));
  EXPECT_TRUE(fs::exists(unit()));
}

TEST_F(Service, WithoutSystemdItSaysSo) {
  fs::remove(home / "bin/systemctl");
  ::setenv("PATH", (home / "bin").c_str(), 1);
  const Outcome outcome = Tain()({"service", "install", "--root", "/x"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("there is no systemd here"));
}

TEST_F(Service, UninstallStopsItAndRemovesTheUnit) {
  Tain()({"service", "install", "--root", "/x", "--no-start"});
  const Outcome outcome = Tain()({"service", "uninstall"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_FALSE(fs::exists(unit()));
  EXPECT_EQ(told(), "--user disable --now tain-syncd.service\n--user daemon-reload\n");
  const Outcome again = Tain()({"service", "uninstall"});
  EXPECT_EQ(again.status, kFailed);
  EXPECT_THAT(again.err, HasSubstr("not installed"));
}

TEST_F(Service, AUnitThatSystemdDoesNotKnowIsRemovedAllTheSame) {
  Tain()({"service", "install", "--root", "/x", "--no-start"});
  make_systemctl("echo 'no bus' >&2; exit 1");
  const Outcome outcome = Tain()({"service", "uninstall"});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("no bus"));
  EXPECT_FALSE(fs::exists(unit()));
}

TEST(ServiceUnit, WordsAreReadBackAsTheyAre) {
  EXPECT_EQ(quote_for_unit("/plain"), "\"/plain\"");
  EXPECT_EQ(quote_for_unit("a b\"c\\d"), "\"a b\\\"c\\\\d\"");
  EXPECT_EQ(quote_for_unit("100%$HOME"), "\"100%%$$HOME\"");
  EXPECT_EQ(quote_for_unit("two\nlines"), "\"two\\nlines\"");
}

TEST(ServiceUnit, SystemdFindsNoFaultWithIt) {
  if (std::system("command -v systemd-analyze >/dev/null") != 0) {
    GTEST_SKIP() << "there is no systemd-analyze";
  }
  const testing::TempDir directory;
  const fs::path unit = directory / kUnitName;
  testing::write(unit, unit_text({.program = "/bin/true", .roots = {"/a b", "/100%"}}));
  const std::string found = (directory / "found").string();
  const int status = std::system(
      ("systemd-analyze verify --user --man=no '" + unit.string() + "' > '" + found + "' 2>&1")
          .c_str());
  EXPECT_THAT(testing::read(found), Not(HasSubstr(kUnitName))) << WEXITSTATUS(status);
}

// The real thing, where there is one.
TEST(ServiceUnit, IsRunByTheUsersOwnSystemd) {
  if (std::system("systemctl --user is-system-running >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no systemd user manager runs here";
  }
  if (fs::exists(unit_file())) GTEST_SKIP() << "the service is installed here, for real";
  const testing::TempDir tree;
  const Outcome installed = Tain()({"service", "install", "--root", tree.path().string(), "--db",
                                    (tree / "mirror.db").string()});
  EXPECT_EQ(installed.status, kDone) << installed.err;
  EXPECT_EQ(std::system("systemctl --user is-active --quiet tain-syncd"), 0);
  EXPECT_EQ(Tain()({"service", "uninstall"}).status, kDone);
  EXPECT_NE(std::system("systemctl --user is-active --quiet tain-syncd"), 0);
}

}  // namespace
}  // namespace tain::query
