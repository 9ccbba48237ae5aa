#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/columns.h"
#include "json_shape.h"

namespace tain::mirror {

/// Grows with every change of the tables below, and of what the same files become in them. A mirror
/// of another version is rebuilt, never migrated.
inline constexpr int kSchemaVersion = 7;
/// SQLite's application_id of a mirror ("tain"), so that no other database is ever taken for one.
inline constexpr int kApplicationId = 0x7461696e;

/// A table of entity rows. Every row also carries `file_id`, the file that it comes from and is
/// deleted with, and `project_key`, both in front.
struct Table {
  std::string name;
  std::vector<Column> columns;
  /// What tells the rows of one file apart; empty: a file has one row. Never anything that a file
  /// may say twice, such as an id. A column that a row leaves open is 0 there.
  std::vector<std::string> key;
  /// Small rows that are only ever read by file are stored in the order of their key, without a
  /// rowid.
  bool clustered = true;
  JsonShapes shapes = {};

  /// Where `column` stands in `columns`; nothing where it does not.
  std::optional<std::size_t> find(std::string_view column) const;
  /// The same. Throws std::logic_error where it does not.
  std::size_t index_of(std::string_view column) const;
  /// Whether its rows may be lines of logs, which are read incrementally. In a file that is no log
  /// their offset is 0, or that of the element that they are.
  bool is_of_lines() const;
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
  Table session_task_ids;
  Table agent_runs;
  Table events;
  Table tasks;
  Table task_sessions;
  Table task_dependencies;
  Table agents;
  Table agent_capabilities;
  Table executions;
  Table session_tasks;
  Table session_task_messages;
  Table runtime_bindings;
  Table bookmarks;
  Table evaluations;
  Table workers;
  Table message_usage;
  Table usage_days;
  Table config;
  /// The ledger's own: a project exists as soon as one of its files does, and is described by one.
  Table projects;

  Schema();
  /// All of them but `projects`, in a fixed order.
  std::vector<const Table*> tables() const;
};

/// The columns of `projects` that come from project.json; the table itself belongs to the ledger,
/// since a project exists as soon as one of its files does.
std::vector<Column> project_columns();

/// The whole DDL: ledger, documents, entity tables, views and lookups.
std::string create_statements(const Schema& schema);
/// Of it, what a mirror is filled faster without: the indexes of entity tables, and the triggers
/// that keep the search indexes.
std::string create_lookups();

// Parts of it, each in a file of its own; the views are in views/.
std::string_view create_ledger();
std::string_view create_indexes();

}  // namespace tain::mirror
