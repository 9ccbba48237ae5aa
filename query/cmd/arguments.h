#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json/document.h"
#include "core/json/time.h"
#include "core/model/usage.h"

namespace tain::query {

/// A flag's value, or nothing where the flag was not given. CLI11 would read an empty value as
/// none, and numbers in any base; so every value is taken as text and read by the functions below.
using Text = std::optional<std::string>;

/// A flag that takes one value, also an empty one, and may be given once.
CLI::Option* add_text(CLI::App& app, const std::string& flag, Text& target,
                      const std::string& description);
/// A flag that may be given again; each time adds its value.
CLI::Option* add_texts(CLI::App& app, const std::string& flag, std::vector<std::string>& target,
                       const std::string& description);
/// A positional argument that must be there, and may be empty.
CLI::Option* add_argument(CLI::App& app, const std::string& name, std::string& target,
                          const std::string& description);

/// `--format`, one of `formats`, of which the first is the default.
void add_format(CLI::App& app, std::string& target, const std::vector<std::string>& formats);
/// `--socket`, and what it means when it is not given.
void add_socket(CLI::App& app, Text& target);
std::filesystem::path socket_path(const Text& given);
/// `--db`, likewise.
void add_db(CLI::App& app, Text& target);
std::filesystem::path db_path(const Text& given);

// These read the text of `argument`, and throw InvalidArgument, which names it.
std::int64_t parse_integer(const std::string& argument, const std::string& text);
std::optional<std::int64_t> parse_integer(const std::string& argument, const Text& text);
/// A finite number. Nothing where the flag was not given.
std::optional<double> parse_number(const std::string& argument, const Text& text);
/// Seconds above zero, a fraction is fine.
double parse_seconds(const std::string& argument, const std::string& text);
/// RFC 3339, or a date. Nothing where the flag was not given.
std::optional<Timestamp> parse_moment(const std::string& argument, const Text& text);
/// One JSON value that can be written back as it stands (see Document::parse).
Json parse_json(const std::string& argument, const std::string& text);
/// The same, but an object.
Json parse_json_object(const std::string& argument, const std::string& text);

/// The flags of a Usage.
class UsageFlags {
 public:
  void add_to(CLI::App& app);
  /// Throws InvalidArgument for what is not a number, or below zero.
  Usage parse() const;

 private:
  Text input_, output_, cache_read_, cache_write_, cost_;
};

}  // namespace tain::query
