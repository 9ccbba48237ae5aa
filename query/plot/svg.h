#pragma once

#include <string>
#include <string_view>

#include "chart.h"

namespace tain::query {

/// `visible` (see make_visible) in which nothing is markup, in an element or a quoted attribute.
std::string escape_markup(std::string_view visible);
/// Any text as a part of a page.
std::string escape_html(std::string_view text);

/// The chart as SVG elements to stand in a page, each with a title for those who cannot see it;
/// the page styles the classes `s0` to `s5`, `axis` and `note`.
std::string draw_svg(const Chart& chart);

}  // namespace tain::query
