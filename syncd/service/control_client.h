#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "core/json/document.h"

namespace tain::syncd {

/// The control protocol, as its clients see it: a Unix stream socket, one JSON object a line, one
/// answer for each request.
///
///   status                         the daemon's state: see status_report.h
///   flush                          answers when everything saved before is in the mirror
///   sync          [path]           looks again at the path, or at all roots; then as flush
///   open_project  path             mirrors the directory too, until the daemon is started again;
///                                  then as flush
///   rebuild                        as reload, and builds the mirror anew beside the old one
///   reload                         reads the configuration again, as SIGHUP does; then as flush.
///                                  One that is wrong is refused, and nothing changes
///   shutdown                       answers, then the daemon leaves
///
/// The word is the object's "command"; "path" is absolute.
///
/// Every answer has "ok": true, or "ok": false and an "error" for a person.

/// Sends `request` to the daemon at `socket` and returns its answer, whose "ok" is true. Throws
/// NotFoundError where no daemon listens, Error with the daemon's words, when the answer takes
/// longer than `timeout`, or the request is not UTF-8.
Json ask_daemon(const std::filesystem::path& socket, const Json& request,
                std::chrono::milliseconds timeout);

/// What is done while an answer is awaited.
struct Meanwhile {
  std::chrono::milliseconds every;
  std::function<void()> look;  ///< what it throws ends the wait
};
/// The same, with something to do meanwhile.
Json ask_daemon(const std::filesystem::path& socket, const Json& request,
                std::chrono::milliseconds timeout, const Meanwhile& meanwhile);

}  // namespace tain::syncd
