// Taking composite values apart, putting them together, and the stored form of sets and maps.
#include <algorithm>

#include "core/base/limits.h"
#include "core/base/must.h"
#include "core/data/value.h"

namespace ringlet {
namespace {

using Elements = std::vector<std::optional<BytesView>>;

const char* noun(const Type& type) {
  switch (type.kind) {
    case TypeKind::list:
      return "list";
    case TypeKind::set:
      return "set";
    case TypeKind::map:
      return "map";
    case TypeKind::tuple:
      return "tuple";
    case TypeKind::vector:
      return "vector";
    default:
      return "UDT";
  }
}

std::string with_article(const Type& type) { return std::string("a ") + noun(type); }

// [int n] n x [int length][bytes]; a map's n counts pairs.
Result<Elements> split_collection(const Type& type, BytesView bytes) {
  ByteReader in{bytes};
  const auto count = in.big<int32_t>();
  const int64_t parts = int64_t{count} * (type.kind == TypeKind::map ? 2 : 1);
  if (in.bad() || count < 0 || static_cast<uint64_t>(parts) > in.left() / 4) {
    return fail(Errc::invalid, "Not enough bytes to read " + with_article(type));
  }
  Elements elements;
  elements.reserve(static_cast<size_t>(parts));
  for (int64_t i = 0; i < parts; ++i) {
    const auto length = in.big<int32_t>();
    if (!in.bad() && length < 0) return fail(Errc::invalid, "null is not supported inside collections");
    elements.emplace_back(in.bytes(static_cast<size_t>(length)));
    if (in.bad()) return fail(Errc::invalid, "Not enough bytes to read " + with_article(type));
  }
  if (!in.done()) return fail(Errc::invalid, std::string("Unexpected extraneous bytes after ") + noun(type) + " value");
  return elements;
}

// [int length][bytes] for each field; -1 is null, and trailing fields may be missing.
Result<Elements> split_fields(const Type& type, BytesView bytes) {
  ByteReader in{bytes};
  Elements fields;
  fields.reserve(type.parameters.size());
  while (!in.done() && fields.size() < type.parameters.size()) {
    const auto length = in.big<int32_t>();
    if (in.bad()) {
      return fail(Errc::invalid,
                  "Not enough bytes to read size of " + std::to_string(fields.size()) + "th " +
                      (type.kind == TypeKind::tuple ? "component" : "field " + type.field_names[fields.size()]));
    }
    if (length < 0) {
      fields.emplace_back(std::nullopt);
      continue;
    }
    fields.emplace_back(in.bytes(static_cast<size_t>(length)));
    if (in.bad()) {
      return fail(Errc::invalid,
                  "Not enough bytes to read " + std::to_string(fields.size() - 1) + "th " +
                      (type.kind == TypeKind::tuple ? "component" : "field " + type.field_names[fields.size() - 1]));
    }
  }
  if (!in.done())
    return fail(Errc::invalid, std::string("Invalid remaining data after end of ") + noun(type) + " value");
  fields.resize(type.parameters.size());
  return fields;
}

// Elements of a fixed size touch; others carry their size as a vint.
Result<Elements> split_vector(const Type& type, BytesView bytes) {
  const std::optional<size_t> fixed = fixed_bytes(*type.parameters[0]);
  ByteReader in{bytes};
  Elements elements;
  if (type.dimension > bytes.size()) return fail(Errc::invalid, "Not enough bytes to read a " + to_cql(type));
  elements.reserve(type.dimension);
  for (uint32_t i = 0; i < type.dimension; ++i) {
    elements.emplace_back(fixed ? in.bytes(*fixed) : in.sized_bytes());
    if (in.bad()) return fail(Errc::invalid, "Not enough bytes to read a " + to_cql(type));
  }
  if (!in.done()) return fail(Errc::invalid, "Unexpected extraneous bytes after " + to_cql(type) + " value");
  return elements;
}

bool holds_sets(const Type& type) {
  return type.kind == TypeKind::set || type.kind == TypeKind::map ||
         std::ranges::any_of(type.parameters, [](const TypeRef& parameter) { return holds_sets(*parameter); });
}

const Type& element_type(const Type& type, size_t i) {
  if (type.kind == TypeKind::tuple || type.kind == TypeKind::user) return *type.parameters[i];
  return *type.parameters[type.kind == TypeKind::map ? i % 2 : 0];
}

// Sorts by key and keeps one of each: the first element of a set, the last value of a map, as Java's collections do.
Elements sorted_without_doubles(const Type& type, const Elements& elements) {
  const size_t step = type.kind == TypeKind::map ? 2 : 1;
  const Type& key_type = *type.parameters[0];
  std::vector<size_t> order;
  for (size_t i = 0; i < elements.size(); i += step) order.push_back(i);
  std::ranges::sort(order, [&](size_t a, size_t b) {
    const auto by_key = compare_values(key_type, *elements[a], *elements[b]);
    return by_key != 0 ? by_key < 0 : a < b;
  });
  Elements sorted;
  for (const size_t i : order) {
    const bool again = !sorted.empty() && compare_values(key_type, *sorted[sorted.size() - step], *elements[i]) == 0;
    if (again && step == 2) sorted.back() = elements[i + 1];
    if (again) continue;
    for (size_t part = 0; part < step; ++part) sorted.push_back(elements[i + part]);
  }
  return sorted;
}

}  // namespace

std::optional<size_t> fixed_bytes(const Type& type) {
  switch (type.kind) {
    case TypeKind::boolean:
      return 1;
    case TypeKind::int_:
    case TypeKind::float_:
      return 4;
    case TypeKind::bigint:
    case TypeKind::double_:
    case TypeKind::timestamp:
      return 8;
    case TypeKind::uuid:
    case TypeKind::timeuuid:
      return 16;
    case TypeKind::vector: {
      const std::optional<size_t> element = fixed_bytes(*type.parameters[0]);
      return element ? std::optional(*element * type.dimension) : std::nullopt;
    }
    default:
      return std::nullopt;  // date, time, smallint and tinyint too: Cassandra calls them of variable length
  }
}

Result<Elements> split_elements(const Type& type, BytesView bytes) {
  if (type.is_collection()) return split_collection(type, bytes);
  if (type.kind == TypeKind::vector) return split_vector(type, bytes);
  MUST(type.kind == TypeKind::tuple || type.kind == TypeKind::user);
  return split_fields(type, bytes);
}

Bytes join_elements(const Type& type, const Elements& elements) {
  Bytes bytes;
  ByteWriter out{bytes};
  if (type.is_collection()) out.big(static_cast<int32_t>(elements.size() / (type.kind == TypeKind::map ? 2 : 1)));
  const bool unsized = type.kind == TypeKind::vector && fixed_bytes(*type.parameters[0]);
  for (const std::optional<BytesView>& element : elements) {
    if (unsized) {
      out.bytes(*element);
    } else if (type.kind == TypeKind::vector) {
      out.sized_bytes(*element);
    } else {
      out.big(element ? static_cast<int32_t>(element->size()) : -1);
      if (element) out.bytes(*element);
    }
  }
  return bytes;
}

Bytes normalize(const Type& type, BytesView bytes) {
  if (bytes.empty() || !holds_sets(type)) return Bytes(bytes);
  const Result<Elements> parts = split_elements(type, bytes);
  MUST(parts.has_value());
  std::vector<Bytes> owned(parts->size());
  Elements elements;
  for (size_t i = 0; i < parts->size(); ++i) {
    if ((*parts)[i]) owned[i] = normalize(element_type(type, i), *(*parts)[i]);
    elements.emplace_back((*parts)[i] ? std::optional<BytesView>(owned[i]) : std::nullopt);
  }
  if (type.kind == TypeKind::set || type.kind == TypeKind::map) elements = sorted_without_doubles(type, elements);
  return join_elements(type, elements);
}

}  // namespace ringlet
