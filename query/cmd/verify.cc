#include "syncd/verify/verify.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "arguments.h"
#include "command.h"
#include "core/error.h"
#include "daemon_status.h"
#include "progress.h"
#include "query/print/printer.h"
#include "query/print/text.h"
#include "query/print/unicode.h"

namespace tain::query {
namespace {

using syncd::Difference;
using syncd::DifferenceKind;
using syncd::NotCompared;

// A daemon that has just started scans everything before it answers.
constexpr std::chrono::minutes kFlushTimeout(10);
constexpr std::size_t kWidestValue = 40;

std::string_view to_text(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::changed:
      return "changed";
    case DifferenceKind::missing:
      return "missing";
    case DifferenceKind::extra:
      return "extra";
  }
  return {};
}

// A text that is empty says nothing here.
Value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return Blob{text};
}

Value to_value(const mirror::Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return Blob{*text};
  return nullptr;
}

class VerifyCommand : public Command {
 public:
  explicit VerifyCommand(CLI::App& parent)
      : Command(parent, "verify",
                "Compare the mirror with one built from nothing; exit 0 only if they are equal",
                "tain verify --root ~/code") {
    add_texts(app(), "--root", roots_, "Only this root of the mirror; may be repeated")
        ->type_name("DIR");
    add_db(app(), db_);
    add_socket(app(), socket_);
    add_format(app(), format_, {"table", "json"});
  }

  int run(const Io& io) override {
    const bool is_table = format_ == "table";
    syncd::ProgressReport progress = progress_on(io);
    PrintOptions print;
    print.count_rows = false;
    const auto printer = make_printer(parse_word<Format>("--format", format_), io.out, print);
    const syncd::VerifyOptions options = {
        .mirror = db_path(db_),
        .roots = roots_,
        .flush = [&, told = false]() mutable { told = flush(io, progress, told); },
        .progress = [&](std::int64_t done, std::int64_t total) { progress.show(done, total); }};
    bool begun = false;
    const auto row = [&](const std::vector<Value>& values) {
      if (!std::exchange(begun, true)) begin(*printer, progress);
      printer->row(values);
    };
    const syncd::VerifyResult result = syncd::verify(
        options, {[&](const Difference& difference) { print_difference(difference, row); },
                  [&](const NotCompared& left_out) { print_not_compared(left_out, row); }});
    progress.clear();
    if (!begun && !is_table) begin(*printer, progress);
    if (begun || !is_table) printer->end();
    if (is_table) print_summary(result, io.out);
    return result.differences == 0 ? kDone : kFailed;
  }

 private:
  static void begin(Printer& printer, syncd::ProgressReport& progress) {
    progress.clear();
    printer.begin({"path", "table", "row", "difference", "column", "live", "expected", "remark"});
  }

  // A mirror that nobody takes care of can be looked at too. Returns whether that was said.
  bool flush(const Io& io, syncd::ProgressReport& progress, bool told) const {
    const std::filesystem::path socket = socket_path(socket_);
    std::string why;
    try {
      const std::string mirrored = flush_daemon(socket, kFlushTimeout);
      if (is_same_file(mirrored, db_path(db_))) return told;
      why = "the daemon at " + socket.string() + " mirrors into " + mirrored;
    } catch (const NotFoundError& error) {
      why = error.what();
    }
    if (!told) {
      progress.clear();
      io.err << "tain: " << make_visible(why)
             << "; the mirror is taken as it is, and may not have caught up" << std::endl;
    }
    return true;
  }

  template <class Row>
  void print_difference(const Difference& difference, const Row& row) const {
    const std::string live = cut(difference.live);
    const std::string expected = cut(difference.expected);
    const bool is_cut = format_ == "table";
    row({text_or_null(difference.path), std::string_view(difference.table),
         text_or_null(difference.row), to_text(difference.kind), text_or_null(difference.column),
         is_cut && !live.empty() ? Value(std::string_view(live)) : to_value(difference.live),
         is_cut && !expected.empty() ? Value(std::string_view(expected))
                                     : to_value(difference.expected),
         difference.caught_up ? Value(nullptr) : Value(std::string_view("not caught up"))});
  }

  template <class Row>
  static void print_not_compared(const NotCompared& left_out, const Row& row) {
    row({Blob{left_out.path}, nullptr, nullptr, std::string_view("not compared"), nullptr, nullptr,
         nullptr, Blob{left_out.why}});
  }

  // The beginning of a long text; empty for what has no need to be cut.
  static std::string cut(const mirror::Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || text->size() <= kWidestValue) return {};
    return cut_to_width(make_visible(text->substr(0, 4 * kWidestValue)), kWidestValue);
  }

  static void print_summary(const syncd::VerifyResult& result, std::ostream& out) {
    out << result.files << " files compared, " << result.differences << " differences, "
        << result.not_compared << " not compared\n";
  }

  std::vector<std::string> roots_;
  Text db_;
  Text socket_;
  std::string format_;
};

}  // namespace

void add_verify(CLI::App& app, Commands& commands) {
  commands.push_back(std::make_unique<VerifyCommand>(app));
}

}  // namespace tain::query
