#include "json_prefix.h"

#include "json_tree.h"

namespace tain::syncd {
namespace {

bool is_white_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_of_a_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' ||
         c == 'E';
}

}  // namespace

std::size_t JsonPrefix::take(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && state_ == State::open) {
    step(bytes[taken]);
    if (state_ != State::broken) ++taken;
  }
  return taken;
}

void JsonPrefix::step(char c) {
  if (in_string_) return step_in_string(c);
  if (in_word_ && is_of_a_word(c)) return;
  in_word_ = false;
  if (!is_white_space(c)) structure(c);
}

void JsonPrefix::step_in_string(char c) {
  if (static_cast<unsigned char>(c) < ' ') {
    state_ = State::broken;  // a newline among them: no string goes on in the next line
  } else if (is_escaped_) {
    is_escaped_ = false;
  } else if (c == '\\') {
    is_escaped_ = true;
  } else if (c == '"') {
    in_string_ = false;
  }
}

void JsonPrefix::structure(char c) {
  switch (expects_) {
    case Expects::value_or_end:
      if (c == ']') return close(c);
      return begin_value(c);
    case Expects::value:
      return begin_value(c);
    case Expects::key_or_end:
      if (c == '}') return close(c);
      [[fallthrough]];
    case Expects::key:
      if (c != '"') break;
      in_string_ = true;
      expects_ = Expects::colon;
      return;
    case Expects::colon:
      if (c != ':') break;
      expects_ = Expects::value;
      return;
    case Expects::comma_or_end:
      if (c != ',') return close(c);
      expects_ = in_object() ? Expects::key : Expects::value;
      return;
  }
  state_ = State::broken;
}

void JsonPrefix::begin_value(char c) {
  if (c == '{' || c == '[') return open(c);
  // A text that is a string or a number has no lines to follow.
  if (containers_.empty() || (c != '"' && !is_of_a_word(c))) {
    state_ = State::broken;
    return;
  }
  in_string_ = c == '"';
  in_word_ = c != '"';
  expects_ = Expects::comma_or_end;
}

void JsonPrefix::open(char c) {
  containers_ += c;
  expects_ = c == '{' ? Expects::key_or_end : Expects::value_or_end;
  if (containers_.size() > JsonParser::kMaxDepth) state_ = State::broken;
}

void JsonPrefix::close(char c) {
  if (c != (in_object() ? '}' : ']')) {
    state_ = State::broken;
    return;
  }
  containers_.pop_back();
  expects_ = Expects::comma_or_end;
  if (containers_.empty()) state_ = State::complete;
}

}  // namespace tain::syncd
