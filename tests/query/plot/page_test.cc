#include "query/plot/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/temp_dir.h"

namespace tain::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kHostile = "</pre></title><script>alert('1')</script>\"&amp;\x01\x1b\n";

AnswerCell hostile_cell() {
  return {.text = std::string(kHostile), .number = {}};
}

// The page of `answer`, whose report has `header`.
std::string page_of(const std::string& header, const AnswerTable& answer,
                    const std::string& name = "mine") {
  const Report report = parse_report(name, "/mine.sql", header + "\nSELECT 1 < 2\t-- & more\n");
  std::optional<Chart> chart;
  if (report.plot) chart = make_chart(report, answer);
  return write_page({report, {{"by", std::string(kHostile)}}, answer, chart, Timestamp{0}});
}

// Whether the page is a document that every parser reads in the same way.
bool is_well_formed(const std::string& page) {
  const testing::TempDir directory;
  testing::write(directory / "page.html", page);
  const std::string command =
      "/usr/bin/python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' " +
      (directory / "page.html").string();
  return std::system(command.c_str()) == 0;
}

TEST(Page, HoldsTheQuestionTheTableTheChartAndTheSql) {
  const std::string page =
      page_of("-- Who?\n-- @plot v by n",
              {{"n", "v"},
               {{{.text = "a", .number = {}}, {.text = "8", .number = 8}},
                {{.text = "NULL", .number = {}, .is_null = true}, {.text = "4", .number = 4}}}});
  EXPECT_THAT(page, HasSubstr("<title>mine – Tain</title>"));
  EXPECT_THAT(page, HasSubstr("<h1>Who?</h1>"));
  EXPECT_THAT(page, HasSubstr("Asked at 1970-01-01T00:00:00.000Z, by = "));
  EXPECT_THAT(page, HasSubstr("<caption>mine: 2 rows</caption>"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"col\">n</th><th scope=\"col\" class=\"number\">v</th>"));
  EXPECT_THAT(page, HasSubstr("<tr><td>a</td><td class=\"number\">8</td></tr>"));
  EXPECT_THAT(page, HasSubstr("<tr><td class=\"null\">NULL</td>"));
  EXPECT_THAT(page, HasSubstr("<svg role=\"img\" aria-label=\"v by n\""));
  EXPECT_THAT(page, HasSubstr("<g><title>a: 8</title>"));
  EXPECT_THAT(page, HasSubstr("width=\"380.0\""));  // the longest bar, and one of half its length
  EXPECT_THAT(page, HasSubstr("width=\"190.0\""));
  EXPECT_THAT(page, HasSubstr("SELECT 1 &lt; 2\t-- &amp; more\n</pre>"));
  EXPECT_TRUE(is_well_formed(page)) << page;
}

TEST(Page, DrawsALineAndItsGaps) {
  const auto row = [](const char* day, double value) {
    return std::vector<AnswerCell>{{.text = day, .number = {}}, {.text = "", .number = value}};
  };
  const std::string page =
      page_of("-- @plot v by day",
              {{"day", "v"}, {row("2026-10-01", 0), row("2026-10-02", 2), row("2026-10-05", 4)}});
  EXPECT_THAT(page, HasSubstr("<path d=\"M64.0 200.0L225.0 106.0M708.0 12.0\""));
  EXPECT_THAT(page, HasSubstr("<title>v, 2026-10-05: 4</title>"));
  EXPECT_THAT(page, HasSubstr(">2026-10-01</text>"));
  EXPECT_TRUE(is_well_formed(page)) << page;
}

TEST(Page, DataIsNeverMarkup) {
  const AnswerCell day{.text = "2026-10-01", .number = {}};
  const AnswerCell one{.text = "1", .number = 1};
  for (const std::string plot : {"v by n", "v by day per n"}) {
    const std::string page = page_of(
        "-- </title><b>\n-- @plot " + plot,
        {{"n", "v", "day", std::string(kHostile)}, {{hostile_cell(), one, day, day}}}, "<i>");
    for (const char* markup : {"<script", "<b>", "<i>", "'1'", "\x01", "\x1b"}) {
      EXPECT_THAT(page, Not(HasSubstr(markup))) << plot;
    }
    EXPECT_THAT(page,
                HasSubstr("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;amp;\\x01"));
    EXPECT_TRUE(is_well_formed(page)) << page;
  }
}

TEST(Page, LoadsNothing) {
  const std::string page = page_of("-- @plot v by n", {{"n", "v"}, {}});
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
  for (const char* loads : {"http:", "https:", "src=", "href=", "url(", "@import", "<script"}) {
    EXPECT_THAT(page, Not(HasSubstr(loads)));
  }
  EXPECT_THAT(page, HasSubstr("Nothing to draw."));
  EXPECT_TRUE(is_well_formed(page)) << page;
}

TEST(Page, HasNoLineWithoutAValue) {
  const AnswerCell day{.text = "2026-10-01", .number = {}};
  const AnswerCell null{.text = "NULL", .number = {}, .is_null = true};
  const std::string page = page_of("-- @plot v by day", {{"day", "v"}, {{day, null}}});
  EXPECT_THAT(page, HasSubstr("<h2>v by day</h2>\n<p class=\"note\">Nothing to draw.</p>"));
  EXPECT_THAT(page, Not(HasSubstr("1970-01-01<")));
}

TEST(Page, DrawsTheLargestNumbers) {
  const auto row = [](const char* day, double value) {
    return std::vector<AnswerCell>{{.text = day, .number = {}}, {.text = "", .number = value}};
  };
  const std::string page =
      page_of("-- @plot v by day",
              {{"day", "v"},
               {row("2026-10-01", -1e308), row("2026-10-02", 1e308), row("2026-10-02", 1e308)}});
  EXPECT_THAT(page, HasSubstr("<path d=\"M386.0 200.0\""));
  const std::string both = page_of(
      "-- @plot v by day", {{"day", "v"}, {row("2026-10-01", -1e308), row("2026-10-02", 1e308)}});
  EXPECT_THAT(both, HasSubstr("<path d=\"M64.0 200.0L708.0 12.0\""));
}

TEST(Page, SaysHowManyBarsAreDrawnOfMany) {
  AnswerTable answer{{"n", "v"}, {}};
  answer.rows.assign(53, {{.text = "x", .number = {}}, {.text = "1", .number = 1}});
  EXPECT_THAT(page_of("-- @plot v by n", answer), HasSubstr("The first 50 of 53 are drawn."));
}

}  // namespace
}  // namespace tain::query
