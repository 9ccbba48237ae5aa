# Writes the SQL files of this folder into a C++ file, so that the program needs none of them.
#
# usage: cmake -D DIRECTORY=… -D OUTPUT=… -P embed.cmake
file(GLOB files ${DIRECTORY}/*.sql)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME_WLE)
  file(READ ${file} sql)
  string(APPEND rows "    {\"${name}\", R\"report_sql(${sql})report_sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include <array>

#include \"query/reports/builtin.h\"

namespace tain::query {
namespace {

using EmbeddedReport = std::pair<std::string_view, std::string_view>;

constexpr auto kEmbeddedReports = std::to_array<EmbeddedReport>({
${rows}});

}  // namespace

std::span<const EmbeddedReport> embedded_reports() {
  return kEmbeddedReports;
}

}  // namespace tain::query
")
