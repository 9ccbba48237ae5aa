// Writes transcripts as Claude Code leaves them, of programmers' work that never was: what somebody
// asked, thoughts, answers, tools and what they gave back. Lines have 0.4 to 40 KB, 2 KB on
// average; an answer spans several lines with one message id. Each twentieth transcript is of a
// session that was resumed and begins with lines of the one before; each tenth is a sub-agent's.
// Everything follows from the seed alone.
//
//   bench_transcripts DIR --transcripts N --lines L --seed S [--in-one]

#include <array>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/json/time.h"
#include "program.h"
#include "written_file.h"

namespace {

namespace fs = std::filesystem;
using tain::Json;

constexpr std::int64_t kEpochMs = 1'771'200'000'000;  // 2026-02-16
constexpr std::int64_t kProjects = 12;
constexpr auto kModels = std::to_array<const char*>(
    {"claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"});
constexpr auto kTools = std::to_array<const char*>({"Read", "Bash", "Edit", "Grep"});

struct Options {
  fs::path directory;
  std::int64_t transcripts = 1600;
  std::int64_t lines = 230;
  std::uint64_t seed = 1;
  bool in_one = false;
};

// Draws words as they are used: few of them often, many seldom.
class Author {
 public:
  explicit Author(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 20'000; ++i) words_.push_back(word());
  }

  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
  }
  std::string hexadecimal(int digits) {
    std::string text;
    while (digits-- > 0) text += "0123456789abcdef"[below(16)];
    return text;
  }
  std::string uuid() {
    std::string text = hexadecimal(32);
    for (const std::size_t dash : {8, 13, 18, 23}) text.insert(dash, "-");
    return text;
  }
  std::string prose(std::int64_t words) {
    std::string text;
    for (std::int64_t i = 0; i < words; ++i) text.append(i == 0 ? "" : " ").append(drawn());
    return text + ".";
  }
  // Of a file, as a tool shows it.
  std::string code(std::int64_t lines) {
    std::string text;
    for (std::int64_t i = 1; i <= lines; ++i) {
      text.append(std::to_string(i)).append("→\t").append(drawn()).append("(\"").append(drawn());
      text.append("\", ").append(drawn()).append(");  // ").append(prose(below(6))).append("\n");
    }
    return text;
  }

 private:
  std::string word() {
    constexpr auto kParts = std::to_array<const char*>(
        {"re", "con", "ta", "in", "mir", "ror", "log", "fi", "le", "pa", "th", "se", "qu", "el"});
    std::string text;
    for (std::int64_t i = 0, parts = 1 + below(4); i < parts; ++i) {
      text += kParts[static_cast<std::size_t>(below(kParts.size()))];
    }
    return text;
  }
  const std::string& drawn() {
    const auto most = static_cast<std::int64_t>(words_.size());
    return words_[static_cast<std::size_t>(below(1 + below(1 + below(most))))];
  }

  // Not a distribution of the library's: what those draw differs between libraries.
  std::mt19937_64 random_;
  std::vector<std::string> words_;
};

// One transcript, line by line.
class Transcript {
 public:
  Transcript(Author& author, std::int64_t number) : author_(author), now_ms_(kEpochMs) {
    now_ms_ += number * 1'234'567;
    session_ = author_.uuid();
    cwd_ = "/home/someone/work/project-" + std::to_string(number % kProjects);
    model_ = kModels[static_cast<std::size_t>(author_.below(kModels.size()))];
  }

  const std::string& session() const { return session_; }
  const std::vector<std::string>& lines() const { return lines_; }
  void make_sidechain(const std::string& agent) { agent_ = agent; }
  void resume(const Transcript& other) {
    const auto count = static_cast<std::ptrdiff_t>(other.lines_.size() / 4);
    lines_.assign(other.lines_.begin(), other.lines_.begin() + count);
  }

  void write(std::int64_t count) {
    while (static_cast<std::int64_t>(lines_.size()) < count) {
      ask();
      for (std::int64_t turns = 2 + author_.below(12); turns > 0; --turns) answer();
    }
    lines_.resize(static_cast<std::size_t>(count));
  }

 private:
  void ask() {
    add("user", {{"role", "user"}, {"content", author_.prose(8 + author_.below(60))}}, {});
  }

  // Thoughts, words and the use of a tool are lines of one message; the result is the user's.
  void answer() {
    message_ = "msg_01" + author_.hexadecimal(22);
    request_ = "req_011" + author_.hexadecimal(21);
    cached_ += author_.below(3000);
    written_ = author_.below(1500);
    output_ = 1 + author_.below(800);
    if (author_.below(2) == 0) {
      say({{"type", "thinking"},
           {"thinking", author_.prose(20 + author_.below(120))},
           {"signature", author_.hexadecimal(400 + static_cast<int>(author_.below(600)))}});
    }
    say({{"type", "text"}, {"text", author_.prose(10 + author_.below(60))}});
    use_tool();
    if (author_.below(3) == 0) report_progress();
  }

  void say(const Json& block) {
    const Json usage = {
        {"input_tokens", 8},
        {"cache_creation_input_tokens", written_},
        {"cache_read_input_tokens", cached_},
        {"cache_creation",
         {{"ephemeral_5m_input_tokens", written_}, {"ephemeral_1h_input_tokens", 0}}},
        {"output_tokens", output_},
        {"service_tier", "standard"}};
    add("assistant",
        {{"model", model_},
         {"id", message_},
         {"type", "message"},
         {"role", "assistant"},
         {"content", Json::array({block})},
         {"stop_reason", nullptr},
         {"stop_sequence", nullptr},
         {"usage", usage}},
        {{"requestId", request_}});
  }

  void use_tool() {
    const std::string id = "toolu_01" + author_.hexadecimal(22);
    const std::string file = cwd_ + "/src/" + author_.hexadecimal(6) + ".cc";
    const char* name = kTools[static_cast<std::size_t>(author_.below(kTools.size()))];
    // The last line of a message may know better than the ones before.
    if (author_.below(3) == 0) output_ += author_.below(200);
    say({{"type", "tool_use"},
         {"id", id},
         {"name", name},
         {"input", {{"file_path", file}, {"pattern", author_.prose(4)}, {"limit", 200}}}});
    // Mostly short, now and then a whole file; and once more, as the program's own copy.
    const std::string found = author_.code(2 + author_.below(8 + author_.below(160)));
    const Json result = {{"tool_use_id", id}, {"type", "tool_result"}, {"content", found}};
    add("user", {{"role", "user"}, {"content", Json::array({result})}},
        {{"toolUseResult",
          {{"type", "text"}, {"file", {{"filePath", file}, {"content", found}}}}}});
  }

  void report_progress() {
    add("progress", nullptr,
        {{"data",
          {{"type", "hook_progress"}, {"hookEvent", "PostToolUse"}, {"command", author_.prose(9)}}},
         {"toolUseID", "toolu_01" + author_.hexadecimal(22)}});
  }

  void add(const char* type, const Json& message, const Json& more) {
    const std::string uuid = author_.uuid();
    now_ms_ += 200 + author_.below(20'000);
    Json line = {{"parentUuid", parent_.empty() ? Json(nullptr) : Json(parent_)},
                 {"isSidechain", !agent_.empty()},
                 {"userType", "external"},
                 {"cwd", cwd_},
                 {"sessionId", session_},
                 {"version", "2.1.17"},
                 {"gitBranch", "main"},
                 {"type", type}};
    if (!agent_.empty()) line["agentId"] = agent_;
    if (!message.is_null()) line["message"] = message;
    line.update(more.is_null() ? Json::object() : more);
    line["uuid"] = uuid;
    line["timestamp"] = tain::format_time({now_ms_});
    lines_.push_back(line.dump());
    parent_ = uuid;
  }

  Author& author_;
  std::int64_t now_ms_;
  std::string session_, cwd_, model_, agent_, parent_, message_, request_;
  std::int64_t cached_ = 10'000, written_ = 0, output_ = 0;
  std::vector<std::string> lines_;
};

std::string text_of(const Transcript& transcript) {
  std::string text;
  for (const std::string& line : transcript.lines()) text.append(line).append("\n");
  return text;
}

struct Written {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t lines = 0;

  void add(const fs::path& path, const Transcript& transcript) {
    const std::string text = text_of(transcript);
    fs::create_directories(path.parent_path());
    tain::bench::write_plainly(tain::FileSystem::real(), path, text, false);
    ++files;
    bytes += static_cast<std::int64_t>(text.size());
    lines += static_cast<std::int64_t>(transcript.lines().size());
  }
};

// As long as all of them, of one session that somebody resumed again and again.
Json write_one(const Options& options) {
  Author author(options.seed);
  const fs::path path = options.directory / ".claude" / "projects" /
                        "-home-someone-work-project-0" / (author.uuid() + ".jsonl");
  fs::create_directories(path.parent_path());
  tain::FileSystem& files = tain::FileSystem::real();
  const tain::UniqueFd file =
      tain::open_or_throw(files, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644, "create");
  std::int64_t bytes = 0;
  for (std::int64_t i = 0; i < options.transcripts; ++i) {
    Transcript transcript(author, i * kProjects);
    transcript.write(options.lines);
    const std::string text = text_of(transcript);
    tain::write_all(files, file.get(), text, path, "write");
    bytes += static_cast<std::int64_t>(text.size());
  }
  return {{"files", 1}, {"bytes", bytes}, {"lines", options.transcripts * options.lines}};
}

Json write_transcripts(const Options& options) {
  Author author(options.seed);
  Written written;
  std::optional<Transcript> before;
  for (std::int64_t i = 0; i < options.transcripts; ++i) {
    Transcript transcript(author, i);
    const bool is_agents = i % 10 == 9;
    const std::string agent = author.hexadecimal(8);
    if (is_agents) transcript.make_sidechain(agent);
    if (i % 20 == 19 - 1) transcript.resume(*before);
    transcript.write(options.lines / 2 + author.below(options.lines + 1));
    const fs::path directory = options.directory / ".claude" / "projects" /
                               ("-home-someone-work-project-" + std::to_string(i % kProjects));
    written.add(is_agents
                    ? directory / transcript.session() / "subagents" / ("agent-" + agent + ".jsonl")
                    : directory / (transcript.session() + ".jsonl"),
                transcript);
    before.emplace(std::move(transcript));
  }
  return {{"files", written.files}, {"bytes", written.bytes}, {"lines", written.lines}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const auto add_options = [&](CLI::App& app) {
    app.add_option("directory", options.directory)->required();
    app.add_option("--transcripts", options.transcripts)->check(CLI::NonNegativeNumber);
    app.add_option("--lines", options.lines, "of each, on average")->check(CLI::PositiveNumber);
    app.add_option("--seed", options.seed, "the same seed, the same bytes");
    app.add_flag("--in-one", options.in_one, "one file, as long as all of them");
  };
  return tain::bench::run_program(argc, argv, "Writes transcripts", add_options, [&] {
    return options.in_one ? write_one(options) : write_transcripts(options);
  });
}
