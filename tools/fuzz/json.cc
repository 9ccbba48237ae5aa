// Any bytes as a file: parsed, compared with what another parser says of them, and made into the
// rows of every kind of file. What core takes and writes back, the daemon must take too.

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json/document.h"
#include "expect.h"
#include "syncd/layout/layout.h"
#include "syncd/layout/redaction.h"
#include "syncd/sync/reader.h"

namespace tain::fuzz {
namespace {

using syncd::JsonNode;

struct Daemon {
  Daemon() {
    for (const char* path :
         {"/r/p/.tain/project.json", "/r/p/.tain/config.json", "/r/p/.tain/agents/a.json",
          "/r/p/.tain/bookmarks/b.json", "/r/p/.tain/workers/w.json",
          "/r/p/.tain/bindings/rt/x.json", "/r/p/.tain/tasks/t/task.json",
          "/r/p/.tain/tasks/t/evaluation.json", "/r/p/.tain/tasks/t/executions/e.json",
          "/r/p/.tain/sessions/s/state.json", "/r/p/.tain/sessions/s/agents/r.json",
          "/r/p/.tain/sessions/s/tasks/b/task.json", "/r/p/.tain/notes.json",
          "/r/p/agents/sessions/s/state.json", "/r/.maestro/projects/p.json",
          "/r/.maestro/tasks/p/t.json", "/r/.maestro/tasks/t.json",
          "/r/.maestro/sessions/s.json"}) {
      roles.push_back(layouts.classify(path).value());
    }
  }

  mirror::Schema schema;
  syncd::Layouts layouts{schema};
  mirror::Table projects{"projects", mirror::project_columns(), {}, false};
  syncd::Mapping project{projects};
  std::vector<syncd::FileRole> roles;
  syncd::JsonParser parser;
  syncd::Redaction redaction{{.drop = {"id", "a.b"}, .hash = {"name"}}};
  syncd::JsonParser redacting{&redaction};
};

// What nlohmann's parser has against the text; empty: nothing.
std::string other_opinion(std::string_view text) {
  try {
    (void)nlohmann::json::parse(text);
    return "";
  } catch (const nlohmann::json::exception& error) {
    return error.what();
  }
}

void compare_with_another_parser(std::string_view text, const syncd::JsonResult& parsed) {
  if (text.find('\0') != std::string_view::npos) return;  // it takes a NUL for the end
  const std::string other = other_opinion(text);
  if (parsed.fault) {
    const bool too_deep = parsed.fault->reason.find("nested deeper") != std::string::npos;
    expect(!other.empty() || too_deep, "no fault where there is none");
    expect(parsed.fault->offset <= text.size(), "a fault inside the text");
  } else {
    const bool we_take_it = other.find("number overflow") != std::string::npos ||
                            other.find("surrogate") != std::string::npos;
    expect(other.empty() || we_take_it, "a fault where there is one");
  }
}

void expect_order(const JsonNode& node) {
  for (const JsonNode* child = node.first; child != nullptr; child = child->next) {
    expect(child->raw.data() > node.raw.data() &&
               child->raw.data() + child->raw.size() < node.raw.data() + node.raw.size(),
           "a value inside the one that holds it");
    expect_order(*child);
  }
}

void project_as_everything(const Daemon& daemon, const JsonNode& root) {
  for (const syncd::FileRole& role : daemon.roles) {
    syncd::Anomalies anomalies;
    for (const mirror::Row& row :
         daemon.layouts.named(role.layout).project(role, root, anomalies)) {
      expect_fits_its_table(row);
    }
  }
  syncd::Anomalies anomalies;
  expect_fits_its_table(daemon.project.row(root, "", anomalies));
}

// What core reads, it writes back as it was, and what it writes, the daemon reads.
void write_back(std::string_view text, Daemon& daemon) {
  try {
    const Document document = Document::parse(text, "input");
    const std::string written = document.dump();
    const Document again = Document::parse(written, "input");
    expect(again.root() == document.root() && again.dump() == written, "a lossless rewrite");
    const syncd::PaddedBytes bytes(std::string(written), syncd::JsonParser::padding());
    expect(!daemon.parser.parse(bytes.view()).fault, "a daemon that reads what core writes");
  } catch (const Error&) {
  }
}

// What is blanked keeps its length, and is JSON still.
void redact(std::string_view text, bool has_fault, Daemon& daemon) {
  const syncd::PaddedBytes bytes(std::string(text), syncd::JsonParser::padding());
  const syncd::JsonResult blanked = daemon.redacting.parse(bytes.view());
  expect(blanked.fault.has_value() == has_fault, "no other fault when something is blanked");
  expect(blanked.text.size() == text.size(), "a text as long as before");
}

void try_text(std::string_view text) {
  static Daemon daemon;
  const syncd::PaddedBytes bytes(std::string(text), syncd::JsonParser::padding());
  const syncd::JsonResult parsed = daemon.parser.parse(bytes.view());
  compare_with_another_parser(text, parsed);
  if (!parsed.fault) {
    expect_order(*parsed.root);
    (void)syncd::minify(parsed.root->raw);
    if (parsed.root->type == JsonNode::Type::object) project_as_everything(daemon, *parsed.root);
  }
  redact(text, parsed.fault.has_value(), daemon);
  write_back(text, daemon);
}

}  // namespace
}  // namespace tain::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  tain::fuzz::try_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
