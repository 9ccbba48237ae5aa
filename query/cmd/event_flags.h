#pragma once

#include "arguments.h"
#include "core/model/event.h"

namespace tain::query {

/// What an event is given on the command line: its type as an argument, the rest as flags.
class EventFlags {
 public:
  void add_to(CLI::App& app);
  /// Throws InvalidArgument for words, numbers and JSON that are none.
  Event parse();

  Event event;  ///< what needs no parsing is set here

 private:
  Text lane_, actor_type_, data_, metadata_, model_;
  UsageFlags usage_;
};

}  // namespace tain::query
