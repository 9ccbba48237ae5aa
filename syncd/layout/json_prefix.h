#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tain::syncd {

/// Follows the first object or array of a text, byte by byte: where it ends, and, as long as it
/// does not, whether it still can. It is there for logs whose objects are not a line each.
///
/// It knows the grammar of JSON but for that of numbers, names and escapes: whoever has the whole
/// object parses it, and is told of those.
class JsonPrefix {
 public:
  enum class State {
    open,      ///< what was taken is the beginning of an object or array, or nothing yet
    complete,  ///< it is a whole one
    broken,    ///< whatever follows, it is none
  };

  /// Takes bytes up to the end of the value, or to the byte that breaks it, or all; returns how
  /// many it took. Takes none unless open.
  std::size_t take(std::string_view bytes);
  State state() const { return state_; }

 private:
  enum class Expects { value, value_or_end, key, key_or_end, colon, comma_or_end };

  void step(char c);
  void step_in_string(char c);
  void structure(char c);
  void begin_value(char c);
  void open(char c);
  void close(char c);
  bool in_object() const { return containers_.back() == '{'; }

  State state_ = State::open;
  Expects expects_ = Expects::value;
  bool in_string_ = false;
  bool is_escaped_ = false;
  bool in_word_ = false;    // a number, true, false or null
  std::string containers_;  // the brackets that are open
};

}  // namespace tain::syncd
