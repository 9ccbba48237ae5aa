// Texts that other people collected to break parsers: see https://github.com/nst/JSONTestSuite.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "json_texts.h"
#include "tests/support/corpus.h"
#include "tests/support/temp_dir.h"

namespace tain::syncd {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ParsedText;

bool same(const JsonNode& node, const json& expected);

bool same_number(const JsonNode& node, const json& expected) {
  if (!node.is_number()) return false;
  if (expected.is_number_float()) {
    return node.type != JsonNode::Type::integer && node.real == expected.get<double>();
  }
  const bool beyond = expected.is_number_unsigned() &&
                      expected.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (beyond) return node.type == JsonNode::Type::huge && node.real == expected.get<double>();
  return node.type == JsonNode::Type::integer && node.integer == expected.get<std::int64_t>() &&
         node.real == expected.get<double>();
}

bool same_array(const JsonNode& node, const json& expected) {
  if (node.type != JsonNode::Type::array) return false;
  const JsonNode* child = node.first;
  for (const json& element : expected) {
    if (child == nullptr || !same(*child, element)) return false;
    child = child->next;
  }
  return child == nullptr;
}

bool same_object(const JsonNode& node, const json& expected) {
  if (node.type != JsonNode::Type::object) return false;
  std::set<std::string_view> keys;
  for (const JsonNode* child = node.first; child != nullptr; child = child->next) {
    keys.insert(child->key);
  }
  if (keys.size() != expected.size()) return false;
  for (const auto& [key, value] : expected.items()) {
    const JsonNode* child = node.find(key);
    if (child == nullptr || !same(*child, value)) return false;
  }
  return true;
}

// The value, and what `raw` says of it.
bool same(const JsonNode& node, const json& expected) {
  if (expected.is_structured() || expected.is_number()) {
    if (json::parse(node.raw, nullptr, false) != expected) return false;
  }
  switch (expected.type()) {
    case json::value_t::null:
      return node.type == JsonNode::Type::null;
    case json::value_t::boolean:
      return node.type == JsonNode::Type::boolean && node.boolean == expected.get<bool>();
    case json::value_t::string:
      return node.type == JsonNode::Type::string &&
             node.text == expected.get_ref<const std::string&>();
    case json::value_t::array:
      return same_array(node, expected);
    case json::value_t::object:
      return same_object(node, expected);
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float:
      return same_number(node, expected);
    case json::value_t::binary:
    case json::value_t::discarded:
      break;
  }
  return false;
}

// Reads a text in our way and in nlohmann's; both must agree where both accept.
bool accepts(const fs::path& file) {
  SCOPED_TRACE(file.filename().string());
  const std::string text = tain::testing::read(file);
  const ParsedText ours(text);
  EXPECT_NE(ours.root == nullptr, ours.fault == std::nullopt);
  if (ours.fault) {
    EXPECT_LE(ours.fault->offset, text.size());
    EXPECT_FALSE(ours.fault->reason.empty());
    return false;
  }
  const json theirs = json::parse(text, nullptr, false);
  if (!theirs.is_discarded()) {
    EXPECT_TRUE(same(*ours.root, theirs));
  }
  return true;
}

TEST(JsonCorpus, AcceptsWhatIsJsonAndRefusesWhatIsNot) {
  const std::optional<fs::path> corpus = tain::testing::corpus("");
  if (!corpus) GTEST_SKIP() << "the corpus of foreign files is not here; set TAIN_CORPUS";
  int accepted = 0;
  int refused = 0;
  for (const auto& entry :
       fs::directory_iterator(*corpus / "hostile/nst__JSONTestSuite/test_parsing")) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("y_")) {
      EXPECT_TRUE(accepts(entry.path())) << name;
      ++accepted;
    } else if (name.starts_with("n_")) {
      EXPECT_FALSE(accepts(entry.path())) << name;
      ++refused;
    } else {
      accepts(entry.path());  // either will do, but not a crash
    }
  }
  EXPECT_GE(accepted, 90);
  EXPECT_GE(refused, 150);
}

TEST(JsonCorpus, ReadsRealDocumentsAsOthersDo) {
  const std::optional<fs::path> corpus = tain::testing::corpus("");
  if (!corpus) GTEST_SKIP() << "the corpus of foreign files is not here; set TAIN_CORPUS";
  int accepted = 0;
  for (const char* family : {"agent-session", "maestro", "hostile/miloyip__nativejson-benchmark"}) {
    for (const auto& entry : fs::recursive_directory_iterator(*corpus / family)) {
      if (!entry.is_regular_file() || entry.path().extension() != ".json") continue;
      if (entry.file_size() > 200'000) continue;  // each value is read again for its `raw`
      if (accepts(entry.path())) ++accepted;
    }
  }
  EXPECT_GE(accepted, 100);
}

}  // namespace
}  // namespace tain::syncd
