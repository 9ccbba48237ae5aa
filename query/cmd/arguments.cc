#include "arguments.h"

#include <charconv>
#include <cmath>

#include "core/error.h"
#include "core/fs/paths.h"

namespace tain::query {
namespace {

// All of `text` as a T; nothing for anything else, spaces, a plus sign and overflow included.
template <class T>
std::optional<T> number(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

std::optional<std::int64_t> parse_tokens(const std::string& argument, const Text& text) {
  const std::optional<std::int64_t> tokens = parse_integer(argument, text);
  if (tokens && *tokens < 0) throw InvalidArgument(argument, "0 or more", quoted(*text));
  return tokens;
}

std::optional<double> parse_amount(const std::string& argument, const Text& text) {
  if (!text) return std::nullopt;
  const std::optional<double> amount = number<double>(*text);
  if (amount && std::isfinite(*amount) && *amount >= 0) return amount;
  throw InvalidArgument(argument, "a number, 0 or more", quoted(*text));
}

}  // namespace

CLI::Option* add_text(CLI::App& app, const std::string& flag, Text& target,
                      const std::string& description) {
  const auto set = [&target](const std::string& value) { target = value; };
  return app.add_option_function<std::string>(flag, set, description)->type_name("TEXT");
}

CLI::Option* add_texts(CLI::App& app, const std::string& flag, std::vector<std::string>& target,
                       const std::string& description) {
  const auto set = [&target](const std::vector<std::string>& values) { target = values; };
  return app.add_option_function<std::vector<std::string>>(flag, set, description)
      ->allow_extra_args(false)
      ->type_name("TEXT");
}

CLI::Option* add_argument(CLI::App& app, const std::string& name, std::string& target,
                          const std::string& description) {
  return app.add_option(name, target, description)->required()->type_name("");
}

void add_format(CLI::App& app, std::string& target, const std::vector<std::string>& formats) {
  target = formats.front();
  app.add_option("--format", target, "How to print")
      ->type_name("")
      ->capture_default_str()
      ->check(CLI::IsMember(formats));
}

void add_socket(CLI::App& app, Text& target) {
  add_text(app, "--socket", target, "The daemon's control socket, if not the usual one")
      ->type_name("FILE");
}

std::filesystem::path socket_path(const Text& given) {
  return given ? std::filesystem::path(*given) : default_socket();
}

void add_db(CLI::App& app, Text& target) {
  add_text(app, "--db", target, "The mirror, if not the usual one")->type_name("FILE");
}

std::filesystem::path db_path(const Text& given) {
  return given ? std::filesystem::path(*given) : default_mirror_file();
}

std::int64_t parse_integer(const std::string& argument, const std::string& text) {
  if (const auto value = number<std::int64_t>(text)) return *value;
  throw InvalidArgument(argument, "a whole number", quoted(text));
}

std::optional<std::int64_t> parse_integer(const std::string& argument, const Text& text) {
  if (!text) return std::nullopt;
  return parse_integer(argument, *text);
}

double parse_seconds(const std::string& argument, const std::string& text) {
  constexpr double kLongest = 86'400;
  const std::optional<double> seconds = number<double>(text);
  if (seconds && *seconds > 0 && *seconds <= kLongest) return *seconds;
  throw InvalidArgument(argument, "a number of seconds above 0, a day at most", quoted(text));
}

std::optional<double> parse_number(const std::string& argument, const Text& text) {
  if (!text) return std::nullopt;
  const std::optional<double> value = number<double>(*text);
  if (value && std::isfinite(*value)) return value;
  throw InvalidArgument(argument, "a number", quoted(*text));
}

std::optional<Timestamp> parse_moment(const std::string& argument, const Text& text) {
  if (!text) return std::nullopt;
  if (const std::optional<Timestamp> time = parse_time(*text)) return time;
  throw InvalidArgument(argument, "a time such as 2026-02-16T12:00:00Z, or a date", quoted(*text));
}

Json parse_json(const std::string& argument, const std::string& text) {
  try {
    // Through core's parser, which refuses what could not be written back: repeated keys, numbers
    // that would change.
    Document document = Document::parse("{\"value\":" + text + "}", argument);
    if (document.root().size() == 1) return std::move(document.root()["value"]);
  } catch (const ParseError&) {
    // Its place would count from the wrapping; the message below is better.
  } catch (const LossyRewriteError&) {
    throw InvalidArgument(argument, "JSON without repeated keys, and numbers that a double holds",
                          quoted(text));
  }
  throw InvalidArgument(argument, "one JSON value", quoted(text));
}

Json parse_json_object(const std::string& argument, const std::string& text) {
  Json value = parse_json(argument, text);
  if (!value.is_object()) throw InvalidArgument(argument, "a JSON object", quoted(text));
  return value;
}

void UsageFlags::add_to(CLI::App& app) {
  add_text(app, "--input", input_, "Tokens read")->type_name("N");
  add_text(app, "--output", output_, "Tokens written")->type_name("N");
  add_text(app, "--cache-read", cache_read_, "Tokens read from the cache")->type_name("N");
  add_text(app, "--cache-write", cache_write_, "Tokens written to the cache")->type_name("N");
  add_text(app, "--cost", cost_, "What they cost")->type_name("USD");
}

Usage UsageFlags::parse() const {
  return {.input_tokens = parse_tokens("--input", input_),
          .output_tokens = parse_tokens("--output", output_),
          .cache_read_tokens = parse_tokens("--cache-read", cache_read_),
          .cache_write_tokens = parse_tokens("--cache-write", cache_write_),
          .cost_usd = parse_amount("--cost", cost_)};
}

}  // namespace tain::query
