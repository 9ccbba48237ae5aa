#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace tain::query {
namespace {

bool wants_colour() {
  const char* no = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool is_forbidden = no != nullptr && *no != '\0';
  return !is_forbidden && kind != nullptr && std::string_view(kind) != "dumb";
}

}  // namespace

Style::Style(const std::optional<Terminal>& terminal) {
  if (!terminal || !terminal->colour) return;
  bold = "\x1b[1m";
  faint = "\x1b[2m";
  red = "\x1b[31m";
  plain = "\x1b[0m";
}

std::optional<Terminal> terminal_of(int fd) {
  if (::isatty(fd) == 0) return std::nullopt;
  Terminal terminal;
  terminal.colour = wants_colour();
  winsize size = {};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0) {  // zeros where nobody has set it
    if (size.ws_col > 0) terminal.columns = size.ws_col;
    if (size.ws_row > 0) terminal.rows = size.ws_row;
  }
  return terminal;
}

}  // namespace tain::query
