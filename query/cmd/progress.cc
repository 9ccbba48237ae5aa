#include "progress.h"

namespace tain::query {

syncd::ProgressReport progress_on(const Io& io) {
  using Place = syncd::ProgressReport::Place;
  std::ostream& err = io.err;
  if (io.err_is_terminal) {
    return {Place::terminal, [&err](const std::string& text) { err << text << std::flush; }};
  }
  return {Place::log, [&err](const std::string& text) { err << "tain: " << text << std::endl; }};
}

}  // namespace tain::query
