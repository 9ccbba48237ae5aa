#pragma once

#include <chrono>
#include <filesystem>

#include "core/json/document.h"

namespace tain::syncd {

/// The control protocol, as its clients see it: a Unix stream socket, one JSON object a line, one
/// answer for each request.
///
///   {"command": "status"}                        the daemon's state, see StatusReport in
///   service/status.h
///   {"command": "flush"}                         answers when everything saved before is in the
///   mirror
///   {"command": "sync", "path": "/a/b"}          looks at the path (without one: at all roots)
///   again, then as flush
///   {"command": "shutdown"}                      answers, then the daemon leaves
///
/// Every answer has "ok": true, or "ok": false and an "error" for a person.

/// Sends `request` to the daemon at `socket` and returns its answer, whose "ok" is true. Throws
/// NotFoundError where no daemon listens, Error with the daemon's words, or when the answer takes
/// longer than `timeout`.
Json ask_daemon(const std::filesystem::path& socket, const Json& request,
                std::chrono::milliseconds timeout);

}  // namespace tain::syncd
