#include "json_schema.h"

namespace tain::json_schema_detail {

Json begin_schema(std::string_view name, std::string_view description) {
  Json schema = Json::object();
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["$id"] = std::string("urn:tain:schema:").append(name);
  schema["title"] = name;
  if (!description.empty()) schema["description"] = description;
  return schema;
}

Json of_type(std::string_view type) {
  Json schema = Json::object();
  schema["type"] = type;
  return schema;
}

Json of_time() {
  Json schema = of_type("string");
  schema["format"] = "date-time";
  // Validators need not look at a format, so the pattern says it too.
  schema["pattern"] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$";
  return schema;
}

Json of_words(const std::vector<std::string_view>& words) {
  Json schema = of_type("string");
  schema["enum"] = words;
  return schema;
}

Json or_null(Json schema) {
  // Without a type everything is allowed already.
  if (schema.contains("type")) schema["type"] = Json::array({schema["type"], "null"});
  if (schema.contains("enum")) schema["enum"].push_back(nullptr);
  return schema;
}

}  // namespace tain::json_schema_detail
