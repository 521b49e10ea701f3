#include "core/data/json_value.h"

#include <bit>
#include <cmath>

#include "core/base/must.h"
#include "core/data/text_value.h"
#include "core/data/value.h"

namespace ringlet {
namespace {

using Kind = JsonValue::Kind;

// --- to JSON -----------------------------------------------------------------------------------------------------------

bool is_finite(const Type& type, BytesView bytes) {
  if (type.kind == TypeKind::float_) return std::isfinite(std::bit_cast<float>(load_big<uint32_t>(bytes.data())));
  if (type.kind == TypeKind::double_) return std::isfinite(std::bit_cast<double>(load_big<uint64_t>(bytes.data())));
  return true;
}

std::string native_json(const Type& type, BytesView bytes) {
  switch (type.kind) {
    case TypeKind::tinyint:
    case TypeKind::smallint:
    case TypeKind::int_:
    case TypeKind::bigint:
    case TypeKind::counter:
    case TypeKind::varint:
    case TypeKind::decimal:
    case TypeKind::float_:
    case TypeKind::double_:
    case TypeKind::boolean:
      if (bytes.empty()) return "\"\"";
      return is_finite(type, bytes) ? show_text(type.kind, bytes) : "null";
    case TypeKind::timestamp:
      return bytes.empty() ? "\"\"" : json_quoted(timestamp_text(load_big<int64_t>(bytes.data())));
    default:
      return json_quoted(show_text(type.kind, bytes));
  }
}

std::string map_json(const Type& type, const std::vector<std::optional<BytesView>>& parts) {
  std::string text = "{";
  for (size_t i = 0; i < parts.size(); i += 2) {
    const std::string key = to_json(*type.parameters[0], *parts[i]);
    text += (i > 0 ? ", " : "") + (key.starts_with('"') ? key : json_quoted(key)) + ": " +
            to_json(*type.parameters[1], *parts[i + 1]);
  }
  return text + "}";
}

std::string fields_json(const Type& type, const std::vector<std::optional<BytesView>>& fields) {
  const bool named = type.kind == TypeKind::user;
  std::string text(1, named ? '{' : '[');
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text += ", ";
    if (named) text += json_key(type.field_names[i]) + ": ";
    text += fields[i] ? to_json(*type.parameters[i], *fields[i]) : "null";
  }
  return text + (named ? '}' : ']');
}

// --- from JSON ---------------------------------------------------------------------------------------------------------

const char* java_name(const JsonValue& value) {
  switch (value.kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "Boolean";
    case Kind::string:
      return "String";
    case Kind::array:
      return "ArrayList";
    case Kind::object:
      return "LinkedHashMap";
    case Kind::number:
      break;
  }
  if (value.text.find_first_of(".eE") != std::string::npos) return "Double";
  return value.text.size() <= 9 ? "Integer" : "Long";
}

std::unexpected<Error> expected(const std::string& what, const JsonValue& value) {
  return fail(Errc::invalid,
              "Expected " + what + ", but got a " + java_name(value) + ": " + to_text(value).substr(0, 200));
}

const char* wanted(TypeKind kind) {
  switch (kind) {
    case TypeKind::text:
      return "a UTF-8 string";
    case TypeKind::ascii:
      return "an ASCII string";
    case TypeKind::blob:
      return "a hex string that begins with 0x";
    case TypeKind::uuid:
      return "a string representation of a uuid";
    case TypeKind::timeuuid:
      return "a string representation of a timeuuid";
    case TypeKind::inet:
      return "a string representation of an inet value";
    case TypeKind::date:
      return "a string representation of a date value";
    case TypeKind::time:
      return "a string representation of a time value";
    case TypeKind::timestamp:
      return "a long or a datestring representation of a timestamp value";
    case TypeKind::duration:
      return "a string representation of a duration value";
    case TypeKind::int_:
      return "an int value";
    default:
      return nullptr;
  }
}

std::string wanted_words(TypeKind kind) {
  const char* words = wanted(kind);
  return words ? words : "a " + to_cql(*native_type(kind)) + " value";
}

bool takes_number(TypeKind kind) {
  switch (kind) {
    case TypeKind::tinyint:
    case TypeKind::smallint:
    case TypeKind::int_:
    case TypeKind::bigint:
    case TypeKind::counter:
    case TypeKind::varint:
    case TypeKind::decimal:
    case TypeKind::float_:
    case TypeKind::double_:
    case TypeKind::timestamp:
    case TypeKind::date:
    case TypeKind::time:
      return true;
    default:
      return false;
  }
}

Result<Bytes> native_from_json(TypeKind kind, const JsonValue& value) {
  const bool fits = value.kind == Kind::string || (value.kind == Kind::number && takes_number(kind)) ||
                    (value.kind == Kind::boolean && kind == TypeKind::boolean);
  if (!fits) return expected(wanted_words(kind), value);
  Result<Bytes> parsed = parse_text(kind, value.text);
  if (!parsed && value.kind == Kind::number) return expected(wanted_words(kind), value);
  return parsed;
}

// A key of a JSON object: text for native types, JSON inside the text for others.
Result<std::optional<Bytes>> key_from_json(const Type& type, const std::string& name) {
  if (type.parameters.empty()) return from_json(type, {.kind = Kind::string, .text = name});
  TRY(const JsonValue inner, parse_json(name));
  return from_json(type, inner);
}

Bytes joined(const Type& type, const std::vector<std::optional<Bytes>>& parts) {
  const std::vector<std::optional<BytesView>> views(parts.begin(), parts.end());
  return normalize(type, join_elements(type, views));
}

Result<Bytes> sequence_from_json(const Type& type, const JsonValue& value) {
  const std::string noun = type.kind == TypeKind::set ? "set" : type.kind == TypeKind::list ? "list" : "vector";
  if (value.kind != Kind::array)
    return expected(noun == "list" ? "a list" : "a list (representing a " + noun + ")", value);
  if (type.kind == TypeKind::vector && value.items.size() != type.dimension) {
    return fail(Errc::invalid, "Invalid vector literal of type " + to_cql(type) + "; expected " +
                                   std::to_string(type.dimension) + " elements, but given " +
                                   std::to_string(value.items.size()));
  }
  std::vector<std::optional<Bytes>> parts;
  for (const JsonValue& item : value.items) {
    TRY(std::optional<Bytes> part, from_json(*type.parameters[0], item));
    if (!part) return fail(Errc::invalid, "Invalid null element in " + noun);
    parts.push_back(std::move(part));
  }
  return joined(type, parts);
}

Result<Bytes> map_from_json(const Type& type, const JsonValue& value) {
  if (value.kind != Kind::object) return expected("a map", value);
  std::vector<std::optional<Bytes>> parts;
  for (size_t i = 0; i < value.items.size(); ++i) {
    TRY(std::optional<Bytes> key, key_from_json(*type.parameters[0], value.names[i]));
    TRY(std::optional<Bytes> item, from_json(*type.parameters[1], value.items[i]));
    if (!key) return fail(Errc::invalid, "Invalid null key in map");
    if (!item) return fail(Errc::invalid, "Invalid null value in map");
    parts.push_back(std::move(key));
    parts.push_back(std::move(item));
  }
  return joined(type, parts);
}

Result<Bytes> tuple_from_json(const Type& type, const JsonValue& value) {
  if (value.kind != Kind::array) return expected("a list representation of a tuple", value);
  const size_t fields = type.parameters.size();
  if (value.items.size() > fields)
    return fail(Errc::invalid,
                "Tuple contains extra items (expected " + std::to_string(fields) + "): " + to_text(value));
  if (value.items.size() < fields)
    return fail(Errc::invalid, "Tuple is missing items (expected " + std::to_string(fields) + "): " + to_text(value));
  std::vector<std::optional<Bytes>> parts;
  for (size_t i = 0; i < fields; ++i) {
    TRY(std::optional<Bytes> part, from_json(*type.parameters[i], value.items[i]));
    parts.push_back(std::move(part));
  }
  return joined(type, parts);
}

Result<Bytes> user_from_json(const Type& type, const JsonValue& value) {
  if (value.kind != Kind::object) return expected("a map", value);
  std::vector<std::optional<Bytes>> parts(type.parameters.size());
  for (size_t i = 0; i < value.items.size(); ++i) {
    const std::string name = name_of_json_key(value.names[i]);
    size_t field = 0;
    while (field < parts.size() && type.field_names[field] != name) ++field;
    if (field == parts.size())
      return fail(Errc::invalid, "Unknown field '" + name + "' in value of user defined type " + type.name);
    TRY(parts[field], from_json(*type.parameters[field], value.items[i]));
  }
  return joined(type, parts);
}

Result<Bytes> bytes_from_json(const Type& type, const JsonValue& value) {
  switch (type.kind) {
    case TypeKind::list:
    case TypeKind::set:
    case TypeKind::vector:
      return sequence_from_json(type, value);
    case TypeKind::map:
      return map_from_json(type, value);
    case TypeKind::tuple:
      return tuple_from_json(type, value);
    case TypeKind::user:
      return user_from_json(type, value);
    default:
      return native_from_json(type.kind, value);
  }
}

}  // namespace

std::string to_json(const Type& type, BytesView bytes) {
  if (type.parameters.empty()) return native_json(type, bytes);
  const auto parts = split_elements(type, bytes);
  MUST(parts.has_value());
  if (type.kind == TypeKind::map) return map_json(type, *parts);
  if (type.kind == TypeKind::tuple || type.kind == TypeKind::user) return fields_json(type, *parts);
  std::string text = "[";
  for (size_t i = 0; i < parts->size(); ++i) text += (i > 0 ? ", " : "") + to_json(*type.parameters[0], *(*parts)[i]);
  return text + "]";
}

Result<std::optional<Bytes>> from_json(const Type& type, const JsonValue& value) {
  if (value.kind == Kind::null) return std::nullopt;
  TRY(Bytes bytes, bytes_from_json(type, value));
  return bytes;
}

}  // namespace ringlet
