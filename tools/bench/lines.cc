// The floor of reading transcripts: each file read, and every line parsed by simdjson.
//
//   bench_lines DIR

#include <simdjson.h>

#include <filesystem>
#include <string>

#include "core/fs/atomic_file.h"
#include "program.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;

struct Found {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t lines = 0;
  std::int64_t members = 0;
};

void parse_lines(simdjson::dom::parser& parser, std::string& text, Found& found) {
  const std::size_t size = text.size();
  text.reserve(size + simdjson::SIMDJSON_PADDING);
  // What lies behind a line is the next one, or the padding.
  for (std::size_t begin = 0; begin < size;) {
    const std::size_t end = std::min(text.find('\n', begin), size);
    if (end > begin) {
      const auto object = parser.parse(text.data() + begin, end - begin, false).get_object();
      found.members += static_cast<std::int64_t>(object.size());
      ++found.lines;
    }
    begin = end + 1;
  }
}

Json parse_tree(const fs::path& directory) {
  Found found;
  simdjson::dom::parser parser;
  const std::int64_t ns = tain::bench::time_ns([&] {
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (!entry.is_regular_file() || entry.path().extension() != ".jsonl") continue;
      std::string text =
          tain::read_file(tain::FileSystem::real(), entry.path()).value_or(std::string());
      ++found.files;
      found.bytes += static_cast<std::int64_t>(text.size());
      parse_lines(parser, text, found);
    }
  });
  return {{"ns", ns},
          {"files", found.files},
          {"bytes", found.bytes},
          {"lines", found.lines},
          {"members", found.members}};
}

}  // namespace

int main(int argc, char** argv) {
  fs::path directory;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("directory", directory)->required();
  };
  return tain::bench::run_program(argc, argv, "Times reading and parsing transcripts", add_options,
                                  [&] { return parse_tree(directory); });
}
