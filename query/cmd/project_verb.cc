#include "project_verb.h"

#include <sstream>

#include "core/error.h"
#include "core/fs/atomic_file.h"
#include "core/fs/paths.h"
#include "query/print/answer.h"
#include "query/print/printer.h"

namespace tain::query {
namespace {

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class TableVerb final : public ProjectVerb {
 public:
  TableVerb(CLI::App& family, const SimpleVerb& verb)
      : ProjectVerb(family, verb.name, verb.description, verb.example),
        apply_(verb.apply),
        arguments_(verb.arguments.size()) {
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      add_argument(app(), verb.arguments[i].name, arguments_[i], verb.arguments[i].description);
    }
  }

 private:
  Answer apply(const Io& io) override { return apply_({root(), options(io), arguments_}); }

  std::function<Answer(const SimpleVerb::Call&)> apply_;
  std::vector<std::string> arguments_;
};

}  // namespace

void ProjectFlags::add_to(CLI::App& app) {
  add_text(app, "--project", project, "A directory in the project, if not this one")
      ->type_name("DIR");
  add_format(app, format, {"text", "json"});
  add_socket(app, socket);
}

ProjectOptions ProjectFlags::options(const Io& io) const {
  ProjectOptions options;
  options.clock = io.clock;
  if (socket) options.notifier = SyncNotifier(*socket);
  return options;
}

std::filesystem::path ProjectFlags::project_root() const {
  const std::filesystem::path start =
      project ? std::filesystem::path(*project) : std::filesystem::current_path();
  if (!std::filesystem::is_directory(start)) {
    throw NotFoundError("find the project at", start, "there is no such directory");
  }
  if (const auto root = find_project_root(start)) return *root;
  throw NotFoundError("find the project at", start,
                      "neither it nor a directory above holds .tain; make one with `tain project "
                      "new --name NAME`, or name another with --project");
}

void ProjectFlags::print(const Answer& answer, const Io& io) const {
  if (format == "json") {
    print_json_array(io.out, answer.json);
  } else if (!answer.text.empty()) {
    io.out << answer.text << '\n';
  }
}

ProjectVerb::ProjectVerb(CLI::App& family, const std::string& name, const std::string& description,
                         const std::string& example)
    : Command(family, name, description, example) {
  flags_.add_to(app());
}

int ProjectVerb::run(const Io& io) {
  flags_.print(apply(io), io);
  return kDone;
}

void add_simple_verbs(CLI::App& family, Commands& commands, const std::vector<SimpleVerb>& verbs) {
  for (const SimpleVerb& verb : verbs)
    commands.push_back(std::make_unique<TableVerb>(family, verb));
}

Json read_json(const std::filesystem::path& path) {
  const auto content = read_file(FileSystem::real(), path);
  if (!content) throw NotFoundError("read", path, "there is no such file");
  return Document::parse(*content, path).root();
}

// Every field of the file, also those that this version does not know.
std::string describe(const Json& object) {
  std::ostringstream out;
  const auto printer = make_printer(Format::table, out, {.count_rows = false});
  printer->begin({"field", "value"});
  for (const auto& [key, value] : object.items()) {
    const std::string text = text_of(value);
    const std::vector<Value> row{std::string_view(key), std::string_view(text)};
    printer->row(row);
  }
  printer->end();
  std::string table = out.str();
  table.pop_back();  // the newline, which comes with every answer
  return table;
}

}  // namespace tain::query
