#pragma once

#include <array>
#include <streambuf>
#include <string_view>

namespace tain::query {

/// A stream's buffer over a file descriptor that says why a write failed: it throws IoError.
///
/// `std::cout` only sets a bit, and a report cut short by a full disk would look complete. The
/// stream passes the exception on when its `exceptions()` hold `badbit`.
class OutputBuffer : public std::streambuf {
 public:
  /// `fd` stays open; `name` is for messages.
  OutputBuffer(int fd, const char* name);

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

  /// What has not been written out yet.
  std::string_view pending() const;
  /// Writes to `fd` from now on, which stays open.
  void redirect(int fd) { fd_ = fd; }

 private:
  void write_out();

  int fd_;
  const char* const name_;
  std::array<char, 1 << 16> buffer_;
};

}  // namespace tain::query
