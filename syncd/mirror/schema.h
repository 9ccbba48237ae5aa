#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/columns.h"

namespace tain::mirror {

/// Grows with every change of the tables below. A mirror of another version is rebuilt, never
/// migrated.
inline constexpr int kSchemaVersion = 1;
/// SQLite's application_id of a mirror ("tain"), so that no other database is ever taken for one.
inline constexpr int kApplicationId = 0x7461696e;

/// A table of entity rows. Every row also carries `file_id`, the file that it comes from and is
/// deleted with, and `project_key`, both in front.
struct Table {
  std::string name;
  std::vector<Column> columns;
  /// What tells the rows of one file apart; empty: a file has one row.
  std::vector<std::string> key;
  /// Small rows that are only ever read by file are stored in the order of their key.
  bool clustered = true;

  /// Where `column` stands in `columns`. Throws std::logic_error where it does not.
  std::size_t index_of(std::string_view column) const;
};

/// The entity tables, derived from core's descriptions. Built once.
struct Schema {
  Table sessions;
  Table session_phases;
  Table session_checkpoints;
  Table session_commits;
  Table session_decisions;
  Table session_goals;
  Table session_questions;
  Table session_artifacts;
  Table agent_runs;
  Table events;

  Schema();
  /// All of them, in a fixed order.
  std::vector<const Table*> tables() const;
};

/// The columns of `projects` that come from project.json; the table itself belongs to the ledger,
/// since a project exists as soon as one of its files does.
std::vector<Column> project_columns();

/// The whole DDL: ledger, documents, entity tables, indexes and views.
std::string create_statements(const Schema& schema);

/// The views (mirror/views.cc).
std::string_view create_views();

}  // namespace tain::mirror
