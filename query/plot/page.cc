#include "page.h"

#include <algorithm>

#include "query/print/unicode.h"
#include "svg.h"

namespace tain::query {
namespace {

// The policy is for what escaping may ever forget: the page loads and runs nothing.
constexpr std::string_view kHead = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
)html";

// Colours that differ also in lightness, for those who see them otherwise.
constexpr std::string_view kStyle = R"html(<style>
:root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --back: #ffffff; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0.25rem 0; }
.note, caption { color: var(--soft); font-size: 0.875rem; }
.wide { overflow-x: auto; margin-top: 1.5rem; }
table { border-collapse: collapse; font-size: 0.875rem; }
caption { text-align: left; padding-bottom: 0.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid var(--line); }
th { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.null { color: var(--soft); }
svg { width: 100%; height: auto; }
svg text { font-size: 13px; fill: var(--text); }
.axis { stroke: var(--soft); }
.s0 { fill: #1f6feb; stroke: #1f6feb; } .s1 { fill: #bf5700; stroke: #bf5700; }
.s2 { fill: #1a7f37; stroke: #1a7f37; } .s3 { fill: #8250df; stroke: #8250df; }
.s4 { fill: #b0891f; stroke: #b0891f; } .s5 { fill: #cf222e; stroke: #cf222e; }
path { stroke-width: 2; }
details { margin-top: 1.5rem; }
pre { overflow-x: auto; font-size: 0.875rem; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --soft: #9198a1; --line: #3d444d; --back: #0d1117; }
}
</style>
)html";

constexpr const char* kNumber = " class=\"number\"";

std::string element(std::string_view tag, std::string_view text) {
  std::string html("<");
  html.append(tag).append(">").append(escape_html(text)).append("</").append(tag).append(">\n");
  return html;
}

std::string cell(const AnswerCell& cell) {
  const std::string_view kind = cell.is_null ? " class=\"null\"" : cell.number ? kNumber : "";
  return std::string("<td").append(kind).append(">") + escape_html(cell.text) + "</td>";
}

bool has_numbers(const AnswerTable& answer, std::size_t column) {
  return std::any_of(answer.rows.begin(), answer.rows.end(),
                     [&](const auto& row) { return row[column].number.has_value(); });
}

std::string table(const AnswerTable& answer, const std::string& caption) {
  std::string html =
      "<div class=\"wide\" role=\"region\" aria-label=\"Table\" tabindex=\"0\">\n<table>\n" +
      element("caption", caption) + "<thead>\n<tr>";
  for (std::size_t i = 0; i < answer.columns.size(); ++i) {
    html += std::string("<th scope=\"col\"") + (has_numbers(answer, i) ? kNumber : "") + ">" +
            escape_html(answer.columns[i]) + "</th>";
  }
  html += "</tr>\n</thead>\n<tbody>\n";
  for (const auto& row : answer.rows) {
    html += "<tr>";
    for (const AnswerCell& value : row) html += cell(value);
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n";
}

std::string source(const std::string& sql) {
  return "<details>\n<summary>SQL</summary>\n<pre>" + escape_markup(make_visible_lines(sql)) +
         "</pre>\n</details>\n";
}

std::string describe(const Page& page) {
  std::string text = "Asked at " + format_time(page.at);
  for (const auto& [name, value] : page.asked) {
    text.append(", ").append(name).append(" = ").append(value);
  }
  return text;
}

}  // namespace

std::string write_page(const Page& page) {
  const Report& report = page.report;
  const std::size_t rows = page.answer.rows.size();
  return std::string(kHead) + element("title", report.name + " – Tain") + std::string(kStyle) +
         "</head>\n<body>\n<main>\n" +
         element("h1", report.question.empty() ? report.name : report.question) +
         "<p class=\"note\">" + escape_html(describe(page)) + "</p>\n" +
         (page.chart ? draw_svg(*page.chart) : std::string()) +
         table(page.answer,
               report.name + ": " + std::to_string(rows) + (rows == 1 ? " row" : " rows")) +
         source(report.sql) + "</main>\n</body>\n</html>\n";
}

}  // namespace tain::query
