#include "survey.h"

#include <map>

#include "syncd/sync/scanner.h"

namespace tain::syncd {

Survey survey(const std::string& directory, const Layouts& layouts,
              const std::set<std::string, std::less<>>& pruned) {
  NoWatcher nobody;
  const Scanner scanner(layouts, nobody, pruned);
  std::map<std::string_view, LayoutCount> counts;
  Survey found;
  found.unreadable = scanner.visit_files(directory, [&](const FileRole& role, std::int64_t size) {
    LayoutCount& count = counts[role.layout];
    ++count.files;
    if (role.kind == FileKind::session || role.kind == FileKind::transcript) ++count.sessions;
    if (is_log(role.kind)) ++count.logs;
    count.bytes += size;
  });
  for (auto& [layout, count] : counts) {
    count.layout = layout;
    found.layouts.push_back(std::move(count));
  }
  return found;
}

}  // namespace tain::syncd
