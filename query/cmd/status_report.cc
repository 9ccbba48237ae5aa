#include "status_report.h"

#include "query/print/printer.h"
#include "query/print/unicode.h"
#include "syncd/mirror/schema.h"

namespace tain::query {
namespace {

constexpr std::int64_t kLongestLagMs = 60'000;
constexpr std::string_view kUnknown = "?";

using Problems = std::vector<std::string>;

std::string text_of(std::optional<std::int64_t> number) {
  return number ? std::to_string(*number) : std::string(kUnknown);
}

// Numbers between which something moved say nothing when they differ, and are counted again for the
// next one who asks.
void find_counting_problems(const RootStatus& root, bool is_idle, Problems& problems) {
  if (!root.files_on_disk || !root.files_mirrored) {
    problems.push_back(root.path + " has not counted its files");
  } else if (is_idle && root.settled == true && *root.files_on_disk != *root.files_mirrored) {
    problems.push_back(root.path + " has " + text_of(root.files_on_disk) + " files on disk and " +
                       text_of(root.files_mirrored) + " in the mirror");
  }
}

void find_root_problems(const RootStatus& root, bool is_idle, Problems& problems) {
  if (root.state != "available") {
    problems.push_back(root.path + " is " + root.state + (root.reason ? ": " + *root.reason : ""));
  }
  if (root.watch_mode != "inotify") {
    problems.push_back(root.path +
                       " is not fully watched, but: " + root.watch_mode.value_or("unknown") +
                       (root.watch_trouble ? " (" + *root.watch_trouble + ")" : ""));
  }
  if (!root.last_full_scan_at) problems.push_back(root.path + " was never fully scanned");
  find_counting_problems(root, is_idle, problems);
}

void find_queue_problems(const DaemonStatus& daemon, Problems& problems) {
  if (!daemon.pending || !daemon.lag_ms) {
    problems.emplace_back("the daemon does not say how far behind it is");
  } else if (*daemon.pending > 0 && *daemon.lag_ms > kLongestLagMs) {
    problems.push_back("the daemon is " + std::to_string(*daemon.lag_ms / 1000) + " s behind, " +
                       text_of(daemon.pending) + " changes wait");
  }
}

// The daemon's word is older, or younger, than what the mirror says of itself.
void find_building_problems(const StatusReport& report, Problems& problems) {
  if (report.mirror && report.mirror->loading) {
    problems.emplace_back("the mirror is being built; answers are not complete yet");
  } else if (report.daemon && report.daemon->rebuilding == true) {
    problems.emplace_back(
        "a new mirror is being built; until it is complete, this one gets no more changes");
  }
}

void find_daemon_problems(const StatusReport& report, Problems& problems) {
  const DaemonStatus& daemon = *report.daemon;
  if (!daemon.db) {
    problems.emplace_back("the daemon does not say which mirror it writes");
  } else if (!is_same_file(*daemon.db, report.db)) {
    problems.push_back("the daemon mirrors into " + *daemon.db + ", not into " +
                       report.db.string() + "; ask about that one with --db");
  }
  if (daemon.last_error) {
    problems.push_back("last error: " + *daemon.last_error);
  } else if (!daemon.knows_last_error) {
    problems.emplace_back("the daemon does not say whether it met an error");
  }
  if (daemon.refused_config) {
    problems.push_back("the daemon goes on as it was, since it refused its configuration: " +
                       *daemon.refused_config);
  }
  find_queue_problems(daemon, problems);
  if (daemon.roots.empty()) problems.emplace_back("the daemon watches no directory");
  for (const RootStatus& root : daemon.roots) {
    find_root_problems(root, daemon.pending == 0, problems);
  }
}

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}
Json json_of(const std::optional<Timestamp>& time) {
  return time ? Json(time->ms) : Json();
}
// A path may be any bytes; JSON is UTF-8.
Json json_of(const std::string& bytes) {
  return to_utf8(bytes);
}

Json to_json(const RootStatus& root) {
  return {{"path", json_of(root.path)},
          {"state", root.state},
          {"reason", json_of(root.reason)},
          {"watch_mode", json_of(root.watch_mode)},
          {"watches_needed", json_of(root.watches_needed)},
          {"watches", json_of(root.watches)},
          {"watch_trouble", json_of(root.watch_trouble)},
          {"pending", json_of(root.pending)},
          {"lag_ms", json_of(root.lag_ms)},
          {"last_event_at", json_of(root.last_event_at)},
          {"files_on_disk", json_of(root.files_on_disk)},
          {"files_mirrored", json_of(root.files_mirrored)},
          {"counted_at", json_of(root.counted_at)},
          {"settled", json_of(root.settled)},
          {"errors", json_of(root.errors)},
          {"last_full_scan_at", json_of(root.last_full_scan_at)}};
}

Json to_json(const DaemonStatus& daemon, const std::filesystem::path& socket) {
  return {{"socket", json_of(socket.string())},
          {"pid", json_of(daemon.pid)},
          {"version", json_of(daemon.version)},
          {"db", json_of(daemon.db)},
          {"started_at", json_of(daemon.started_at)},
          {"pending", json_of(daemon.pending)},
          {"lag_ms", json_of(daemon.lag_ms)},
          {"seq", json_of(daemon.seq)},
          {"batches", json_of(daemon.batches)},
          {"files_mirrored", json_of(daemon.files_mirrored)},
          {"overflows", json_of(daemon.overflows)},
          {"watch_limit", json_of(daemon.watch_limit)},
          {"last_error", json_of(daemon.last_error)},
          {"refused_config", json_of(daemon.refused_config)},
          {"rebuilding", json_of(daemon.rebuilding)}};
}

Json mirror_to_json(const StatusReport& report) {
  Json json = {{"db", json_of(report.db.string())},
               {"readable", report.mirror.has_value()},
               {"schema_version", mirror::kSchemaVersion}};
  json["files"] = report.mirror ? Json(report.mirror->files) : Json();
  json["errors"] = report.mirror ? Json(report.mirror->errors) : Json();
  json["loading"] = report.mirror ? Json(report.mirror->loading) : Json();
  json["last_mirrored_at"] = report.mirror ? json_of(report.mirror->last_mirrored_at) : Json();
  return json;
}

std::string duration(std::int64_t ms) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  const std::int64_t seconds = ms / 1000;
  if (seconds < kMinute) return std::to_string(seconds) + " s";
  if (seconds < kHour) return std::to_string(seconds / kMinute) + " min";
  if (seconds < 2 * kDay) return std::to_string(seconds / kHour) + " h";
  return std::to_string(seconds / kDay) + " days";
}

std::string age(std::optional<Timestamp> time, Timestamp now) {
  if (!time) return "never";
  if (time->ms > now.ms) return format_time(*time);  // the clock was set back
  return duration(now.ms - time->ms) + " ago";
}

void print_daemon(const StatusReport& report, Timestamp now, std::ostream& out) {
  if (!report.daemon) {
    out << "daemon  does not answer at " << make_visible(report.socket.string()) << "\n";
    return;
  }
  const DaemonStatus& daemon = *report.daemon;
  out << "daemon  pid " << text_of(daemon.pid) << ", version "
      << make_visible(daemon.version.value_or(std::string(kUnknown))) << ", started "
      << age(daemon.started_at, now) << ", " << make_visible(report.socket.string()) << "\n";
  out << "queue   " << text_of(daemon.pending) << " pending, " << text_of(daemon.lag_ms)
      << " ms behind, seq " << text_of(daemon.seq) << ", " << text_of(daemon.batches)
      << " batches, " << text_of(daemon.files_mirrored) << " files mirrored, "
      << text_of(daemon.overflows) << " overflows";
  if (daemon.watch_limit) out << ", at most " << *daemon.watch_limit << " watches";
  out << "\n";
}

void print_mirror(const StatusReport& report, Timestamp now, std::ostream& out) {
  if (!report.mirror) {
    out << "mirror  cannot be read: " << make_visible(report.db.string()) << "\n";
    return;
  }
  out << "mirror  " << make_visible(report.db.string()) << ", " << report.mirror->files
      << " files, " << report.mirror->errors << " errors, last change "
      << age(report.mirror->last_mirrored_at, now) << "\n";
}

Value value_of(const std::optional<std::int64_t>& number) {
  if (number) return *number;
  return kUnknown;
}

void print_roots(const std::vector<RootStatus>& roots, Timestamp now, std::ostream& out) {
  if (roots.empty()) return;
  const auto printer = make_printer(Format::table, out, {.count_rows = false});
  printer->begin({"root", "state", "watch", "watches", "pending", "on disk", "mirrored", "errors",
                  "last event", "last full scan"});
  for (const RootStatus& root : roots) {
    const std::string scanned = age(root.last_full_scan_at, now);
    const std::string watch = root.watch_mode.value_or(std::string(kUnknown));
    const std::string event = age(root.last_event_at, now);
    // What is needed is known from the last full scan; directories came and went since then.
    const std::string needed = watch == "inotify" ? "" : "/" + text_of(root.watches_needed);
    const std::string watches = text_of(root.watches) + needed;
    const std::vector<Value> row{std::string_view(root.path),   std::string_view(root.state),
                                 std::string_view(watch),       std::string_view(watches),
                                 value_of(root.pending),        value_of(root.files_on_disk),
                                 value_of(root.files_mirrored), value_of(root.errors),
                                 std::string_view(event),       std::string_view(scanned)};
    printer->row(row);
  }
  printer->end();
}

std::string verdict(const std::vector<std::string>& problems, bool has_daemon) {
  if (problems.empty()) return "healthy";
  std::string text = "not healthy: ";
  for (const std::string& problem : problems)
    text += (&problem == &problems[0] ? "" : "; ") + problem;
  if (!has_daemon) text += "; what the mirror holds may be stale";
  return text;
}

}  // namespace

std::vector<RootStatus> StatusReport::roots() const {
  if (daemon) return daemon->roots;
  if (mirror) return mirror->roots;
  return {};
}

std::vector<std::string> find_problems(const StatusReport& report) {
  Problems problems;
  if (report.daemon) {
    find_daemon_problems(report, problems);
  } else {
    problems.push_back(report.daemon_error);
  }
  if (!report.mirror) problems.push_back(report.mirror_error);
  find_building_problems(report, problems);
  if (report.names_no_root) {
    problems.emplace_back(
        "no directory is named that is to be mirrored; `tain roots discover` looks for some");
  }
  return problems;
}

Json to_json(const StatusReport& report) {
  const Problems problems = find_problems(report);
  Json json = {{"healthy", problems.empty()}, {"problems", Json::array()}};
  for (const std::string& problem : problems) json["problems"].push_back(json_of(problem));
  json["daemon"] = report.daemon ? to_json(*report.daemon, report.socket) : Json();
  json["mirror"] = mirror_to_json(report);
  json["roots"] = Json::array();
  for (const RootStatus& root : report.roots()) json["roots"].push_back(to_json(root));
  return json;
}

void print_report(const StatusReport& report, Timestamp now, std::ostream& out) {
  print_daemon(report, now, out);
  print_mirror(report, now, out);
  out << "\n";
  print_roots(report.roots(), now, out);
  if (!report.roots().empty()) out << "\n";
  out << make_visible(verdict(find_problems(report), report.daemon.has_value())) << "\n";
}

}  // namespace tain::query
