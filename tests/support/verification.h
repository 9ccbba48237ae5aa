#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "syncd/verify/verify.h"

namespace tain::testing {

/// What verify() found, a line each: `path|table|row|difference|column|live|expected|remark`, the
/// path relative to `root`; and `path|why` for what was not compared.
struct Verification {
  syncd::VerifyResult result;
  std::vector<std::string> differences;
  std::vector<std::string> not_compared;
};

inline std::string show(const mirror::Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "NULL";
}

inline std::string show(const syncd::Difference& difference) {
  using enum syncd::DifferenceKind;
  std::string line = difference.table + "|" + difference.row;
  if (difference.kind == missing) return line + "|missing";
  if (difference.kind == extra) return line + "|extra";
  return line + "|changed|" + difference.column + "|" + show(difference.live) + "|" +
         show(difference.expected);
}

inline Verification run_verification(const syncd::VerifyOptions& options,
                                     const std::filesystem::path& root) {
  const auto relative = [&](const std::string& path) {
    const std::string prefix = root.string() + "/";
    return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
  };
  Verification found;
  found.result = syncd::verify(
      options, {[&](const syncd::Difference& difference) {
                  found.differences.push_back(relative(difference.path) + "|" + show(difference) +
                                              (difference.caught_up ? "" : "|not caught up"));
                },
                [&](const syncd::NotCompared& left_out) {
                  found.not_compared.push_back(relative(left_out.path) + "|" + left_out.why);
                }});
  return found;
}

}  // namespace tain::testing
