#include <algorithm>
#include <functional>
#include <tuple>

#include "core/error.h"
#include "core/fs/paths.h"
#include "listed_entity.h"
#include "project_files.h"
#include "syncd/layout/redaction.h"
#include "syncd/sync/log_projector.h"
#include "syncd/sync/reader.h"

namespace tain::query {
namespace {

using mirror::Row;
using Rows = std::vector<Row>;

bool is_text(const Cell& cell, std::string_view value) {
  const std::string* text = std::get_if<std::string>(&cell);
  return text != nullptr && *text == value;
}

bool is_active(const Cell& status) {
  return !is_text(status, "completed") && !is_text(status, "failed") &&
         !is_text(status, "cancelled");
}

// `rows` are all of the file, also those of other tables, in which the elements of its lists are.
bool list_contains(Rows& rows, const GivenFilter& given) {
  const ListFilter::Join& join = given.filter->join;
  return std::any_of(rows.begin(), rows.end(), [&](Row& row) {
    return row.table->name == join.table && is_text(row[join.column], given.value);
  });
}

bool matches(Row& row, Rows& rows, const GivenFilter& given) {
  const ListFilter& filter = *given.filter;
  switch (filter.how) {
    case ListFilter::How::equals:
      return is_text(row[filter.column], given.value);
    case ListFilter::How::equals_or_none:
      return given.value == "none" ? mirror::is_null(row[filter.column])
                                   : is_text(row[filter.column], given.value);
    case ListFilter::How::contains:
      return list_contains(rows, given);
    case ListFilter::How::active:
      return is_active(row[filter.column]);
  }
  return false;
}

// SQLite has no negative zero.
void drop_negative_zero(Cell& value) {
  double* real = std::get_if<double>(&value);
  if (real != nullptr && *real == 0) *real = 0;
}

// From files to rows, by the code that the daemon makes them with.
class Reading {
 public:
  using Take = std::function<void(const std::string& path, Rows rows)>;

  Reading(const std::filesystem::path& root, const syncd::SyncSettings& settings)
      : root_(root),
        limits_(settings.limits),
        redaction_(settings.redaction),
        layouts_(schema_, settings.layouts),
        lines_(layouts_, schema_, limits_.max_body, limits_.max_line, &redaction_) {}

  // Gives the rows of each file, or of each line of a log, to `take`.
  void read(syncd::FileKind kind, const Take& take) {
    ProjectFiles found = find_files(root_, kind, layouts_);
    std::move(found.unreadable.begin(), found.unreadable.end(), std::back_inserter(skipped));
    for (const ProjectFile& file : found.files) {
      try {
        read(file, take);
      } catch (const IoError& error) {
        skip(file, std::nullopt, error.what());
      }
    }
  }

  // The project's own row, which it has with or without a file.
  Row project() {
    Row project{&schema_.projects, std::vector<Cell>(schema_.projects.columns.size())};
    read(syncd::FileKind::project,
         [&](const std::string& /*path*/, Rows rows) { project = std::move(rows.front()); });
    Cell& name = project["name"];
    if (mirror::is_null(name)) name = mirror::name_after_directory(root_.native());
    return project;
  }

  std::vector<mirror::SyncError> skipped;

 private:
  void read(const ProjectFile& file, const Take& take) {
    const std::string relative = std::filesystem::path(file.path).lexically_relative(root_);
    const syncd::OpenResult opened = syncd::open_beneath(root_.native(), relative);
    if (const auto* trouble = std::get_if<syncd::Unreadable>(&opened)) {
      return skip(file, std::nullopt, trouble->reason);
    }
    const auto* open = std::get_if<syncd::OpenFile>(&opened);
    if (open == nullptr) return;
    const auto size = static_cast<std::size_t>(open->version.size);
    if (!is_log(file.role.kind) && size > limits_.max_document) {
      return skip(file, std::nullopt, "larger than a JSON file may be");
    }
    const syncd::PaddedBytes bytes(syncd::read_at(open->fd.get(), 0, size, file.path),
                                   syncd::JsonParser::padding());
    if (is_log(file.role.kind)) return read_lines(file, bytes.view(), take);
    syncd::Projection found = project_document(parser_, layouts_, file.role, bytes.view());
    give(file, found, take);
  }

  void read_lines(const ProjectFile& file, std::string_view log, const Take& take) {
    syncd::LogProjector projector(
        lines_, file.role, "",
        [&](std::int64_t /*offset*/, syncd::Projection& found) { give(file, found, take); });
    projector.take_all(log, 0);
  }

  void give(const ProjectFile& file, syncd::Projection& found, const Take& take) {
    if (found.fault) {
      skip(file, static_cast<std::int64_t>(found.fault->offset), found.fault->reason);
    } else if (!found.rows.empty()) {
      take(file.path, std::move(found.rows));
    }
  }

  void skip(const ProjectFile& file, std::optional<std::int64_t> offset, std::string reason) {
    skipped.push_back({file.path, offset, std::move(reason)});
  }

  const std::filesystem::path& root_;
  const syncd::SyncLimits& limits_;
  const syncd::Redaction redaction_;
  mirror::Schema schema_;
  syncd::Layouts layouts_;
  syncd::JsonParser parser_{&redaction_};
  syncd::LineReading lines_;
};

// A row with what it is sorted by: its columns, then its file, then its place there. Values sort as
// SQLite sorts them: NULL, numbers, text by its bytes.
struct SortedRow {
  Cells order;
  std::string path;
  Cells place;
  Cells cells;

  bool operator<(const SortedRow& other) const {
    return std::tie(order, path, place) < std::tie(other.order, other.path, other.place);
  }
};

SortedRow sorted_row(const ListedEntity& entity, const Cell& project, const std::string& path,
                     Row& row) {
  SortedRow sorted{{}, path, {}, {project}};
  for (const std::string_view column : entity.order) sorted.order.push_back(row[column]);
  for (const std::string& column : entity.table.key) sorted.place.push_back(row[column]);
  for (const Column& column : entity.columns) {
    drop_negative_zero(row[column.name]);
    sorted.cells.push_back(std::move(row[column.name]));
  }
  return sorted;
}

void require_project(Row& project, const std::filesystem::path& root, const ListScope& scope) {
  if (!scope.project) return;
  if (is_text(project["id"], *scope.project) || is_text(project["name"], *scope.project)) return;
  throw NotFoundError("find the project", *scope.project,
                      "the one here, " + root.string() +
                          ", has another id and name, and there is no such directory; without "
                          "--from-files the mirror is asked for it");
}

}  // namespace

FileListing list_from_files(const std::filesystem::path& root, const ListedEntity& entity,
                            const std::vector<GivenFilter>& filters, const ListScope& scope,
                            const syncd::SyncSettings& settings) {
  Reading reading(root, settings);
  Row project = reading.project();
  require_project(project, root, scope);
  const Cell name = project["name"];
  std::vector<SortedRow> found;
  const auto take = [&](const std::string& path, Rows rows) {
    for (Row& row : rows) {
      const bool is_wanted = row.table->name == entity.table.name &&
                             std::all_of(filters.begin(), filters.end(), [&](const auto& given) {
                               return matches(row, rows, given);
                             });
      if (is_wanted) found.push_back(sorted_row(entity, name, path, row));
    }
  };
  if (entity.kind == syncd::FileKind::project) {
    take("", {std::move(project)});
  } else {
    reading.read(entity.kind, take);
  }
  std::sort(found.begin(), found.end());
  FileListing listing{{}, std::move(reading.skipped)};
  for (SortedRow& row : found) listing.rows.push_back(std::move(row.cells));
  return listing;
}

}  // namespace tain::query
