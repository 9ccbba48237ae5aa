// Any bytes as a log, which grows while it is read: what it becomes must not depend on the pieces.

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "expect.h"
#include "syncd/layout/redaction.h"
#include "syncd/sync/log_sync.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mirror_dump.h"
#include "tests/support/temp_dir.h"

namespace tain::fuzz {
namespace {

constexpr std::size_t kMaxBody = 64;
constexpr std::size_t kMaxLine = 512;
constexpr std::size_t kBudget = 1024;

struct Undo {};

class Log {
 public:
  // What the mirror shows of a log that had each of these lengths when it was read.
  std::string show(std::string_view bytes, const std::vector<std::size_t>& lengths,
                   const syncd::FileRole& role) {
    std::string shown;
    try {
      writer_.transact([&] {
        sync(bytes, lengths, role);
        for (const char* rows :
             {"SELECT * FROM events ORDER BY line_offset",
              "SELECT * FROM session_task_messages ORDER BY line_offset", "SELECT * FROM sessions",
              "SELECT * FROM agent_runs ORDER BY position",
              "SELECT * FROM message_usage ORDER BY line_offset",
              "SELECT byte_offset, reason FROM sync_errors ORDER BY byte_offset, reason",
              "SELECT state, consumed, hash FROM files"}) {
          shown += testing::select(writer_.database(), rows) + "\n";
        }
        throw Undo();
      });
    } catch (const Undo&) {
    }
    return shown;
  }

  const syncd::Layouts& layouts() const { return layouts_; }

 private:
  void sync(std::string_view bytes, const std::vector<std::size_t>& lengths,
            const syncd::FileRole& role) {
    const UniqueFd fd(FileSystem::real(), ::memfd_create("log", MFD_CLOEXEC));
    mirror::FileRecord record;
    record.path = "/r/p/.tain/log";
    record.root_id = writer_.ledger().root("/r").root_id;
    record.project_key = writer_.ledger().project(role.project_root);
    record.layout = role.layout;
    record.kind = to_text(role.kind);
    std::size_t written = 0;
    for (const std::size_t length : lengths) {
      const std::string_view piece = bytes.substr(written, length - written);
      expect(::write(fd.get(), piece.data(), piece.size()) == static_cast<ssize_t>(piece.size()),
             "a file that takes what is written");
      written = length;
      const auto version = syncd::current_version(fd.get(), record.path);
      syncd::OpenFile file{{FileSystem::real(), ::dup(fd.get())}, version, true};
      const std::string fold =
          record.consumed == 0 ? "" : writer_.ledger().log_state(record.file_id);
      auto reading = log_.read(record, role, fold, file, [] { return false; });
      if (!reading) continue;
      syncd::LogSync::write(writer_, role, *reading);
      record = reading->record;
    }
  }

  testing::TempDir directory_;
  testing::FakeClock clock_;
  mirror::Schema schema_;
  syncd::Layouts layouts_{schema_};
  mirror::MirrorWriter writer_{directory_ / "mirror.db", schema_, clock_.clock()};
  syncd::Redaction redaction_{{.drop = {"a.b"}}};
  syncd::LogSync log_{layouts_, schema_, kMaxBody, kMaxLine, kBudget, &redaction_};
};

void try_log(std::string_view bytes) {
  static Log log;
  static const std::array kRoles = {
      log.layouts().classify("/r/p/.tain/sessions/s/events.jsonl").value(),
      log.layouts().classify("/r/p/.tain/sessions/s/tasks/t/messages.jsonl").value(),
      log.layouts().classify("/r/p/.beads/issues.jsonl").value(),
      log.layouts().classify("/r/p/.beads/deletions.jsonl").value(),
      log.layouts().classify("/r/.claude/projects/-a/s.jsonl").value(),
      log.layouts().classify("/r/.codex/sessions/rollout-s.jsonl").value()};
  // Where it is cut depends on nothing but the bytes, so that a finding can be repeated.
  const auto chance = static_cast<std::size_t>(syncd::checksum(bytes));
  std::vector<std::size_t> lengths = {chance % (bytes.size() + 1),
                                      (chance >> 20) % (bytes.size() + 1), bytes.size()};
  std::sort(lengths.begin(), lengths.end());
  const syncd::FileRole& role = kRoles[(chance >> 40) % kRoles.size()];
  expect(log.show(bytes, lengths, role) == log.show(bytes, {bytes.size()}, role),
         "the same rows, in however many pieces a log is read");
}

}  // namespace
}  // namespace tain::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  tain::fuzz::try_log({reinterpret_cast<const char*>(data), size});
  return 0;
}
