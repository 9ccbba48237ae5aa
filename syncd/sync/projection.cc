#include "projection.h"

#include <string>
#include <utility>

namespace tain::syncd {

Projection project_document(JsonParser& parser, const Layouts& layouts, const FileRole& role,
                            std::string_view text) {
  JsonResult parsed = parser.parse(text);
  if (parsed.fault) return {.fault = std::move(parsed.fault)};
  if (role.kind != FileKind::document && parsed.root->type != JsonNode::Type::object) {
    return {.fault = JsonFault{0, "expected a JSON object"}};
  }
  Projection found{.text = parsed.text, .anomalies = std::move(parsed.anomalies)};
  const Layout& layout = layouts.named(role.layout);
  found.rows = layout.project(role, *parsed.root, found.anomalies);
  found.project_root = layout.project_root(role, *parsed.root);
  return found;
}

}  // namespace tain::syncd
