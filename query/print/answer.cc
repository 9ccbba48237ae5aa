#include "answer.h"

namespace tain::query {

void print_json_array(std::ostream& out, const Json& object) {
  out << "[\n" << object.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n]\n";
}

}  // namespace tain::query
