#pragma once

#include <sys/types.h>

#include <optional>

#include "core/fs/file_system.h"
#include "output_buffer.h"
#include "terminal.h"

namespace tain::query {

/// The standard output of a program. On a terminal, what is longer than the screen goes to
/// `$PAGER`, or to `less` where there is one.
///
/// The first time that something is written out decides: when it was flushed and fits on the
/// screen, there will be no pager; so a command that shows things as they come flushes them.
class PagedOutput : public OutputBuffer {
 public:
  /// `terminal` is what `fd` is connected to; without one nothing is paged.
  PagedOutput(int fd, const char* name, const std::optional<Terminal>& terminal)
      : OutputBuffer(fd, name), terminal_(terminal) {}
  PagedOutput(const PagedOutput&) = delete;
  PagedOutput& operator=(const PagedOutput&) = delete;
  /// Waits until the reader has left the pager.
  ~PagedOutput() override;

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  void begin_paging();

  std::optional<Terminal> terminal_;  ///< until it is decided
  pid_t pager_ = -1;
  UniqueFd to_pager_;
};

}  // namespace tain::query
