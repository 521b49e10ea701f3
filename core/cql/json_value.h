// JSON to CQL values (cql-grammar section 9): what INSERT JSON and from_json take for each type.
//
// Numbers keep their text, so that bigints, varints and decimals lose no digit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/data/type.h"

namespace ringlet::cql {

struct JsonNode {
  enum class Kind : uint8_t { null, boolean, integer, number, string, array, object };
  Kind kind = Kind::null;
  std::string text;                      // boolean ("true"), integer and number as written, string unescaped
  std::vector<JsonNode> items;           // array, object
  std::vector<std::string> names;        // object: of items; a name may occur again, then the last one counts
};

// Errc::invalid where the text is no JSON, or nested deeper than kParserDepthMax.
Result<JsonNode> parse_json(std::string_view text);

// nullopt: null. Errc::invalid with what was expected and what was there.
Result<std::optional<Bytes>> json_to_value(const Type& type, const JsonNode& node);

// A member's name as a CQL name: folded to lower case unless it is in double quotes of its own.
std::string json_name(const std::string& name);

}  // namespace ringlet::cql
