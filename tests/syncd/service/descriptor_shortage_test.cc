// A process that may open no more files.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>

#include "syncd/service/control_server.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp_dir.h"

namespace tain::syncd {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;

// While it lives, no descriptor can be had.
class DescriptorShortage {
 public:
  DescriptorShortage() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = ::dup(STDERR_FILENO);
    ::close(lowest_free);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  DescriptorShortage(const DescriptorShortage&) = delete;
  DescriptorShortage& operator=(const DescriptorShortage&) = delete;
  ~DescriptorShortage() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_ = {};
};

TEST(DescriptorShortage, AServerRestsUntilAClientCanBeLetIn) {
  if (testing::kSanitized) GTEST_SKIP() << "to look at an object, sanitizers open a pipe";
  const testing::TempDir directory;
  asio::io_context io{1};
  const ControlServer server(io, directory / "s",
                             [](const Json& /*request*/, const ControlServer::Reply& reply) {
                               reply({{"ok", true}});
                             });
  stream_protocol::socket client(io);
  client.open();
  {
    const DescriptorShortage shortage;
    client.connect(stream_protocol::endpoint((directory / "s").string()));
    EXPECT_LT(io.run_for(std::chrono::milliseconds(300)), 20U) << "it tries again and again";
  }
  const std::string request = "{\"command\": \"x\"}\n";
  client.send(asio::buffer(request));
  while (client.available() == 0) io.run_one();
  std::string answer(client.available(), ' ');
  client.receive(asio::buffer(answer));
  EXPECT_EQ(answer, "{\"ok\":true}\n");
}

}  // namespace
}  // namespace tain::syncd
