// `tain ls`: lists, from the mirror or from the files.

#include <algorithm>

#include "command.h"
#include "core/error.h"
#include "mirror_flags.h"
#include "project_scope.h"
#include "query/list/listed_entity.h"
#include "query/print/printer.h"
#include "query/print/unicode.h"

namespace tain::query {
namespace {

std::string describe_filter(const ListFilter& filter) {
  std::string text;
  for (const std::string_view word : filter.words) {
    text.append(text.empty() ? "" : ", ").append(word);
  }
  if (!text.empty()) return text;
  if (filter.how == ListFilter::How::active) return "Neither completed, failed nor cancelled";
  if (filter.how == ListFilter::How::equals_or_none) return "An id, or none";
  if (filter.how == ListFilter::How::contains) {
    return "One of its " + std::string(filter.column);
  }
  return "Its " + std::string(filter.column);
}

class ListCommand : public Command {
 public:
  ListCommand(CLI::App& family, const ListedEntity& entity)
      : Command(family, std::string(entity.word), std::string(entity.description),
                "tain ls " + std::string(entity.word) +
                    (entity.filters.empty() ? "" : " " + example(entity.filters.front()))),
        entity_(entity),
        values_(entity.filters.size()) {
    for (std::size_t i = 0; i < values_.size(); ++i) add_filter(entity.filters[i], values_[i]);
    add_project_scope(app(), project_);
    app().add_flag(
        "--from-files", from_files_,
        "Read the files below .tain and agents/sessions of the project here (or of "
        "--project DIR), not the mirror; trees of other programs are only in the mirror");
    add_format(app(), format_, {"table", "csv", "json", "jsonl", "markdown"});
    mirror_.add_to(app());
  }

  int run(const Io& io) override {
    const std::vector<GivenFilter> filters = given_filters();
    print(from_files_ ? read_files(filters, io) : read_mirror(filters, io), io);
    return kDone;
  }

 private:
  static std::string example(const ListFilter& filter) {
    if (filter.how == ListFilter::How::active) return std::string(filter.flag);
    return std::string(filter.flag) + " " +
           (filter.words.empty() ? "$id" : std::string(filter.words.front()));
  }

  void add_filter(const ListFilter& filter, Text& value) {
    const std::string flag(filter.flag);
    if (filter.how == ListFilter::How::active) {
      app().add_flag_function(
          flag, [&value](std::int64_t) { value = ""; }, describe_filter(filter));
    } else {
      add_text(app(), flag, value, describe_filter(filter));
    }
  }

  std::vector<GivenFilter> given_filters() const {
    std::vector<GivenFilter> given;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!values_[i]) continue;
      const ListFilter& filter = entity_.filters[i];
      require_word(filter, *values_[i]);
      given.push_back({&filter, *values_[i]});
    }
    return given;
  }

  static void require_word(const ListFilter& filter, const std::string& value) {
    const auto& words = filter.words;
    if (words.empty() || std::find(words.begin(), words.end(), value) != words.end()) return;
    throw InvalidArgument(std::string(filter.flag), describe_filter(filter), "\"" + value + "\"");
  }

  ListedRows read_mirror(const std::vector<GivenFilter>& filters, const Io& io) const {
    const sqlite::Database database = mirror_.open(io);
    return list_from_mirror(database, entity_, filters, parse_scope(project_));
  }

  ListedRows read_files(const std::vector<GivenFilter>& filters, const Io& io) const {
    const ListScope wanted = parse_scope(project_);
    const auto here = find_files_root(std::filesystem::current_path());
    if (!wanted.root && !here) {
      throw NotFoundError("find the project at", std::filesystem::current_path(),
                          std::string(kNoProjectAround) + "; name one with --project DIR");
    }
    const std::filesystem::path root = wanted.root ? std::filesystem::path(*wanted.root) : *here;
    FileListing listing = list_from_files(root, entity_, filters, wanted, mirror_.settings());
    for (const mirror::SyncError& skipped : listing.skipped) {
      io.err << "tain: skipped " << make_visible(skipped.path);
      if (skipped.byte_offset) io.err << " at byte " << *skipped.byte_offset;
      io.err << ": " << make_visible(skipped.reason) << '\n';
    }
    return std::move(listing.rows);
  }

  // A person sees the columns that matter, and times to be read; a program sees all as they are.
  void print(const ListedRows& rows, const Io& io) const {
    const Format format = parse_word<Format>("--format", format_);
    const bool for_people = format == Format::table || format == Format::markdown;
    std::vector<std::string> names{"project"};
    std::vector<std::size_t> columns{0};
    const auto show = [&](std::size_t column) {
      names.push_back(entity_.columns[column].name);
      columns.push_back(column + 1);
    };
    if (for_people) {
      for (const std::string_view name : entity_.summary) show(entity_.index_of(name));
    } else {
      for (std::size_t i = 0; i < entity_.columns.size(); ++i) show(i);
    }
    const auto printer = make_printer(format, io.out, {.terminal = io.terminal});
    printer->begin(names);
    for (const Cells& row : rows) print_row(*printer, row, columns, for_people);
    printer->end();
  }

  void print_row(Printer& printer, const Cells& row, const std::vector<std::size_t>& columns,
                 bool for_people) const {
    std::vector<std::string> times;
    times.reserve(columns.size());  // the values refer to them
    std::vector<Value> values;
    for (const std::size_t column : columns) {
      const Cell& cell = row[column];
      const bool is_time = column > 0 && entity_.columns[column - 1].type == ColumnType::time;
      if (for_people && is_time && std::holds_alternative<std::int64_t>(cell)) {
        values.emplace_back(std::string_view(
            times.emplace_back(format_time(Timestamp{std::get<std::int64_t>(cell)}))));
      } else {
        values.push_back(value_of(cell));
      }
    }
    printer.row(values);
  }

  static Value value_of(const Cell& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    if (const auto* text = std::get_if<std::string>(&cell)) return std::string_view(*text);
    return nullptr;
  }

  const ListedEntity& entity_;
  std::vector<Text> values_;  // as entity_.filters
  Text project_;
  bool from_files_ = false;
  std::string format_;
  MirrorFlags mirror_;
};

}  // namespace

void add_ls(CLI::App& app, Commands& commands) {
  CLI::App& family = add_family(app, "ls", "List what there is, in all projects or in one",
                                "tain ls tasks --status in_progress");
  for (const ListedEntity& entity : listed_entities()) {
    commands.push_back(std::make_unique<ListCommand>(family, entity));
  }
}

}  // namespace tain::query
