// Writes a tree of projects as agents leave it, fast: nothing is synced.
//
//   bench_tree DIR --sessions N --events 20 --projects P --seed S

#include <filesystem>

#include "core/fs/paths.h"
#include "core/model/codec.h"
#include "core/model/project.h"
#include "program.h"
#include "typical.h"
#include "written_file.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;
using tain::bench::Typical;

struct Options {
  fs::path directory;
  std::int64_t sessions = 10'000;
  std::int64_t events = 20;
  std::int64_t projects = 10;
  std::uint64_t seed = 1;
};

struct Written {
  std::int64_t files = 0;
  std::int64_t bytes = 0;

  void add(const fs::path& path, const std::string& content) {
    tain::bench::write_plainly(tain::FileSystem::real(), path, content, false);
    ++files;
    bytes += static_cast<std::int64_t>(content.size());
  }
};

fs::path project_root(const Options& options, std::int64_t number) {
  return options.directory / ("project-" + std::to_string(number));
}

void write_project(const Options& options, std::int64_t number, Written& written) {
  const fs::path root = project_root(options, number);
  fs::create_directories(tain::sessions_directory(root));
  const std::string name = "Project " + std::to_string(number);
  tain::Document document;
  document.root() = tain::Codec<tain::Project>::encode(
      {"proj_" + std::to_string(number), name, {}, {}, {1'771'200'000'000}, {1'771'200'000'000}});
  written.add(tain::project_file(root), document.dump());
}

void write_session(const Options& options, Typical& typical, std::int64_t number,
                   Written& written) {
  tain::Session session = typical.session(number);
  const std::int64_t project = number % options.projects;
  session.project_id = "proj_" + std::to_string(project);
  const fs::path directory =
      tain::session_directory(project_root(options, project), session.session_id);
  fs::create_directory(directory);
  written.add(directory / tain::kStateFile, tain::bench::state_bytes(session));
  std::string lines;
  for (std::int64_t i = 0; i < options.events; ++i) {
    lines += tain::encode_line("event", typical.event(session, i)) + "\n";
  }
  if (!lines.empty()) written.add(tain::events_file(directory), lines);
}

Json write_tree(const Options& options) {
  Typical typical(options.seed);
  Written written;
  const std::int64_t begin = tain::bench::now_ns();
  for (std::int64_t i = 0; i < options.projects; ++i) write_project(options, i, written);
  for (std::int64_t i = 0; i < options.sessions; ++i) write_session(options, typical, i, written);
  return {
      {"files", written.files}, {"bytes", written.bytes}, {"ns", tain::bench::now_ns() - begin}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("directory", options.directory)->required();
    app.add_option("--sessions", options.sessions)->check(CLI::NonNegativeNumber);
    app.add_option("--events", options.events, "of each session")->check(CLI::NonNegativeNumber);
    app.add_option("--projects", options.projects)->check(CLI::PositiveNumber);
    app.add_option("--seed", options.seed, "the same seed, the same bytes");
  };
  return tain::bench::run_program(argc, argv, "Writes a tree of projects", add_options,
                                  [&] { return write_tree(options); });
}
