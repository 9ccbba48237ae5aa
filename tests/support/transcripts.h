#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "corpus.h"

namespace tain::testing {

/// The transcripts of Claude Code in the corpus' family `claude-code`, wherever people put them.
inline std::vector<std::filesystem::path> claude_transcripts(const std::filesystem::path& family) {
  return files_below(family, [](const std::filesystem::path& file) {
    const std::string path = file.string();
    return file.extension() == ".jsonl" && path.find("codex") == std::string::npos &&
           path.find("rollout-") == std::string::npos;
  });
}

/// Its transcripts of Codex.
inline std::vector<std::filesystem::path> codex_transcripts(const std::filesystem::path& family) {
  return files_below(family, [](const std::filesystem::path& file) {
    return file.extension() == ".jsonl" && file.string().find("codex") != std::string::npos;
  });
}

/// Copies them to where Claude Code keeps its own below `home`, each as a session of its own
/// directory; returns the copies. `through`: a command that reads the file and writes the copy.
inline std::vector<std::filesystem::path> copy_as_claudes(
    const std::vector<std::filesystem::path>& transcripts, const std::filesystem::path& home,
    const std::string& through = "cat") {
  std::vector<std::filesystem::path> copies;
  for (const auto& transcript : transcripts) {
    const auto& copy =
        copies.emplace_back(home / ".claude/projects" /
                            ("-project-" + std::to_string(copies.size())) / transcript.filename());
    std::filesystem::create_directories(copy.parent_path());
    const std::string command =
        through + " <'" + transcript.string() + "' >'" + copy.string() + "'";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }
  return copies;
}

/// For jq: "input|output|cache read|cache write", the tokens that Claude Code's transcripts say
/// were used. Of the lines of a request the one with most counts; also of those inside reports of
/// progress.
inline constexpr const char* kClaudeTokenSums =
    R"jq([.[] | select(type == "object")]
         | map(., (.data | objects | .message | objects)) | to_entries
         | map(.key as $n | .value | select(.message | objects | .usage) | {
           key: (if .message.id == null then "\($n)" else "\(.message.id) \(.requestId)" end),
           in: (.message.usage.input_tokens // 0), out: (.message.usage.output_tokens // 0),
           read: (.message.usage.cache_read_input_tokens // 0),
           write: (if .message.usage.cache_creation then (.message.usage.cache_creation | add)
                   else (.message.usage.cache_creation_input_tokens // 0) end)})
         | group_by(.key) | map(max_by([.in + .out + .read + .write, .out]))
         | "\(map(.in) | add)|\(map(.out) | add)|\(map(.read) | add)|\(map(.write) | add)")jq";

}  // namespace tain::testing
