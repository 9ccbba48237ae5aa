#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tain {

/// JSON that keeps the order of its keys.
using Json = nlohmann::ordered_json;

/// A JSON object as it stands in a file, which a load and a save leave unchanged in value and in
/// order.
///
/// What cannot be written back as it was read is refused when it is read: see `parse`. White space
/// is not kept: a document is written with two spaces and a final newline, so that `git diff` shows
/// fields. A byte order mark is kept.
class Document {
 public:
  /// Deepest nesting that is read; deeper documents are refused. RFC 8259 §9 allows such a limit.
  static constexpr std::size_t kMaxDepth = 512;

  /// An empty object.
  Document() : root_(Json::object()) {}

  /// Reads `bytes`; `path` is only for the messages. Throws ParseError for what is not a JSON
  /// object in UTF-8, and LossyRewriteError for a key that an object holds twice and for a number
  /// that would change.
  static Document parse(std::string_view bytes, const std::filesystem::path& path);

  Json& root() { return root_; }
  const Json& root() const { return root_; }

  /// The bytes to write. Throws InvalidArgument for a number that is not finite and for what is
  /// nested too deep to be read again, Json::type_error for text that is not UTF-8.
  std::string dump() const;

 private:
  Json root_;
  bool byte_order_mark_ = false;
};

/// `json` on one line, without a newline. Throws as Document::dump().
std::string dump_line(const Json& json);

}  // namespace tain
