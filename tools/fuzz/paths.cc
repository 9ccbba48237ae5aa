// Any bytes as a path: what the layouts and the scanner say of it.

#include "expect.h"
#include "syncd/layout/line_mapping.h"
#include "syncd/sync/dirty_set.h"
#include "syncd/sync/reader.h"
#include "syncd/sync/scanner.h"
#include "syncd/watch/polling_watcher.h"

namespace tain::fuzz {
namespace {

constexpr const char* kRoot = "/root/of a tree";

struct Daemon {
  mirror::Schema schema;
  syncd::Layouts layouts{schema};
  syncd::PollingWatcher watcher;
  syncd::Scanner scanner{layouts, watcher, syncd::Scanner::default_pruned()};
  syncd::LineMapping lines{schema, 64};
  syncd::JsonParser parser;
  syncd::PaddedBytes empty{"{}", syncd::JsonParser::padding()};
};

void expect_rows(Daemon& daemon, const syncd::FileRole& role) {
  const syncd::JsonResult nothing = daemon.parser.parse(daemon.empty.view());
  syncd::Anomalies anomalies;
  const syncd::Layout& layout = daemon.layouts.named(role.layout);
  if (is_log(role.kind)) {
    std::vector<mirror::Row> rows;
    layout.line_rows(role, {*nothing.root, 0, 2}, daemon.lines, rows, anomalies);
    for (const mirror::Row& row : rows) expect_fits_its_table(row);
    return;
  }
  for (const mirror::Row& row : layout.project(role, *nothing.root, anomalies)) {
    expect_fits_its_table(row);
  }
}

void try_path(std::string_view relative) {
  static Daemon daemon;
  const std::string path = std::string(kRoot) + "/" + std::string(relative);
  (void)daemon.scanner.reaches(kRoot, path);
  (void)daemon.layouts.is_inside(path);
  const std::optional<syncd::FileRole> role = daemon.layouts.classify(path);
  if (!role) return;
  expect(syncd::is_at_or_below(role->project_root, kRoot), "a project inside the root");
  expect_rows(daemon, *role);
}

}  // namespace
}  // namespace tain::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  tain::fuzz::try_path({reinterpret_cast<const char*>(data), size});
  return 0;
}
