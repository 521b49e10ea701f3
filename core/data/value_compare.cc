// Cassandra's order of values, by type.
#include <algorithm>
#include <bit>
#include <cmath>

#include "core/base/big_integer.h"
#include "core/data/decimal_order.h"
#include "core/data/value.h"
#include "core/data/value_order.h"

namespace ringlet {
namespace {

using Order = std::strong_ordering;

template <class T>
Order compare_big(BytesView a, BytesView b) {
  return ByteReader{a}.big<T>() <=> ByteReader{b}.big<T>();
}

bool truth(BytesView bytes) { return ByteReader{bytes}.u8() != 0; }

Order compare_varints(BytesView a, BytesView b) {
  if (a.size() == b.size() &&
      a.size() <= 8) {  // equal lengths in two's complement: the first byte is signed, the rest is not
    const auto first_a = static_cast<int8_t>(a[0]), first_b = static_cast<int8_t>(b[0]);
    return first_a != first_b ? first_a <=> first_b : a <=> b;
  }
  return BigInteger::from_bytes(a) <=> BigInteger::from_bytes(b);
}

Order compare_nullable(const Type& type, const std::optional<BytesView>& a, const std::optional<BytesView>& b) {
  if (!a || !b) return a.has_value() <=> b.has_value();
  return compare_values(type, *a, *b);
}

Order compare_elements(const Type& type, BytesView a, BytesView b) {
  const auto x = split_elements(type, a), y = split_elements(type, b);
  if (!x || !y) return a <=> b;
  const bool by_field = type.kind == TypeKind::tuple || type.kind == TypeKind::user;
  for (size_t i = 0; i < std::min(x->size(), y->size()); ++i) {
    const Type& element_type = *type.parameters[by_field ? i : type.kind == TypeKind::map ? i % 2 : 0];
    if (const Order order = compare_nullable(element_type, (*x)[i], (*y)[i]); order != 0) return order;
  }
  return x->size() <=> y->size();
}

}  // namespace

Order compare_values(const Type& type, BytesView a, BytesView b) {
  if (a.empty() || b.empty()) return a.size() <=> b.size();  // the empty value comes first
  switch (type.kind) {
    case TypeKind::tinyint:
      return compare_big<int8_t>(a, b);
    case TypeKind::smallint:
      return compare_big<int16_t>(a, b);
    case TypeKind::int_:
      return compare_big<int32_t>(a, b);
    case TypeKind::bigint:
    case TypeKind::counter:
    case TypeKind::timestamp:
      return compare_big<int64_t>(a, b);
    case TypeKind::boolean:
      return truth(a) <=> truth(b);
    case TypeKind::float_:
      return ordered_float_bits(ByteReader{a}.big<uint32_t>()) <=> ordered_float_bits(ByteReader{b}.big<uint32_t>());
    case TypeKind::double_:
      return ordered_double_bits(ByteReader{a}.big<uint64_t>()) <=> ordered_double_bits(ByteReader{b}.big<uint64_t>());
    case TypeKind::uuid:
      return ordered_uuid(a) <=> ordered_uuid(b);
    case TypeKind::timeuuid:
      return ordered_timeuuid(a) <=> ordered_timeuuid(b);
    case TypeKind::varint:
      return compare_varints(a, b);
    case TypeKind::decimal:
      return compare(Decimal::from_bytes(a), Decimal::from_bytes(b));
    case TypeKind::ascii:
    case TypeKind::text:
    case TypeKind::blob:
    case TypeKind::inet:
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::duration:
      return a <=> b;
    case TypeKind::list:
    case TypeKind::set:
    case TypeKind::map:
    case TypeKind::tuple:
    case TypeKind::user:
    case TypeKind::vector:
      break;
  }
  return compare_elements(type, a, b);
}

}  // namespace ringlet
