#include "core/cql/json_value.h"

#include <algorithm>

#include "core/data/text_value.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

const char* shown(JsonNode::Kind kind) {
  switch (kind) {
    case JsonNode::Kind::null: return "null";
    case JsonNode::Kind::boolean: return "Boolean";
    case JsonNode::Kind::integer: return "Integer";
    case JsonNode::Kind::number: return "Double";
    case JsonNode::Kind::string: return "String";
    case JsonNode::Kind::array: return "List";
    case JsonNode::Kind::object: return "Map";
  }
  return "";
}

std::unexpected<Error> expected(const std::string& what, const JsonNode& node) {
  return invalid("Expected " + what + ", but got a " + shown(node.kind) + (node.text.empty() ? "" : ": " + node.text));
}

// Which JSON values, beside strings, a native type takes.
bool takes(TypeKind type, JsonNode::Kind kind) {
  switch (type) {
    case TypeKind::tinyint: case TypeKind::smallint: case TypeKind::int_: case TypeKind::bigint: case TypeKind::varint:
    case TypeKind::counter: case TypeKind::timestamp: case TypeKind::date: case TypeKind::time:
      return kind == JsonNode::Kind::integer;
    case TypeKind::float_: case TypeKind::double_: case TypeKind::decimal:
      return kind == JsonNode::Kind::integer || kind == JsonNode::Kind::number;
    case TypeKind::boolean: return kind == JsonNode::Kind::boolean;
    default: return false;
  }
}

std::string wanted(const Type& type) {
  switch (type.kind) {
    case TypeKind::text: return "a UTF-8 string";
    case TypeKind::ascii: return "an ascii string";
    case TypeKind::blob: return "a blob string like 0x00ff";
    case TypeKind::int_: case TypeKind::inet: return "an " + to_cql(type) + " value";
    default: return "a " + to_cql(type) + " value";
  }
}

Result<std::optional<Bytes>> native(const Type& type, const JsonNode& node) {
  if (node.kind != JsonNode::Kind::string && !takes(type.kind, node.kind)) return expected(wanted(type), node);
  if (type.kind == TypeKind::blob && !node.text.starts_with("0x")) return expected(wanted(type), node);
  TRY(Bytes bytes, parse_text(type.kind, node.text));
  return bytes;
}

using Parts = std::vector<Bytes>;

Bytes joined(const Type& type, const Parts& parts) {
  const std::vector<std::optional<BytesView>> views(parts.begin(), parts.end());
  return normalize(type, join_elements(type, views));
}

Result<std::optional<Bytes>> sequence(const Type& type, const char* what, const JsonNode& node) {
  if (node.kind != JsonNode::Kind::array) return expected(std::string("a list for a ") + what, node);
  if (type.kind == TypeKind::vector && node.items.size() != type.dimension)
    return invalid("Expected a vector of " + std::to_string(type.dimension) + " elements, but got " + std::to_string(node.items.size()));
  Parts parts;
  for (const JsonNode& item : node.items) {
    TRY(auto part, json_to_value(*type.parameters[0], item));
    if (!part) return invalid(std::string("Invalid null element in ") + what);
    parts.push_back(*std::move(part));
  }
  return joined(type, parts);
}

// A key of anything but text is JSON inside the string.
Result<std::optional<Bytes>> map_key(const Type& type, const std::string& name) {
  JsonNode key{JsonNode::Kind::string, name, {}, {}};
  if (!type.parameters.empty()) {
    TRY(key, parse_json(name));
  }
  return json_to_value(type, key);
}

Result<std::optional<Bytes>> map(const Type& type, const JsonNode& node) {
  if (node.kind != JsonNode::Kind::object) return expected("a map", node);
  Parts parts;
  for (size_t i = 0; i < node.items.size(); ++i) {
    TRY(auto key, map_key(*type.parameters[0], node.names[i]));
    TRY(auto value, json_to_value(*type.parameters[1], node.items[i]));
    if (!key) return invalid("Invalid null key in map");
    if (!value) return invalid("Invalid null value in map");
    parts.push_back(*std::move(key));
    parts.push_back(*std::move(value));
  }
  return joined(type, parts);
}

Bytes joined_fields(const Type& type, const std::vector<std::optional<Bytes>>& fields) {
  std::vector<std::optional<BytesView>> views;
  for (const auto& field : fields) views.push_back(field ? std::optional<BytesView>(*field) : std::nullopt);
  return join_elements(type, views);
}

Result<std::optional<Bytes>> tuple(const Type& type, const JsonNode& node) {
  if (node.kind != JsonNode::Kind::array) return expected("a list representation of a tuple", node);
  const size_t wants = type.parameters.size(), has = node.items.size();
  if (has > wants) return invalid("Tuple contains extra items (expected " + std::to_string(wants) + "): got " + std::to_string(has));
  if (has < wants) return invalid("Tuple is missing items (expected " + std::to_string(wants) + "): got " + std::to_string(has));
  std::vector<std::optional<Bytes>> fields;
  for (size_t i = 0; i < wants; ++i) {
    TRY(auto field, json_to_value(*type.parameters[i], node.items[i]));
    fields.push_back(std::move(field));
  }
  return joined_fields(type, fields);
}

Result<std::optional<Bytes>> user_type(const Type& type, const JsonNode& node) {
  if (node.kind != JsonNode::Kind::object) return expected("a map", node);
  std::vector<std::optional<Bytes>> fields(type.parameters.size());
  for (size_t i = 0; i < node.items.size(); ++i) {
    const auto at = std::ranges::find(type.field_names, json_name(node.names[i]));
    if (at == type.field_names.end())
      return invalid("Found extraneous field in JSON for the user type " + type.name + ": " + node.names[i]);
    const auto field = static_cast<size_t>(at - type.field_names.begin());
    TRY(fields[field], json_to_value(*type.parameters[field], node.items[i]));
  }
  return joined_fields(type, fields);
}

}  // namespace

std::string json_name(const std::string& name) {
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') return name.substr(1, name.size() - 2);
  std::string folded = name;
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return folded;
}

Result<std::optional<Bytes>> json_to_value(const Type& type, const JsonNode& node) {
  if (node.kind == JsonNode::Kind::null) return std::nullopt;
  if (!type.parameters.empty() && node.kind == JsonNode::Kind::string) {    // JSON as a string: as the keys of maps are
    TRY(const JsonNode inner, parse_json(node.text));
    if (inner.kind == JsonNode::Kind::string) return expected("a " + to_cql(type), node);
    return json_to_value(type, inner);
  }
  switch (type.kind) {
    case TypeKind::list: return sequence(type, "list", node);
    case TypeKind::set: return sequence(type, "set", node);
    case TypeKind::vector: return sequence(type, "vector", node);
    case TypeKind::map: return map(type, node);
    case TypeKind::tuple: return tuple(type, node);
    case TypeKind::user: return user_type(type, node);
    default: return native(type, node);
  }
}

}  // namespace ringlet::cql
