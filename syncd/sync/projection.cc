#include "projection.h"

#include <string>
#include <utility>

#include "reader.h"

namespace tain::syncd {
namespace {

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

Projection failed(std::size_t offset, std::string reason) {
  return {.fault = JsonFault{offset, std::move(reason)}};
}

}  // namespace

Projection project_document(JsonParser& parser, const Layouts& layouts, const FileRole& role,
                            std::string_view text) {
  JsonResult parsed = parser.parse(text);
  if (parsed.fault) return {.fault = std::move(parsed.fault)};
  if (role.kind != FileKind::document && parsed.root->type != JsonNode::Type::object) {
    return failed(0, "expected a JSON object");
  }
  Projection found{.anomalies = std::move(parsed.anomalies)};
  found.rows = layouts.named(role.layout).project(role, *parsed.root, found.anomalies);
  return found;
}

LineProjector::LineProjector(const mirror::Schema& schema, std::size_t max_body,
                             std::size_t max_line)
    : mapping_(schema, max_body), max_line_(max_line) {}

Projection LineProjector::project(const FileRole& role, std::string_view line, std::int64_t offset,
                                  bool complete) {
  const auto begin = static_cast<std::size_t>(offset);
  // Whatever it holds: a line that is read in pieces cannot be looked at either.
  if (line.size() > max_line_) return failed(begin, std::string(kTooLong));
  if (is_blank(line)) return {};
  const PaddedBytes bytes(std::string(line), JsonParser::padding());
  JsonResult parsed = parser_.parse(bytes.view());
  if (parsed.fault) {
    return failed(begin, (complete ? "bad line: " : "unfinished line: ") + parsed.fault->reason +
                             " at byte " + std::to_string(begin + parsed.fault->offset));
  }
  if (parsed.root->type != JsonNode::Type::object) {
    return failed(begin, "bad line: expected an object");
  }
  Projection found{.anomalies = std::move(parsed.anomalies)};
  found.rows.push_back(mapping_.row(role, *parsed.root, offset,
                                    static_cast<std::int64_t>(line.size()), found.anomalies));
  return found;
}

}  // namespace tain::syncd
