// JSON text as a tree, with numbers as they were written: a varint of fifty digits must not pass through a double.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace ringlet {

struct JsonValue {
  enum class Kind : uint8_t { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  std::string text;                // of a string its content, of a number its digits, of a boolean "true" or "false"
  std::vector<std::string> names;  // of an object, one for each item; a name may occur twice
  std::vector<JsonValue> items;
};

// Errc::invalid where it is not JSON, or nested deeper than kParserDepthMax, or more than kJsonValuesMax.
Result<JsonValue> parse_json(std::string_view text);

std::string json_quoted(std::string_view text);  // "it\"s"
std::string to_text(const JsonValue& value);     // compact JSON again

// CQL names as keys of JSON objects: fold to lower case unless quoted inside the key ("\"Name\"").
std::string json_key(std::string_view name);         // "name", or "\"Name\"" where it has upper case; with its quotes
std::string name_of_json_key(std::string_view key);  // the key's content -> the name

}  // namespace ringlet
