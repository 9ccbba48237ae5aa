#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping.h"

namespace tain::syncd {

// How lists of a document become rows of tables of their own, in which `position` is an element's
// place in the file's list. What is no list, and elements that are not what they should be, are
// anomalies and no rows.

/// The container at `path` ("a.b.c"); null where there is none, and an anomaly where there is
/// something else.
const JsonNode* find_container(const JsonNode& root, std::string_view path, JsonNode::Type type,
                               Anomalies& anomalies);

/// Calls `visit` with each object of the list at `path` ("a.b") and its place; "a[].b" is the list
/// `b` of each object of the list `a`.
using VisitObject = std::function<void(const JsonNode& object, const std::string& place)>;
void each_object(const JsonNode& root, std::string_view path, Anomalies& anomalies,
                 const VisitObject& visit);

/// A row of `mapping` for each object of the list `key`.
void add_objects(const JsonNode& root, const std::string& key, const Mapping& mapping,
                 std::vector<mirror::Row>& rows, Anomalies& anomalies);

/// A row of `table` (position, owner, element) for each text of the list `key`. Quiet: a column of
/// the owner's holds the list too, and has said what is wrong with it.
void add_texts(const JsonNode& root, std::string_view key, const mirror::Table& table,
               const mirror::Value& owner, std::vector<mirror::Row>& rows);

}  // namespace tain::syncd
