#include "mirror_eye.h"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "program.h"
#include "syncd/mirror/binding.h"
#include "syncd/mirror/mirror_reader.h"

namespace tain::bench {
namespace {

constexpr std::int64_t kLookAgainNs = 50'000;
constexpr std::int64_t kLookForNs = 2'000'000;
constexpr std::int64_t kSleepNs = 20'000'000;
constexpr std::int64_t kPatienceNs = 30'000'000'000;

}  // namespace

MirrorEye::MirrorEye(const std::filesystem::path& mirror, std::string_view question,
                     std::int64_t argument)
    : database_(mirror::open_for_reading(mirror)),
      question_(database_, question),
      events_(FileSystem::real(), ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  question_.bind(1, argument);
  ask();  // the journal is there once somebody reads
  const std::string journal = mirror.string() + "-wal";
  if (::inotify_add_watch(events_.get(), journal.c_str(), IN_MODIFY) < 0) {
    throw IoError("watch", journal, errno);
  }
}

bool MirrorEye::wait_for_a_write(std::int64_t limit_ns) const {
  pollfd watched = {.fd = events_.get(), .events = POLLIN, .revents = 0};
  const timespec limit = {0, limit_ns};
  if (::ppoll(&watched, 1, &limit, nullptr) <= 0) return false;
  std::array<char, 4096> events{};
  while (::read(events_.get(), events.data(), events.size()) > 0) {
  }
  return true;
}

std::int64_t MirrorEye::ask() {
  const std::int64_t number = question_.step() ? question_.integer(0) : 0;
  question_.reset();
  return number;
}

std::vector<std::int64_t> MirrorEye::watch_until(std::int64_t last) {
  ::prctl(PR_SET_TIMERSLACK, 1);  // of this thread: else 50 µs may take 100
  std::vector<std::int64_t> seen;
  std::int64_t written = now_ns();
  std::int64_t advanced = written;
  while (static_cast<std::int64_t>(seen.size()) < last) {
    const bool looks = now_ns() - written < kLookForNs;
    if (wait_for_a_write(looks ? kLookAgainNs : kSleepNs)) written = now_ns();
    const auto number = static_cast<std::size_t>(ask());
    const std::int64_t now = now_ns();
    if (number > seen.size()) {
      seen.resize(number, now);
      advanced = now;
      written -= kLookForNs;  // there is nothing more to see of this write
    }
    if (now - advanced > kPatienceNs) throw std::runtime_error("a save is not seen in the mirror");
  }
  return seen;
}

std::int64_t file_id_of(const std::filesystem::path& mirror, const std::filesystem::path& file) {
  const auto database = mirror::open_for_reading(mirror);
  auto find = database.prepare("SELECT file_id FROM files WHERE path = ?1");
  const std::string path = file.string();
  mirror::bind_path(find, 1, path);
  if (!find.step()) throw std::runtime_error("not in the mirror: " + path);
  return find.integer(0);
}

}  // namespace tain::bench
