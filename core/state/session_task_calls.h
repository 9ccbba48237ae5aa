#pragma once

#include <exception>
#include <optional>
#include <string>

#include "session_task_file.h"

namespace tain {

/// `text` with what is not UTF-8 replaced: what an exception says may quote anything.
inline std::string in_utf8(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// Calls somebody else's code. Returns what it threw, as text; nothing when it went well.
template <class Call>
std::optional<std::string> failure_of(const Call& call) {
  try {
    call();
    return std::nullopt;
  } catch (const std::exception& error) {
    return in_utf8(error.what());
  } catch (...) {
    return "an exception of an unknown type";
  }
}

/// The task as it was changed, or the doubt that was kept until everyone was told.
inline const SessionTask& settle(const TaskChange& change) {
  if (change.doubt) std::rethrow_exception(change.doubt);
  return change.after;
}

}  // namespace tain
