// `tain report`: named questions, built in and the user's own.

#include <algorithm>

#include "command.h"
#include "core/error.h"
#include "core/fs/atomic_file.h"
#include "core/fs/paths.h"
#include "mirror_flags.h"
#include "query/plot/page.h"
#include "query/plot/terminal_plot.h"
#include "query/print/rows.h"
#include "query/print/unicode.h"
#include "query/reports/bind.h"
#include "query/reports/catalogue.h"

namespace tain::query {
namespace {

std::string report_example(const Report& report) {
  std::string example = "tain report " + report.name;
  if (report.parameters.empty()) return example;
  const ReportParameter& first = report.parameters.front();
  std::string value = first.default_value.value_or("$" + first.name);
  for (const std::string& word : first.words) {
    if (word != value) value = word;
  }
  return example + " " + flag_of(first) + " " + value;
}

std::string_view placeholder_of(ReportParameter::Type type) {
  switch (type) {
    case ReportParameter::Type::text:
    case ReportParameter::Type::project:
      return "TEXT";
    case ReportParameter::Type::integer:
    case ReportParameter::Type::number:
      return "N";
    case ReportParameter::Type::time:
      return "TIME";
    case ReportParameter::Type::word:
      return "WORD";
  }
  return {};
}

// A device or a pipe would be gone, and what is behind a link not replaced but the link.
void require_page_place(const std::filesystem::path& path) {
  std::error_code unknown;  // the writing itself will say what is wrong
  const auto status = std::filesystem::symlink_status(path, unknown);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) return;
  const bool is_link = std::filesystem::is_symlink(status);
  throw Error("write the page", path,
              is_link ? "it is a symbolic link, which would be replaced; name the file itself"
                      : "what is there is no file, and stays; give another name");
}

// Replaces what is there, all of it or nothing.
void replace_page(const std::string& file, const std::string& html) {
  const std::filesystem::path path(file);
  if (!path.has_filename()) throw InvalidArgument("--html", "a file's name", "\"" + file + "\"");
  require_page_place(path);
  const DirectoryLock lock(FileSystem::real(), path.has_parent_path() ? path.parent_path() : ".");
  replace_file(FileSystem::real(), lock, path.filename(), html, Durability::full);
}

class ReportCommand : public Command {
 public:
  ReportCommand(CLI::App& family, FoundReport found)
      : Command(family, found.report.name,
                make_visible(found.trouble ? found.trouble->what() : found.report.question),
                report_example(found.report)),
        found_(std::move(found)),
        given_(report().parameters.size()) {
    app().footer("\n" + make_visible_lines(report().details) + app().get_footer());
    if (found_.trouble) app().allow_extras();  // so that run() tells of the trouble
    for (std::size_t i = 0; i < given_.size(); ++i) add_parameter(i);
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    add_outputs();
    mirror_.add_to(app());
  }

  const FoundReport& found() const { return found_; }
  CLI::App& command_line() { return app(); }

  int run(const Io& io) override {
    if (found_.trouble) throw Error(*found_.trouble);
    require_one_output();
    std::vector<ReportValue> values = read_values();
    if (explain_) {
      explain(io);
    } else {
      ask(values, io);
    }
    return kDone;
  }

 private:
  const Report& report() const { return found_.report; }

  void add_parameter(std::size_t index) {
    const ReportParameter& parameter = report().parameters[index];
    CLI::Option* flag =
        add_text(app(), flag_of(parameter), given_[index], make_visible(parameter.meaning));
    flag->type_name(std::string(placeholder_of(parameter.type)));
    if (!parameter.words.empty()) flag->check(CLI::IsMember(parameter.words));
    if (parameter.default_value) flag->default_str(make_visible(*parameter.default_value));
  }

  void add_outputs() {
    app().add_flag("--plot", plot_, "Draw the answer, with characters");
    add_text(app(), "--html", html_, "Write a page with table and chart to this file")
        ->type_name("FILE");
    app().add_flag("--explain", explain_, "Print the SQL, and ask nothing");
  }

  // Each is another way to answer. CLI11's own excludes() would list them in --help, in the order
  // of their addresses.
  void require_one_output() {
    std::vector<std::string> given;
    for (const char* flag : {"--format", "--plot", "--html", "--explain"}) {
      if (app().count(flag) > 0) given.emplace_back(flag);
    }
    if (given.size() < 2) return;
    throw InvalidArgument(given[1], "no " + given[0] + " beside it", "both");
  }

  // As it was given, or its default.
  Text text_of(std::size_t index) const {
    return given_[index] ? given_[index] : report().parameters[index].default_value;
  }

  std::vector<ReportValue> read_values() const {
    std::vector<ReportValue> values;
    for (std::size_t i = 0; i < given_.size(); ++i) {
      const Text text = text_of(i);
      values.push_back(text ? read_value(report().parameters[i], *text) : ReportValue(nullptr));
    }
    return values;
  }

  std::vector<std::pair<std::string, std::string>> asked() const {
    std::vector<std::pair<std::string, std::string>> asked;
    for (std::size_t i = 0; i < given_.size(); ++i) {
      if (const Text text = text_of(i)) asked.emplace_back(report().parameters[i].name, *text);
    }
    return asked;
  }

  // A file of the user's may hold anything.
  void explain(const Io& io) const {
    io.out << (io.terminal ? make_visible_lines(report().sql) : report().sql);
    if (!report().sql.ends_with('\n')) io.out << '\n';
  }

  void ask(std::vector<ReportValue>& values, const Io& io) const {
    if (plot_) require_plot();
    const sqlite::Database database = mirror_.open(io);
    find_projects(database, report(), values);
    const auto query = prepare(database, values, io.clock());
    if (plot_) {
      draw(*query, io);
    } else if (html_) {
      replace_page(*html_, page(*query, io.clock()));
    } else {
      print_rows(*query, parse_word<Format>("--format", format_), io);
    }
  }

  // What is wrong with a report of the user's is said of its file.
  std::unique_ptr<ReadOnlyQuery> prepare(const sqlite::Database& database,
                                         const std::vector<ReportValue>& values,
                                         Timestamp now) const try {
    auto query =
        std::make_unique<ReadOnlyQuery>(database, report().sql, mirror_.longest_statement());
    bind_report(*query, report(), values, now);
    return query;
  } catch (const Error& error) {
    if (report().file.empty() || error.path() == report().file) throw;
    throw Error("run the report", report().file, error.what());
  }

  void require_plot() const {
    if (report().plot) return;
    throw Error("draw the report", report().file,
                "it does not say what to draw; write `-- @plot VALUE by COLUMN` above its SQL");
  }

  void draw(ReadOnlyQuery& query, const Io& io) const {
    PlotStyle style;
    if (io.terminal) style = {.columns = io.terminal->columns, .colour = io.terminal->colour};
    draw_plot(io.out, make_chart(report(), read_answer(query)), style);
  }

  std::string page(ReadOnlyQuery& query, Timestamp now) const {
    const AnswerTable answer = read_answer(query);
    std::optional<Chart> chart;
    if (report().plot) chart = make_chart(report(), answer);
    return write_page({report(), asked(), answer, std::move(chart), now});
  }

  const FoundReport found_;
  std::vector<Text> given_;  // as the report's parameters
  std::string format_;
  bool plot_ = false;
  Text html_;
  bool explain_ = false;
  MirrorFlags mirror_;
};

// `tain report` alone lists the reports.
class ReportFamily : public Command {
 public:
  explicit ReportFamily(CLI::App& parent)
      : Command(parent, "report", "Ask a named question; alone, list what can be asked",
                "tain report cost --by model") {
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    for (FoundReport& report : builtin_reports()) add(std::move(report));
    // Only when it is asked for: no other command need read the user's files.
    app().preparse_callback([this](std::size_t) { add_user_reports(); });
  }

  int run(const Io& io) override {
    tell_trouble(io);
    for (const auto& report : reports_) {
      if (!report->is_chosen()) continue;
      if (app().count("--format") > 0) {
        throw InvalidArgument("--format", "it behind the report's name", "it before");
      }
      return report->run(io);
    }
    list(io);
    return kDone;
  }

 private:
  void add(FoundReport report) {
    reports_.push_back(std::make_unique<ReportCommand>(app(), std::move(report)));
  }

  void add_user_reports() {
    std::filesystem::path directory;
    try {
      directory = user_reports_directory();
    } catch (const NotFoundError&) {
      return;  // without a home there are none
    }
    UserReports found = find_user_reports(directory);
    trouble_ = std::move(found.trouble);
    if (trouble_) app().allow_extras();  // a name that nobody knows may be that of one not read
    for (FoundReport& report : found.reports) {
      if (CLI::detail::valid_name_string(report.report.name)) {
        report.replaces_builtin = remove(report.report.name);
        add(std::move(report));
      } else {
        unnamed_.push_back(std::move(report));
      }
    }
  }

  void tell_trouble(const Io& io) {
    if (!trouble_) return;
    if (!app().remaining().empty()) throw Error(*trouble_);
    io.err << "tain: " << make_visible(trouble_->what()) << std::endl;
  }

  bool remove(const std::string& name) {
    const auto found = std::find_if(reports_.begin(), reports_.end(), [&](const auto& report) {
      return report->found().report.name == name;
    });
    if (found == reports_.end()) return false;
    app().remove_subcommand(&(*found)->command_line());
    reports_.erase(found);
    return true;
  }

  std::vector<FoundReport> listed() const {
    std::vector<FoundReport> all = unnamed_;
    for (const auto& report : reports_) all.push_back(report->found());
    std::sort(all.begin(), all.end(), [](const FoundReport& a, const FoundReport& b) {
      return a.report.name < b.report.name;
    });
    return all;
  }

  // Where each comes from is said to people only when they have reports of their own.
  void list(const Io& io) const {
    const std::vector<FoundReport> reports = listed();
    const auto format = parse_word<Format>("--format", format_);
    const bool is_for_people = format == Format::table || format == Format::markdown;
    const bool has_own = std::any_of(reports.begin(), reports.end(), [](const FoundReport& found) {
      return !found.report.file.empty();
    });
    std::vector<std::string> columns{"report", "answers", "parameters", "source", "remark"};
    if (is_for_people && !has_own) columns.resize(3);
    const auto printer = make_printer(format, io.out, {.terminal = io.terminal});
    printer->begin(columns);
    for (const FoundReport& found : reports) list_one(*printer, found, columns.size());
    printer->end();
  }

  static void list_one(Printer& printer, const FoundReport& found, std::size_t columns) {
    const Report& report = found.report;
    std::string parameters;
    for (const ReportParameter& parameter : report.parameters) {
      parameters.append(parameters.empty() ? "" : " ").append(flag_of(parameter));
    }
    const std::string source = report.file.empty() ? "built in" : report.file.string();
    std::string remark = found.replaces_builtin ? "instead of the built-in one" : "";
    if (found.trouble) remark = found.trouble->what();
    const std::vector<Value> values{std::string_view(report.name),
                                    std::string_view(report.question), std::string_view(parameters),
                                    std::string_view(source), std::string_view(remark)};
    printer.row(std::span(values).first(columns));
  }

  std::string format_;
  std::vector<std::unique_ptr<ReportCommand>> reports_;
  std::vector<FoundReport> unnamed_;  // reports that cannot be asked by their name
  std::optional<Error> trouble_;      // with the user's own: the answer comes all the same
};

}  // namespace

void add_report(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<ReportFamily>(app));
}

}  // namespace tain::query
