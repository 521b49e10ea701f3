// The order-preserving form of values.
//
// Form, version 1 (part of keys, cell paths and so of sstables: frozen)         before DESC complements every byte
//   empty value        0x01
//   else               0x02, then by type:
//   integers, counter, timestamp          big-endian, sign flipped
//   float, double                         big-endian, sign flipped, negatives complemented; one NaN
//   boolean            0 or 1
//   date, time         as stored
//   uuid               version byte, 8 bytes (time first where version 1), 8 bytes
//   timeuuid           8 bytes time first, 8 bytes each with its sign flipped
//   text, ascii, blob, inet, duration     0x00 escaped as 0x00 0xFF, end 0x00 0x01
//   varint             0x80, vint length of the magnitude, magnitude; negative: the complement of its magnitude's form
//   decimal            0x80 zero | 0xC0, exponent + 2^39 in 5 bytes, digits in pairs (each 1 .. 100), 0x00; negative: complement
//   list, set, map     elements' forms, end 0x00
//   tuple, user        for each field up to the last that is not null: 0x01 null | 0x02 form; end 0x00
//   vector             elements' forms
#include <algorithm>

#include "core/base/big_integer.h"
#include "core/base/limits.h"
#include "core/base/must.h"
#include "core/data/decimal_order.h"
#include "core/data/value.h"
#include "core/data/value_order.h"

namespace ringlet {
namespace {

constexpr uint8_t kEmpty = 1, kValue = 2;
constexpr uint8_t kEnd = 0, kNullField = 1, kField = 2;
constexpr uint8_t kNonNegative = 0x80, kPositiveDecimal = 0xC0;
constexpr int64_t kExponentOffset = int64_t{1} << 39;
constexpr size_t kExponentBytes = 5;

template <class T>
constexpr T sign_flipped(T v) {
  return static_cast<T>(v ^ (T{1} << (sizeof(T) * 8 - 1)));
}

void complement_from(Bytes& out, size_t at) {
  for (; at < out.size(); ++at) out[at] = static_cast<char>(~out[at]);
}

// --- writing -----------------------------------------------------------------------------------------------------------

void append_escaped(BytesView bytes, Bytes& out) {
  while (true) {
    const size_t zero = bytes.find('\0');
    out.append(bytes.substr(0, zero));
    if (zero == BytesView::npos) break;
    out.append("\x00\xFF", 2);
    bytes.remove_prefix(zero + 1);
  }
  out.append("\x00\x01", 2);
}

void append_varint(BytesView bytes, Bytes& out) {
  const BigInteger value = BigInteger::from_bytes(bytes);
  const size_t start = out.size();
  Bytes magnitude = (value.is_negative() ? -value : value).to_bytes();
  if (magnitude[0] == 0) magnitude.erase(0, 1);  // the sign's own byte, and all of zero
  ByteWriter writer{out};
  writer.u8(kNonNegative);
  writer.sized_bytes(magnitude);
  if (value.is_negative()) complement_from(out, start);
}

void append_decimal(BytesView bytes, Bytes& out) {
  DecimalDigits parts = digits_of(Decimal::from_bytes(bytes));
  ByteWriter writer{out};
  if (parts.sign == 0) return writer.u8(kNonNegative);
  const size_t start = out.size();
  writer.u8(kPositiveDecimal);
  char exponent[8];
  store_big(exponent, static_cast<uint64_t>(parts.exponent + kExponentOffset));
  writer.bytes({exponent + 8 - kExponentBytes, kExponentBytes});
  if (parts.digits.size() % 2 != 0) parts.digits.push_back('0');
  for (size_t i = 0; i < parts.digits.size(); i += 2) {
    writer.u8(static_cast<uint8_t>((parts.digits[i] - '0') * 10 + (parts.digits[i + 1] - '0') + 1));
  }
  writer.u8(kEnd);
  if (parts.sign < 0) complement_from(out, start);
}

void append_elements(const Type& type, BytesView bytes, Bytes& out) {
  const auto elements = split_elements(type, bytes);
  MUST(elements.has_value());
  for (size_t i = 0; i < elements->size(); ++i) {
    append_ordered(*type.parameters[type.kind == TypeKind::map ? i % 2 : 0], *(*elements)[i], false, out);
  }
  if (type.kind != TypeKind::vector) out.push_back(kEnd);
}

void append_fields(const Type& type, BytesView bytes, Bytes& out) {
  const auto fields = split_elements(type, bytes);
  MUST(fields.has_value());
  size_t used = fields->size();
  while (used > 0 && !(*fields)[used - 1]) --used;  // so that a field added to the type later changes nothing here
  for (size_t i = 0; i < used; ++i) {
    out.push_back((*fields)[i] ? kField : kNullField);
    if ((*fields)[i]) append_ordered(*type.parameters[i], *(*fields)[i], false, out);
  }
  out.push_back(kEnd);
}

void append_ascending(const Type& type, BytesView bytes, Bytes& out) {
  ByteWriter writer{out};
  ByteReader in{bytes};
  switch (type.kind) {
    case TypeKind::tinyint:
      return writer.u8(sign_flipped(in.u8()));
    case TypeKind::smallint:
      return writer.big(sign_flipped(in.big<uint16_t>()));
    case TypeKind::int_:
      return writer.big(sign_flipped(in.big<uint32_t>()));
    case TypeKind::bigint:
    case TypeKind::counter:
    case TypeKind::timestamp:
      return writer.big(sign_flipped(in.big<uint64_t>()));
    case TypeKind::float_:
      return writer.big(ordered_float_bits(in.big<uint32_t>()));
    case TypeKind::double_:
      return writer.big(ordered_double_bits(in.big<uint64_t>()));
    case TypeKind::boolean:
      return writer.u8(in.u8() != 0);
    case TypeKind::date:
      return writer.big(in.big<uint32_t>());
    case TypeKind::time:
      return writer.big(in.big<uint64_t>());
    case TypeKind::uuid: {
      const auto [version, high, low] = ordered_uuid(bytes);
      writer.u8(static_cast<uint8_t>(version));
      writer.big(high);
      return writer.big(low);
    }
    case TypeKind::timeuuid: {
      const auto [time, low] = ordered_timeuuid(bytes);
      writer.big(time);
      return writer.big(low);
    }
    case TypeKind::text:
    case TypeKind::ascii:
    case TypeKind::blob:
    case TypeKind::inet:
    case TypeKind::duration:
      return append_escaped(bytes, out);
    case TypeKind::varint:
      return append_varint(bytes, out);
    case TypeKind::decimal:
      return append_decimal(bytes, out);
    case TypeKind::list:
    case TypeKind::set:
    case TypeKind::map:
    case TypeKind::vector:
      return append_elements(type, bytes, out);
    case TypeKind::tuple:
    case TypeKind::user:
      return append_fields(type, bytes, out);
  }
}

// --- reading -----------------------------------------------------------------------------------------------------------

// Reads through the complement, so that one decoder serves both directions.
class OrderedReader {
 public:
  OrderedReader(ByteReader& in, bool complemented) : in_(in), mask_(complemented ? 0xFF : 0) {}
  bool bad() const { return in_.bad(); }
  size_t left() const { return in_.left(); }
  void flip() { mask_ = static_cast<uint8_t>(~mask_); }
  uint8_t u8() {
    const uint8_t byte = in_.u8();
    return in_.bad() ? 0 : byte ^ mask_;
  }
  template <class T>
  T big() {
    const T v = in_.big<T>();
    return in_.bad() ? T{} : static_cast<T>(mask_ ? ~v : v);
  }
  Bytes bytes(size_t n) {
    Bytes copy(in_.bytes(n));
    if (mask_) complement_from(copy, 0);
    return copy;
  }
  uint64_t unsigned_vint() {
    const int extra =
        std::countl_one(static_cast<uint8_t>(in_.done() ? 0 : static_cast<uint8_t>(*in_.position()) ^ mask_));
    const Bytes raw = bytes(static_cast<size_t>(extra) + 1);
    ByteReader vint{raw};
    return vint.unsigned_vint();
  }

 private:
  ByteReader& in_;
  uint8_t mask_;
};

Result<Bytes> read_value(const Type& type, OrderedReader& in);

std::unexpected<Error> malformed(const Type& type) { return fail(Errc::corrupt, "key: malformed " + to_cql(type)); }

template <class T>
Bytes stored(T value) {
  Bytes bytes;
  ByteWriter{bytes}.big(value);
  return bytes;
}

Result<Bytes> read_escaped(const Type& type, OrderedReader& in) {
  Bytes bytes;
  while (true) {
    const uint8_t byte = in.u8();
    if (byte == 0) {
      const uint8_t next = in.u8();
      if (in.bad()) return malformed(type);
      if (next == 1) return bytes;
      if (next != 0xFF) return malformed(type);
    }
    bytes.push_back(static_cast<char>(byte));
  }
}

Result<Bytes> read_varint(const Type& type, OrderedReader& in) {
  const uint8_t sign = in.u8();
  const bool negative = sign == static_cast<uint8_t>(~kNonNegative);
  if (!negative && sign != kNonNegative) return malformed(type);
  if (negative) in.flip();
  const uint64_t size = in.unsigned_vint();
  if (size > in.left()) return malformed(type);
  const BigInteger magnitude = BigInteger::from_bytes(Bytes(1, '\0') + in.bytes(static_cast<size_t>(size)));
  if (negative) in.flip();
  return (negative ? -magnitude : magnitude).to_bytes();
}

Result<Bytes> read_decimal(const Type& type, OrderedReader& in) {
  const uint8_t sign = in.u8();
  const bool negative = sign == static_cast<uint8_t>(~kPositiveDecimal);
  if (sign == kNonNegative) return Decimal{}.to_bytes();
  if (!negative && sign != kPositiveDecimal) return malformed(type);
  if (negative) in.flip();
  DecimalDigits parts{.sign = negative ? -1 : 1};
  uint64_t exponent = 0;
  for (size_t i = 0; i < kExponentBytes; ++i) exponent = exponent << 8 | in.u8();
  parts.exponent = static_cast<int64_t>(exponent) - kExponentOffset;
  for (uint8_t pair = in.u8(); pair != kEnd; pair = in.u8()) {
    if (pair > 100) return malformed(type);
    parts.digits.push_back(static_cast<char>('0' + (pair - 1) / 10));
    parts.digits.push_back(static_cast<char>('0' + (pair - 1) % 10));
  }
  if (negative) in.flip();
  parts.digits.erase(parts.digits.find_last_not_of('0') + 1);
  const int64_t least_scale = static_cast<int64_t>(parts.digits.size()) - parts.exponent;
  const bool in_range =
      least_scale <= INT32_MAX && least_scale >= int64_t{INT32_MIN} - static_cast<int64_t>(kBigNumberBytesMax) * 3;
  if (in.bad() || parts.digits.empty() || parts.digits[0] == '0' || !in_range) return malformed(type);
  return from_digits(parts).to_bytes();
}

// Gathers owned parts and joins them.
Bytes joined(const Type& type, const std::vector<std::optional<Bytes>>& parts) {
  std::vector<std::optional<BytesView>> views;
  for (const auto& part : parts) views.emplace_back(part ? std::optional<BytesView>(*part) : std::nullopt);
  return join_elements(type, views);
}

// A value whose first byte was read already.
Result<Bytes> read_after(const Type& type, uint8_t first, OrderedReader& in) {
  if (first == kEmpty) return Bytes{};
  if (first != kValue) return malformed(type);
  return read_value(type, in);
}

Result<Bytes> read_elements(const Type& type, OrderedReader& in) {
  std::vector<std::optional<Bytes>> parts;
  const bool counted = type.kind == TypeKind::vector;
  while (!counted || parts.size() < type.dimension) {
    const uint8_t first = in.u8();
    if (in.bad()) return malformed(type);
    if (!counted && first == kEnd) break;
    TRY(Bytes part, read_after(*type.parameters[type.kind == TypeKind::map ? parts.size() % 2 : 0], first, in));
    parts.emplace_back(std::move(part));
  }
  if (type.kind == TypeKind::map && parts.size() % 2 != 0) return malformed(type);
  return joined(type, parts);
}

Result<Bytes> read_fields(const Type& type, OrderedReader& in) {
  std::vector<std::optional<Bytes>> parts;
  for (uint8_t mark = in.u8(); mark != kEnd; mark = in.u8()) {
    if (mark > kField || parts.size() == type.parameters.size()) return malformed(type);
    parts.emplace_back(std::nullopt);
    if (mark == kNullField) continue;
    const uint8_t first = in.u8();
    TRY(Bytes part, read_after(*type.parameters[parts.size() - 1], first, in));
    parts.back() = std::move(part);
  }
  if (in.bad()) return malformed(type);
  parts.resize(type.parameters.size());
  return joined(type, parts);
}

Result<Bytes> read_uuid(const Type& type, OrderedReader& in) {
  const uint8_t version = in.u8();
  const auto high = in.big<uint64_t>();
  const uint64_t stored_high = version == 1 ? time_last(high) : high;
  if (in.bad() || (stored_high >> 12 & 15) != version) return malformed(type);
  Bytes bytes = stored(stored_high);
  ByteWriter{bytes}.big(in.big<uint64_t>());
  return bytes;
}

Result<Bytes> read_value(const Type& type, OrderedReader& in) {
  switch (type.kind) {
    case TypeKind::tinyint:
      return stored(sign_flipped(in.u8()));
    case TypeKind::smallint:
      return stored(sign_flipped(in.big<uint16_t>()));
    case TypeKind::int_:
      return stored(sign_flipped(in.big<uint32_t>()));
    case TypeKind::bigint:
    case TypeKind::counter:
    case TypeKind::timestamp:
      return stored(sign_flipped(in.big<uint64_t>()));
    case TypeKind::float_:
      return stored(float_bits(in.big<uint32_t>()));
    case TypeKind::double_:
      return stored(double_bits(in.big<uint64_t>()));
    case TypeKind::boolean:
      return stored(in.u8());
    case TypeKind::date:
      return stored(in.big<uint32_t>());
    case TypeKind::time:
      return stored(in.big<uint64_t>());
    case TypeKind::uuid:
      return read_uuid(type, in);
    case TypeKind::timeuuid: {
      Bytes bytes = stored(time_last(in.big<uint64_t>()));
      ByteWriter{bytes}.big(in.big<uint64_t>() ^ kSignedBytes);
      return bytes;
    }
    case TypeKind::text:
    case TypeKind::ascii:
    case TypeKind::blob:
    case TypeKind::inet:
    case TypeKind::duration:
      return read_escaped(type, in);
    case TypeKind::varint:
      return read_varint(type, in);
    case TypeKind::decimal:
      return read_decimal(type, in);
    case TypeKind::list:
    case TypeKind::set:
    case TypeKind::map:
    case TypeKind::vector:
      return read_elements(type, in);
    case TypeKind::tuple:
    case TypeKind::user:
      break;
  }
  return read_fields(type, in);
}

// --- does it give the bytes back? --------------------------------------------------------------------------------------

bool elements_round_trip(const Type& type, BytesView bytes) {
  const auto elements = split_elements(type, bytes);
  if (!elements) return false;
  std::vector<std::optional<BytesView>> all = *elements;
  const bool by_field = type.kind == TypeKind::tuple || type.kind == TypeKind::user;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] && !round_trips(*type.parameters[by_field ? i : type.kind == TypeKind::map ? i % 2 : 0], *all[i]))
      return false;
  }
  // Missing trailing fields come back as nulls, any negative length as -1, a padded size of a vector's element unpadded.
  return type.is_collection() || join_elements(type, all) == bytes;
}

}  // namespace

void append_ordered(const Type& type, BytesView bytes, bool descending, Bytes& out) {
  const size_t start = out.size();
  out.push_back(bytes.empty() ? kEmpty : kValue);
  if (!bytes.empty()) append_ascending(type, bytes, out);
  if (descending) complement_from(out, start);
}

Result<Bytes> read_ordered(const Type& type, bool descending, ByteReader& in) {
  OrderedReader reader{in, descending};
  const uint8_t first = reader.u8();
  TRY(Bytes value, read_after(type, first, reader));
  if (in.bad()) return malformed(type);
  return value;
}

bool round_trips(const Type& type, BytesView bytes) {
  if (bytes.empty()) return true;
  switch (type.kind) {
    case TypeKind::boolean:
      return static_cast<uint8_t>(bytes[0]) <= 1;
    case TypeKind::float_: {
      const auto bits = ByteReader{bytes}.big<uint32_t>();
      return float_bits(ordered_float_bits(bits)) == bits;
    }
    case TypeKind::double_: {
      const auto bits = ByteReader{bytes}.big<uint64_t>();
      return double_bits(ordered_double_bits(bits)) == bits;
    }
    case TypeKind::varint:
      return BigInteger::from_bytes(bytes).to_bytes() == bytes;
    case TypeKind::decimal:
      return from_digits(digits_of(Decimal::from_bytes(bytes))).to_bytes() == bytes;
    case TypeKind::list:
    case TypeKind::set:
    case TypeKind::map:
    case TypeKind::tuple:
    case TypeKind::user:
    case TypeKind::vector:
      return elements_round_trip(type, bytes);
    default:
      return true;
  }
}

}  // namespace ringlet
