#include <sstream>

#include "query/print/printer.h"
#include "session_verb.h"

namespace tain::query {
namespace {

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Every field of the file, also those that this version does not know.
std::string describe(const Json& state) {
  std::ostringstream out;
  const auto printer = make_printer(Format::table, out, {.widest_cell = {}, .count_rows = false});
  printer->begin({"field", "value"});
  for (const auto& [key, value] : state.items()) {
    const std::string text = text_of(value);
    const std::vector<Value> row{std::string_view(key), std::string_view(text)};
    printer->row(row);
  }
  printer->end();
  std::string table = out.str();
  table.pop_back();  // the newline, which comes with every answer
  return table;
}

class SessionShow : public SessionVerb {
 public:
  explicit SessionShow(CLI::App& family)
      : SessionVerb(family, "show", "Show the state", "tain session show $id --format json") {}

 private:
  Answer apply(SessionStateManager& session) override {
    Json state = read_state(session);
    std::string table = describe(state);
    return {.text = std::move(table), .json = std::move(state)};
  }
};

}  // namespace

void add_session_show(CLI::App& family, Commands& commands) {
  commands.push_back(std::make_unique<SessionShow>(family));
}

}  // namespace tain::query
