#pragma once

#include <span>
#include <string_view>

namespace tain::mirror {

/// What a table or a view holds, for the schema's reference.
struct RelationText {
  std::string_view name;
  std::string_view sentence;
  /// For rows that are elements of a list in the file: where the list is, as in `commits[]`.
  std::string_view element = {};
};

/// One line for each table and view, whether or not this version has it.
std::span<const RelationText> relation_texts();
/// Null where there is none.
const RelationText* text_of(std::string_view relation);

/// What is to be said of a column that no entity's description knows: of the ledger, of the
/// mirror's own making, or computed by a view.
struct ColumnText {
  std::string_view relation;  ///< empty: wherever a column has that name
  std::string_view column;
  std::string_view meaning;
  std::string_view source = {};  ///< where in the file its values stand, as in `commits[].sha`
};

std::span<const ColumnText> column_texts();
/// That of the relation itself before that of any; null where there is none.
const ColumnText* text_of(std::string_view relation, std::string_view column);

}  // namespace tain::mirror
