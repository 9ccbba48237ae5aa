// The agents of tools/quickstart. They link libtain and write state files; they know of no
// database.
//
//   quickstart_agent begin DIR    two projects with a session each, before any daemon runs
//   quickstart_agent work DIR     the sessions go on, and a third begins, while the daemon runs

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "core/tain.h"

namespace {

namespace fs = std::filesystem;
using tain::Phase;
using tain::SessionStateManager;

constexpr const char* kCheckout = "checkout-redesign";
constexpr const char* kLogin = "login-tokens";

void begin(const fs::path& directory) {
  tain::create_project(directory / "web-shop", {.name = "Web shop"});
  tain::create_project(directory / "api-server", {.name = "API server"});
  SessionStateManager checkout = SessionStateManager::create(
      directory / "web-shop", {.topic = "Redesign the checkout", .id = kCheckout});
  checkout.add_decision("One page instead of three", "Most customers leave between pages");
  SessionStateManager::create(
      directory / "api-server",
      {.topic = "Issue tokens at login", .type = tain::SessionType::quick, .id = kLogin});
}

void build_checkout(const fs::path& directory) {
  SessionStateManager session =
      SessionStateManager::open(tain::session_directory(directory / "web-shop", kCheckout));
  session.transition_to_phase(Phase::plan);
  session.transition_to_phase(Phase::build);
  session.init_build(6);
  for (int checkpoint = 1; checkpoint <= 4; ++checkpoint) {
    session.start_checkpoint(checkpoint);
    session.complete_checkpoint(checkpoint);
    session.add_commit("5eed0" + std::to_string(checkpoint),
                       "checkout: checkpoint " + std::to_string(checkpoint), checkpoint);
  }
  const tain::AgentRun run =
      session.start_agent_run({.agent_type = "build", .model = "large-1", .checkpoint_id = 5});
  session.add_agent_run_usage(run.id,
                              {.input_tokens = 48'200, .output_tokens = 3'100, .cost_usd = 0.41});
  session.fail_agent_run(run.id, "the payment tests time out");
}

void build_login(const fs::path& directory) {
  SessionStateManager session =
      SessionStateManager::open(tain::session_directory(directory / "api-server", kLogin));
  session.transition_to_phase(Phase::build);
  session.init_build(2);
  session.complete_checkpoint(1);
  const tain::AgentRun run = session.start_agent_run({.agent_type = "build", .model = "small-1"});
  session.add_agent_run_usage(run.id,
                              {.input_tokens = 9'000, .output_tokens = 800, .cost_usd = 0.02});
  session.finish_agent_run(run.id);
}

void research_search(const fs::path& directory) {
  SessionStateManager session = SessionStateManager::create(
      directory / "web-shop",
      {.topic = "Compare search engines", .type = tain::SessionType::research, .id = "search"});
  const tain::AgentRun run = session.start_agent_run({.agent_type = "research"});
  session.fail_agent_run(run.id, "no network");
}

int run(const std::string& step, const fs::path& directory) {
  if (step == "begin") {
    begin(directory);
  } else if (step == "work") {
    build_checkout(directory);
    build_login(directory);
    research_search(directory);
  } else {
    std::fprintf(stderr, "usage: quickstart_agent begin|work DIR\n");
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc == 3 ? argv[1] : "", argc == 3 ? argv[2] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "quickstart_agent: %s\n", error.what());
    return 1;
  }
}
