// The floors of reading a tree: its files read, and parsed.
//
//   bench_files DIR --parser none|nlohmann|simdjson

#include <simdjson.h>

#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "core/fs/atomic_file.h"
#include "program.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;

struct Text {
  bool is_log;
  std::string bytes;
};

std::vector<Text> read_tree(const fs::path& directory) {
  std::vector<Text> texts;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    texts.push_back({entry.path().extension() == ".jsonl",
                     tain::read_file(tain::FileSystem::real(), entry.path()).value_or("")});
  }
  return texts;
}

template <class Use>
void for_each_line(std::string_view text, const Use& use) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    use(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

std::size_t parse_with_nlohmann(const std::vector<Text>& texts) {
  std::size_t values = 0;
  for (const Text& text : texts) {
    if (!text.is_log) {
      values += Json::parse(text.bytes).size();
      continue;
    }
    for_each_line(text.bytes, [&](std::string_view line) { values += Json::parse(line).size(); });
  }
  return values;
}

std::size_t parse_with_simdjson(std::vector<Text>& texts) {
  for (Text& text : texts) text.bytes.reserve(text.bytes.size() + simdjson::SIMDJSON_PADDING);
  simdjson::dom::parser parser;
  std::size_t values = 0;
  for (const Text& text : texts) {
    if (!text.is_log) {
      values += parser.parse(text.bytes.data(), text.bytes.size(), false).get_object().size();
      continue;
    }
    // What lies behind a line is the next one, or the padding.
    for_each_line(text.bytes, [&](std::string_view line) {
      values += parser.parse(line.data(), line.size(), false).get_object().size();
    });
  }
  return values;
}

Json measure(const fs::path& directory, const std::string& parser) {
  std::vector<Text> texts;
  const std::int64_t read_ns = tain::bench::time_ns([&] { texts = read_tree(directory); });
  std::size_t bytes = 0;
  for (const Text& text : texts) bytes += text.bytes.size();
  Json result = {{"files", texts.size()}, {"bytes", bytes}, {"read_ns", read_ns}};
  if (parser == "none") return result;
  std::size_t values = 0;
  result["parse_ns"] = tain::bench::time_ns([&] {
    values = parser == "nlohmann" ? parse_with_nlohmann(texts) : parse_with_simdjson(texts);
  });
  result["values"] = values;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  fs::path directory;
  std::string parser = "none";
  const auto add_options = [&](CLI::App& app) {
    app.add_option("directory", directory)->required();
    app.add_option("--parser", parser)->check(CLI::IsMember({"none", "nlohmann", "simdjson"}));
  };
  return tain::bench::run_program(argc, argv, "Times reading and parsing a tree", add_options,
                                  [&] { return measure(directory, parser); });
}
