#pragma once

#include <string>
#include <string_view>

#include "chart.h"

namespace tain::query {

/// `text` in which nothing is markup, in an element or in a quoted attribute, and nothing acts on
/// who reads it (make_visible).
std::string escape_html(std::string_view text);

/// The chart as SVG elements to stand in a page, each with a title for those who cannot see it;
/// the page styles the classes `s0` to `s5`, `axis` and `note`.
std::string draw_svg(const Chart& chart);

}  // namespace tain::query
