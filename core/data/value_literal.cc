// Values as CQL literals.
#include <cmath>

#include "core/base/must.h"
#include "core/data/identifier.h"
#include "core/data/text_value.h"
#include "core/data/value.h"

namespace ringlet {
namespace {

std::string quoted(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) literal.append(c == '\'' ? 2 : 1, c);
  return literal + "'";
}

// With the zone as cqlsh shows it. Years that the text form cannot say are left as milliseconds.
std::string timestamp_literal(BytesView bytes) {
  const auto ms = load_big<int64_t>(bytes.data());
  std::string text = timestamp_text(ms);
  if (parse_timestamp_ms(text) != ms) return std::to_string(ms);
  text.back() = '+';  // was Z
  return quoted(text + "0000");
}

std::string date_literal(BytesView bytes) {
  const auto date = load_big<uint32_t>(bytes.data());
  const std::string text = date_text(date);
  return parse_date(text) == date ? quoted(text) : std::to_string(date);
}

std::string native_literal(TypeKind kind, BytesView bytes) {
  switch (kind) {
    case TypeKind::text:
    case TypeKind::ascii:
    case TypeKind::inet:
    case TypeKind::time:
      return quoted(show_text(kind, bytes));
    case TypeKind::timestamp:
      return timestamp_literal(bytes);
    case TypeKind::date:
      return date_literal(bytes);
    case TypeKind::duration: {
      const std::string text = show_text(kind, bytes);
      return text.empty() ? "0s" : text;
    }
    default:
      return show_text(kind, bytes);
  }
}

std::string joined_literals(const Type& type, BytesView bytes) {
  const auto elements = split_elements(type, bytes);
  MUST(elements.has_value());
  const bool by_field = type.kind == TypeKind::tuple || type.kind == TypeKind::user;
  std::string text;
  for (size_t i = 0; i < elements->size(); ++i) {
    const bool is_map_value = type.kind == TypeKind::map && i % 2 != 0;
    if (i > 0) text += is_map_value ? ": " : ", ";
    if (type.kind == TypeKind::user) text += quote_if_needed(type.field_names[i]) + ": ";
    const Type& element_type = *type.parameters[by_field ? i : type.kind == TypeKind::map ? i % 2 : 0];
    text += (*elements)[i] ? to_literal(element_type, *(*elements)[i]) : "null";
  }
  return text;
}

}  // namespace

std::string to_literal(const Type& type, BytesView bytes) {
  switch (type.kind) {
    case TypeKind::list:
    case TypeKind::vector:
      return "[" + joined_literals(type, bytes) + "]";
    case TypeKind::set:
    case TypeKind::map:
    case TypeKind::user:
      return "{" + joined_literals(type, bytes) + "}";
    case TypeKind::tuple:
      return "(" + joined_literals(type, bytes) + ")";
    case TypeKind::text:
    case TypeKind::ascii:
    case TypeKind::blob:
      return native_literal(type.kind, bytes);
    default:
      break;
  }
  // The empty value of a number and the like has no literal of its own; this reads back as it.
  if (bytes.empty()) return "blob_as_" + to_cql(type) + "(0x)";
  return native_literal(type.kind, bytes);
}

}  // namespace ringlet
