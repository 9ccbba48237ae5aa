#pragma once

#include <string>
#include <vector>

namespace tain::query {

/// A column as the schema's reference shows it; what does not apply is empty.
struct ColumnReference {
  std::string name;
  std::string type;      ///< SQL's, and what that holds: `INTEGER (UTC ms)`
  std::string source;    ///< where in the file: `git.branch`, `commits[].sha`
  std::string required;  ///< "yes" where core refuses a file, or an element, without it
  std::string words;     ///< of its vocabulary, separated by a comma and a space
  std::string meaning;
};

/// A table or a view.
struct RelationReference {
  std::string name;
  std::string kind;   ///< entity, view, search or ledger
  std::string holds;  ///< one sentence
  std::vector<ColumnReference> columns;
};

/// All tables and views of the mirror that this program knows, in the order in which people look
/// for them: entities, views, search, ledger. Asks no mirror: it is derived from core's
/// descriptions and from the schema itself.
std::vector<RelationReference> describe_schema();

}  // namespace tain::query
