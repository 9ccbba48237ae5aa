#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json_tree.h"
#include "syncd/mirror/row.h"

namespace tain::syncd {

/// What a projection finds besides rows.
using Anomalies = std::vector<Anomaly>;

/// How one kind of JSON object becomes a row of one table: for every column, where in the object
/// its value may stand, and which foreign words mean which of ours. It is data; a layout builds it
/// once from the table's own description.
class Mapping {
 public:
  /// Every column from where core's own files have it.
  explicit Mapping(const mirror::Table& table);

  /// Looks for `column` also at `path` ("a.b.c"), after the places already known.
  Mapping& also(std::string_view column, const std::string& path);
  /// Looks for `column` at `paths`, the first that there is, and nowhere else. "a.b" is the member
  /// b of a, or else a member that is called so.
  Mapping& only(std::string_view column, const std::vector<std::string>& paths);
  /// Looks for every column also where its name is written inCamelCase.
  Mapping& camel_case();
  /// Says that the member `key` is read by somebody else: it counts as covered.
  Mapping& elsewhere(const std::string& key);
  /// Reads `theirs` as `ours` in `column`; "0" is the number 0, too.
  Mapping& word(std::string_view column, const std::string& theirs, const std::string& ours);
  /// Numbers are welcome where text is expected: in foreign files an id is one or the other.
  Mapping& numbers_as_text();

  /// The row of `object`. A value that its column cannot hold becomes NULL and an anomaly; `place`
  /// is the object's JSON pointer.
  mirror::Row row(const JsonNode& object, const std::string& place, Anomalies& anomalies) const;
  /// The members of `object` that no column covers, as JSON text; empty when there are none.
  std::string uncovered(const JsonNode& object) const;

 private:
  using Path = std::vector<std::string>;
  struct Place;
  struct Source {
    Column column;
    mirror::JsonShape shape;
    std::vector<Path> paths;
    std::map<std::string, std::string, std::less<>> words;
    std::vector<std::size_t> members = {};  // of each path: the number of its first key
  };
  // What the paths that begin with one key lead to.
  struct Member {
    std::size_t number = 0;
    bool whole = false;               // the member itself
    std::vector<std::string> within;  // its members
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };

  void number_members();
  void check_groups(const JsonNode& object, const std::string& place, Anomalies& anomalies) const;
  mirror::Value read(const Source& source, const std::vector<const JsonNode*>& members,
                     const std::string& place, Anomalies& anomalies) const;
  mirror::Value convert(const Source& source, const JsonNode& node, const Place& place,
                        Anomalies& anomalies) const;
  mirror::Value shaped(const Source& source, const JsonNode& node, const Place& place,
                       Anomalies& anomalies) const;
  bool is_text(const JsonNode& node) const;
  bool covers(const JsonNode& member) const;

  const mirror::Table* table_;
  std::vector<Source> sources_;  // as table_->columns
  // All keys with which paths begin: an object is gone through once, not once a column.
  std::unordered_map<std::string, Member, Hash, std::equal_to<>> members_;
  bool has_groups_ = false;  // some column stands in a nested object
  std::vector<std::string> elsewhere_;
  bool numbers_as_text_ = false;
};

/// Notes that `found` stands where something else should.
void reject(const std::string& place, std::string_view expected, const JsonNode& found,
            Anomalies& anomalies);

/// The value as a message shows it: what it is, or its beginning.
std::string show(const JsonNode& node);

/// The keys of "a.b.c".
std::vector<std::string> keys_of(std::string_view path);
/// The value at `path` ("a.b.c") in `object`, or null; JSON null counts as absent.
const JsonNode* find_path(const JsonNode& object, std::string_view path);
/// Where "a.b.c" stands, as a JSON pointer.
std::string pointer_to(std::string_view path);

}  // namespace tain::syncd
