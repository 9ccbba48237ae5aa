#include "syncd/service/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/notify_socket.h"

namespace tain::syncd {
namespace {

using ::testing::MatchesRegex;
using testing::NotifySocket;

class ServiceManagerTest : public ::testing::Test {
 protected:
  ServiceManagerTest() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  NotifySocket manager;
};

TEST_F(ServiceManagerTest, IsToldWhatItWantsToKnow) {
  ::setenv("NOTIFY_SOCKET", manager.path().c_str(), 1);
  const ServiceManager told;
  told.ready();
  EXPECT_EQ(manager.receive(), "READY=1");
  told.status("2 roots");
  EXPECT_EQ(manager.receive(), "STATUS=2 roots");
  told.alive();
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  told.reloading();
  EXPECT_THAT(manager.receive(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  told.stopping();
  EXPECT_EQ(manager.receive(), "STOPPING=1");
}

TEST_F(ServiceManagerTest, WithoutOneNothingIsSentAndNothingFails) {
  const ServiceManager nobody;
  nobody.ready();
  ::setenv("NOTIFY_SOCKET", "/absent/socket", 1);
  const ServiceManager gone;
  gone.ready();
  ::setenv("NOTIFY_SOCKET", std::string(200, 'x').c_str(), 1);
  const ServiceManager impossible;
  impossible.ready();
  EXPECT_EQ(manager.received(), 0);
}

TEST_F(ServiceManagerTest, KnowsWhetherSomebodyWatches) {
  EXPECT_EQ(ServiceManager().watchdog(), std::nullopt);
  ::setenv("WATCHDOG_USEC", "2000000", 1);
  EXPECT_EQ(ServiceManager().watchdog(), std::chrono::seconds(2));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(ServiceManager().watchdog(), std::chrono::seconds(2));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(ServiceManager().watchdog(), std::nullopt) << "another process is watched";
  ::unsetenv("WATCHDOG_PID");
  for (const char* nonsense : {"", "0", "-5", "many", "5s"}) {
    ::setenv("WATCHDOG_USEC", nonsense, 1);
    EXPECT_EQ(ServiceManager().watchdog(), std::nullopt) << nonsense;
  }
}

}  // namespace
}  // namespace tain::syncd
