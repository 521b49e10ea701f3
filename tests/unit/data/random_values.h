// Random types and values of them for tests. Small domains and awkward forms on purpose: padded varints, decimals of equal
// value and different scale, NaNs, empty values, missing trailing fields.
#pragma once

#include "core/data/value.h"
#include "tests/unit/data/random_rows.h"

namespace ringlet::testing {

inline constexpr TypeKind kNativeKinds[] = {
    TypeKind::ascii,    TypeKind::bigint,   TypeKind::blob,    TypeKind::boolean, TypeKind::decimal,
    TypeKind::double_,  TypeKind::float_,   TypeKind::int_,    TypeKind::uuid,    TypeKind::text,
    TypeKind::varint,   TypeKind::inet,     TypeKind::date,    TypeKind::time,    TypeKind::timestamp,
    TypeKind::timeuuid, TypeKind::smallint, TypeKind::tinyint, TypeKind::duration};

inline TypeRef random_type(Dice& dice, int depth) {
  const uint64_t shape = roll(dice, depth > 0 ? 10 : 4);
  if (shape < 4) return native_type(kNativeKinds[roll(dice, std::size(kNativeKinds))]);
  const auto inner = [&] { return random_type(dice, depth - 1); };
  if (shape == 4) return list_type(inner(), true);
  if (shape == 5) return set_type(inner(), true);
  if (shape == 6) return map_type(inner(), inner(), true);
  if (shape == 7) return tuple_type({inner(), inner()});
  if (shape == 8) return user_type("ks", "Point", {"x", "Y"}, {inner(), inner()}, true);
  return vector_type(inner(), 2);
}

template <class T>
Bytes big_bytes(T value) {
  Bytes bytes;
  ByteWriter{bytes}.big(value);
  return bytes;
}

// Near zero, near the ends, or anywhere.
template <class T>
T random_integer(Dice& dice) {
  const uint64_t how = roll(dice, 4);
  if (how == 0) return static_cast<T>(static_cast<int64_t>(roll(dice, 5)) - 2);
  if (how == 1) return static_cast<T>(std::numeric_limits<T>::max() - static_cast<T>(roll(dice, 3)));
  if (how == 2) return static_cast<T>(std::numeric_limits<T>::min() + static_cast<T>(roll(dice, 3)));
  return static_cast<T>(dice());
}

inline Bytes random_varint(Dice& dice) {
  Bytes bytes = chance(dice, 20) ? Bytes(1, roll(dice, 2) ? '\xFF' : '\0') : Bytes{};
  for (uint64_t left = 1 + roll(dice, chance(dice, 10) ? 30 : 3); left > 0; --left)
    bytes.push_back(static_cast<char>(chance(dice, 40) ? -static_cast<int>(roll(dice, 2)) : dice()));
  return bytes;
}

inline Bytes random_decimal(Dice& dice) {
  if (chance(dice, 50)) {  // 10, 1.0, 0.100: equal values in several forms
    static const char* const kUnscaled[] = {"\x01", "\x0A", "\x64", "\xFF", "\xF6", "\x0B", "\x00"};
    return big_bytes(static_cast<int32_t>(roll(dice, 5)) - 1) + Bytes(kUnscaled[roll(dice, 7)], 1);
  }
  return big_bytes(chance(dice, 10) ? random_integer<int32_t>(dice) : static_cast<int32_t>(roll(dice, 20)) - 10) +
         random_varint(dice);
}

template <class Bits>
Bytes random_float(Dice& dice, std::initializer_list<Bits> special) {
  return big_bytes(chance(dice, 50) ? special.begin()[roll(dice, special.size())] : static_cast<Bits>(dice()));
}

inline Bytes random_text(Dice& dice) {
  static const char* const kPieces[] = {"a", "b", "\x7F", "\xC3\xA9", "\xF0\x9F\x98\x80", "'", "\"", "\n"};
  Bytes text;
  for (uint64_t left = roll(dice, 4); left > 0; --left)
    text += chance(dice, 20) ? Bytes(1, '\0') : kPieces[roll(dice, 8)];
  return text;
}

inline Bytes random_uuid_bytes(Dice& dice, bool time) {
  const Uuid uuid = time || chance(dice, 50)
                        ? time_uuid(chance(dice, 50) ? roll(dice, 3) << 40 | roll(dice, 3) : dice(),
                                    chance(dice, 50) ? roll(dice, 3) * 0x80 : dice())
                        : random_uuid(dice(), dice());
  return Bytes(uuid.bytes());
}

inline Bytes random_duration(Dice& dice) {
  Bytes bytes;
  ByteWriter out{bytes};
  const int64_t sign = chance(dice, 50) ? -1 : 1;
  out.signed_vint(sign * static_cast<int64_t>(roll(dice, 30)));
  out.signed_vint(sign * static_cast<int64_t>(roll(dice, 1000)));
  out.signed_vint(sign * static_cast<int64_t>(roll(dice, 1u << 30)));
  return bytes;
}

Bytes random_value(Dice& dice, const Type& type);

inline Bytes random_composite(Dice& dice, const Type& type) {
  std::vector<std::optional<Bytes>> parts;
  const bool fields = type.kind == TypeKind::tuple || type.kind == TypeKind::user;
  size_t count = fields ? type.parameters.size() : type.kind == TypeKind::vector ? type.dimension : roll(dice, 3);
  if (fields && chance(dice, 20)) count = roll(dice, count + 1);
  for (size_t i = 0; i < count; ++i) {
    if (fields && chance(dice, 20)) {
      parts.emplace_back(std::nullopt);
    } else {
      Bytes part = random_value(dice, *type.parameters[fields ? i : 0]);
      while (type.kind == TypeKind::vector && fixed_bytes(*type.parameters[0]) && part.empty())
        part = random_value(dice, *type.parameters[0]);
      parts.emplace_back(part);
      if (type.kind == TypeKind::map) parts.emplace_back(random_value(dice, *type.parameters[1]));
    }
  }
  std::vector<std::optional<BytesView>> views(parts.begin(), parts.end());
  return join_elements(type, views);
}

inline Bytes random_value(Dice& dice, const Type& type) {
  const bool may_be_empty = type.parameters.empty() && type.kind != TypeKind::tinyint &&
                            type.kind != TypeKind::smallint && type.kind != TypeKind::date &&
                            type.kind != TypeKind::time && type.kind != TypeKind::duration;
  if (may_be_empty && chance(dice, 5)) return {};
  switch (type.kind) {
    case TypeKind::tinyint:
      return big_bytes(random_integer<int8_t>(dice));
    case TypeKind::smallint:
      return big_bytes(random_integer<int16_t>(dice));
    case TypeKind::int_:
      return big_bytes(random_integer<int32_t>(dice));
    case TypeKind::date:
      return big_bytes(random_integer<uint32_t>(dice));
    case TypeKind::bigint:
    case TypeKind::counter:
    case TypeKind::timestamp:
      return big_bytes(random_integer<int64_t>(dice));
    case TypeKind::time:
      return big_bytes(roll(dice, 86400000000000));
    case TypeKind::boolean:
      return big_bytes(static_cast<uint8_t>(chance(dice, 90) ? roll(dice, 2) : 7));
    case TypeKind::float_:
      return random_float<uint32_t>(
          dice, {0u, 0x80000000u, 0x7FC00000u, 0x7FC00001u, 0xFFC00000u, 0x7F800000u, 0xFF800000u, 1u, 0x3F800000u});
    case TypeKind::double_:
      return random_float<uint64_t>(dice, {0u, 0x8000000000000000u, 0x7FF8000000000000u, 0x7FF8000000000001u,
                                           0xFFF8000000000000u, 0x7FF0000000000000u, 0xFFF0000000000000u, 1u});
    case TypeKind::uuid:
      return random_uuid_bytes(dice, false);
    case TypeKind::timeuuid:
      return random_uuid_bytes(dice, true);
    case TypeKind::inet: {
      Bytes bytes(roll(dice, 2) ? 4 : 16, '\0');
      for (char& c : bytes) c = static_cast<char>(chance(dice, 60) ? 0 : dice());
      return bytes;
    }
    case TypeKind::varint:
      return random_varint(dice);
    case TypeKind::decimal:
      return random_decimal(dice);
    case TypeKind::duration:
      return random_duration(dice);
    case TypeKind::text:
      return random_text(dice);
    case TypeKind::ascii:
      return chance(dice, 50) ? "a" : Bytes(roll(dice, 3), '\0');
    case TypeKind::blob:
      return random_bytes(dice, 4);
    default:
      return random_composite(dice, type);
  }
}

}  // namespace ringlet::testing
