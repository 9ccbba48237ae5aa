#include "core/state/agent_registry.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "tests/support/children.h"
#include "tests/support/project_test.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::names_in;
using testing::read;
using testing::snapshot;
using ::testing::ThrowsMessage;

class Seed003AgentRegistry : public testing::ProjectTest {
 protected:
  AgentRegistry registry() { return AgentRegistry(root_.path(), options()); }
  Agent codex() {
    return {.name = "Codex",
            .binary_path = "/usr/bin/codex",
            .capabilities = {{.key = "ask", .interaction_mode = InteractionMode::prompt_mode},
                             {.key = "build", .command_tokens = {{"make"}}}}};
  }
  std::filesystem::path file(const std::string& slug) const {
    return agents_directory(root_.path()) / entity_file_name(slug);
  }
};

TEST_F(Seed003AgentRegistry, WhatIsRegisteredIsWhatIsFound) {
  const Agent agent = registry().register_agent(codex());
  EXPECT_EQ(agent.slug, "codex");
  EXPECT_EQ(agent.id, "codex");
  EXPECT_EQ(agent.created_at, clock_.now());
  EXPECT_EQ(agent.updated_at, clock_.now());
  EXPECT_EQ(agent.capabilities[0].created_at, clock_.now());
  EXPECT_EQ(registry().find("codex"), agent);
  EXPECT_TRUE(std::filesystem::exists(file("codex")));
}

TEST_F(Seed003AgentRegistry, AnAgentIsFoundByItsIdAndByItsSlugWhateverItsFileIsCalled) {
  registry().register_agent({.id = "agent_7", .name = "Seven", .slug = "seven"});
  EXPECT_EQ(registry().find("agent_7").name, "Seven");
  EXPECT_EQ(registry().find("seven").name, "Seven");
  std::filesystem::rename(file("seven"), file("mine"));
  EXPECT_EQ(registry().find("seven").name, "Seven");
  EXPECT_THROW(registry().find("mine"), NotFoundError);
  EXPECT_EQ(registry().set_active("agent_7", false).slug, "seven");
  EXPECT_THAT(names_in(agents_directory(root_.path())), ElementsAre("mine.json"));
}

TEST_F(Seed003AgentRegistry, WhoIsNotKnownIsToldWhoIs) {
  registry().register_agent(codex());
  registry().register_agent({.name = "Gemini"});
  EXPECT_THAT([&] { registry().find("claude"); },
              ThrowsMessage<NotFoundError>(AllOf(HasSubstr("claude"), HasSubstr("codex, gemini"))));
  EXPECT_THROW(registry().find("../project"), InvalidArgument);
}

TEST_F(Seed003AgentRegistry, NoTwoAgentsShareAnIdOrASlug) {
  registry().register_agent({.id = "agent_7", .name = "Seven", .slug = "seven"});
  const auto before = snapshot(file("seven"));
  for (const Agent& other :
       {Agent{.name = "Seven"}, Agent{.name = "Agent", .slug = "agent_7"},
        Agent{.id = "agent_7", .name = "Other"}, Agent{.id = "seven", .name = "Other"}}) {
    EXPECT_THROW(registry().register_agent(other), AlreadyExistsError);
  }
  EXPECT_EQ(snapshot(file("seven")), before);
  EXPECT_EQ(registry().list().entities.size(), 1u);
}

TEST_F(Seed003AgentRegistry, ABadFileKeepsItsNameAndCostsOnlyItself) {
  testing::write(file("codex"), "{");
  EXPECT_THROW(registry().register_agent(codex()), AlreadyExistsError);
  EXPECT_EQ(read(file("codex")), "{");
  EXPECT_THROW(registry().find("codex"), ParseError);
  registry().register_agent({.id = "g1", .name = "Gemini"});
  EXPECT_EQ(registry().find("g1").slug, "gemini");
  EXPECT_EQ(registry().list().entities.size(), 1u);
  EXPECT_EQ(registry().list().skipped.size(), 1u);
  EXPECT_FALSE(registry().find_if_sound("codex"));
}

TEST_F(Seed003AgentRegistry, WhereThereIsNoProjectNothingIsMade) {
  const testing::TempDir elsewhere;
  EXPECT_THROW(AgentRegistry(elsewhere.path(), options()).register_agent(codex()), NotFoundError);
  EXPECT_TRUE(names_in(elsewhere.path()).empty());
}

TEST_F(Seed003AgentRegistry, WhatIsNotValidIsNamedAndNothingIsWritten) {
  const std::vector<std::pair<std::function<void(Agent&)>, std::string>> mistakes = {
      {[](Agent& a) { a.capabilities[0].key = "build"; }, "build"},
      {[](Agent& a) { a.capabilities[0].key = ""; }, "codex"},
      {[](Agent& a) { a.capabilities[1].command_tokens.reset(); }, "build"},
      {[](Agent& a) { a.capabilities[1].command_tokens.emplace(); }, "build"},
      {[](Agent& a) { a.capabilities[0].danger_level = 4; }, "ask"},
      {[](Agent& a) { a.capabilities[0].timeout_sec = 0; }, "ask"},
      {[](Agent& a) { a.capabilities[0].max_output_bytes = 0; }, "ask"},
      {[](Agent& a) { a.max_concurrent = 0; }, "codex"},
      {[](Agent& a) { a.name.clear(); }, "name"},
  };
  const auto is_refused = [](const std::string& naming) {
    return ThrowsMessage<InvalidArgument>(HasSubstr(naming));
  };
  for (const auto& [mistake, naming] : mistakes) {
    Agent wrong = codex();
    mistake(wrong);
    EXPECT_THAT([&] { registry().register_agent(wrong); }, is_refused(naming));
  }
  EXPECT_TRUE(registry().list().entities.empty());

  registry().register_agent(codex());
  const auto before = snapshot(file("codex"));
  for (const auto& [mistake, naming] : mistakes) {
    const std::function<void(Agent&)>& change = mistake;
    EXPECT_THAT([&] { registry().update("codex", change); }, is_refused(naming));
  }
  EXPECT_THROW(registry().update("codex", [](Agent& a) { a.id = "c2"; }), InvalidArgument);
  EXPECT_THROW(registry().update("codex", [](Agent& a) { a.slug = "c2"; }), InvalidArgument);
  EXPECT_EQ(snapshot(file("codex")), before);
}

TEST_F(Seed003AgentRegistry, AnIdOrASlugThatIsNoFileNameIsRefused) {
  for (const Agent& agent : {Agent{.id = "a/b", .name = "A"}, Agent{.name = "A", .slug = "../a"}}) {
    EXPECT_THROW(registry().register_agent(agent), InvalidArgument);
  }
}

TEST_F(Seed003AgentRegistry, CapabilitiesAreAddedChangedAndRemoved) {
  registry().register_agent(codex());
  const Timestamp registered = clock_.now();
  clock_.advance(5);
  Agent agent = registry().add_capability(
      "codex", {.key = "plan", .interaction_mode = InteractionMode::prompt_mode});
  EXPECT_EQ(capability_of(agent, "plan").created_at, clock_.now());
  EXPECT_EQ(capability_of(agent, "ask").created_at, registered);
  EXPECT_EQ(agent.updated_at, clock_.now());
  EXPECT_THAT([&] { registry().add_capability("codex", agent.capabilities[2]); },
              ThrowsMessage<InvalidArgument>(AllOf(HasSubstr("plan"), HasSubstr("codex"))));

  registry().update_capability("codex", "plan", [](Capability& c) { c.is_enabled = false; });
  EXPECT_FALSE(capability_of(registry().find("codex"), "plan").is_enabled);
  agent = registry().remove_capability("codex", "ask");
  ASSERT_EQ(agent.capabilities.size(), 2u);
  const auto remove = [&] { registry().remove_capability("codex", "ask"); };
  EXPECT_THAT(remove, ThrowsMessage<NotFoundError>(
                          AllOf(HasSubstr("ask"), HasSubstr("codex"), HasSubstr("build, plan"))));
  EXPECT_THROW(registry().update_capability("codex", "ask", [](Capability&) {}), NotFoundError);
}

TEST_F(Seed003AgentRegistry, AListIsFilteredAndSorted) {
  registry().register_agent({.name = "Zed", .kind = AgentKind::builtin});
  registry().register_agent({.name = "Codex"});
  registry().set_active("codex", false);
  const auto slugs = [&](const AgentFilter& filter) {
    std::vector<std::string> found;
    for (const Agent& agent : registry().list(filter).entities) found.push_back(agent.slug);
    return found;
  };
  EXPECT_THAT(slugs({}), ElementsAre("codex", "zed"));
  EXPECT_THAT(slugs({.active = true}), ElementsAre("zed"));
  EXPECT_THAT(slugs({.active = false}), ElementsAre("codex"));
  EXPECT_THAT(slugs({.kind = AgentKind::custom}), ElementsAre("codex"));
}

TEST_F(Seed003AgentRegistry, WhatIsNotKnownAndItsOrderSurviveAnUpdate) {
  testing::write(file("codex"), R"({
  "x_first": {"b": 1, "a": 2},
  "slug": "codex",
  "id": "codex",
  "name": "Codex",
  "capabilities": [
    {"key": "ask", "x_note": "n", "interaction_mode": "prompt", "created_at": "2026-01-01T00:00:00+01:00"},
    {"interaction_mode": "prompt", "key": "plan", "x_note": "m"}
  ],
  "x_last": null
})");
  Json expected = Json::parse(read(file("codex")));
  registry().remove_capability("codex", "ask");
  registry().update_capability("codex", "plan", [](Capability& c) { c.label = "Plan"; });
  expected["capabilities"].erase(0);
  expected["capabilities"][0]["label"] = "Plan";
  expected["updated_at"] = format_time(clock_.now());
  EXPECT_EQ(read(file("codex")), expected.dump(2) + "\n");
}

TEST_F(Seed003AgentRegistry, WhatChangesNothingWritesNothing) {
  registry().register_agent(codex());
  clock_.advance(5);
  const auto before = snapshot(file("codex"));
  registry().set_active("codex", true);
  EXPECT_EQ(snapshot(file("codex")), before);
}

TEST_F(Seed003AgentRegistry, ManyProcessesRegisterAndChangeAtOnce) {
  registry().register_agent({.name = "Codex"});
  ASSERT_TRUE(testing::run_in_processes(8, [&](int process) {
    const std::string key = "k" + std::to_string(process);
    registry().add_capability("codex",
                              {.key = key, .interaction_mode = InteractionMode::prompt_mode});
    try {
      registry().register_agent({.id = "one", .name = "Agent " + key});
    } catch (const AlreadyExistsError&) {
    }
  }));
  EXPECT_EQ(registry().find("codex").capabilities.size(), 8u);
  EXPECT_EQ(registry().list().entities.size(), 2u) << "one of them got the id";
}

}  // namespace
}  // namespace tain
