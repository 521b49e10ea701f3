// Are these bytes a value? With the words that Cassandra's serializers use.
#include "core/base/limits.h"
#include "core/base/utf8.h"
#include "core/data/value.h"

namespace ringlet {
namespace {

constexpr int64_t kNanosPerDay = 86400000000000;

std::unexpected<Error> wrong_size(const std::string& expected, BytesView bytes) {
  return fail(Errc::invalid, expected + " (" + std::to_string(bytes.size()) + ")");
}

// `or_empty`: Cassandra lets old clients store no bytes at all for most types of a fixed size.
Status check_size(BytesView bytes, size_t size, bool or_empty, const char* expected) {
  if (bytes.size() == size || (or_empty && bytes.empty())) return {};
  return wrong_size(expected, bytes);
}

Status validate_ascii(BytesView bytes) {
  for (const char c : bytes) {
    if (static_cast<signed char>(c) < 0)
      return fail(Errc::invalid, "Invalid byte for ascii: " + std::to_string(static_cast<signed char>(c)));
  }
  return {};
}

Status validate_time(BytesView bytes) {
  TRY_STATUS(check_size(bytes, 8, false, "Expected 8 byte long for time"));
  const auto nanos = load_big<int64_t>(bytes.data());
  if (nanos < 0 || nanos >= kNanosPerDay)
    return fail(Errc::invalid, "Input long out of bounds: " + std::to_string(nanos));
  return {};
}

Status validate_inet(BytesView bytes) {
  if (bytes.empty() || bytes.size() == 4 || bytes.size() == 16) return {};
  return fail(Errc::invalid, "Expected 4 or 16 byte inetaddress; got " + to_hex(bytes.substr(0, 32)));
}

Status validate_timeuuid(BytesView bytes) {
  TRY_STATUS(check_size(bytes, 16, true, "UUID should be 16 or 0 bytes"));
  if (!bytes.empty() && (static_cast<uint8_t>(bytes[6]) >> 4) != 1)
    return fail(Errc::invalid, "Invalid version for TimeUUID type.");
  return {};
}

Status validate_size_of_number(BytesView bytes) {
  if (bytes.size() <= kBigNumberBytesMax) return {};
  return fail(Errc::invalid, "A number of " + std::to_string(bytes.size()) + " bytes is longer than the maximum of " +
                                 std::to_string(kBigNumberBytesMax));
}

Status validate_decimal(BytesView bytes) {
  if (!bytes.empty() && bytes.size() < 5) return wrong_size("Expected 0 or at least 5 bytes", bytes);
  return validate_size_of_number(bytes);
}

Status validate_duration(BytesView bytes) {
  if (bytes.size() < 3) return wrong_size("Expected at least 3 bytes for a duration", bytes);
  ByteReader in{bytes};
  const int64_t months = in.signed_vint(), days = in.signed_vint(), nanos = in.signed_vint();
  if (in.bad() || !in.done()) return fail(Errc::invalid, "A duration must be three vints: months, days, nanoseconds");
  if (months != static_cast<int32_t>(months)) {
    return fail(Errc::invalid, "The duration months must be a 32 bits integer but was: " + std::to_string(months));
  }
  if (days != static_cast<int32_t>(days)) {
    return fail(Errc::invalid, "The duration days must be a 32 bits integer but was: " + std::to_string(days));
  }
  const bool some_negative = months < 0 || days < 0 || nanos < 0, some_positive = months > 0 || days > 0 || nanos > 0;
  if (!some_negative || !some_positive) return {};
  return fail(Errc::invalid, "The duration months, days and nanoseconds must be all of the same sign (" +
                                 std::to_string(months) + ", " + std::to_string(days) + ", " + std::to_string(nanos) +
                                 ")");
}

Status validate_elements(const Type& type, BytesView bytes) {
  TRY(const auto elements, split_elements(type, bytes));
  const bool by_field = type.kind == TypeKind::tuple || type.kind == TypeKind::user;
  for (size_t i = 0; i < elements.size(); ++i) {
    const Type& element_type = *type.parameters[by_field ? i : type.kind == TypeKind::map ? i % 2 : 0];
    if (elements[i]) TRY_STATUS(validate(element_type, *elements[i]));
  }
  return {};
}

}  // namespace

Status validate(const Type& type, BytesView bytes) {
  switch (type.kind) {
    case TypeKind::blob:
      return {};
    case TypeKind::ascii:
      return validate_ascii(bytes);
    case TypeKind::text:
      return is_valid_utf8(bytes) ? Status{} : fail(Errc::invalid, "String didn't validate.");
    case TypeKind::tinyint:
      return check_size(bytes, 1, false, "Expected 1 byte for a tinyint");
    case TypeKind::smallint:
      return check_size(bytes, 2, false, "Expected 2 bytes for a smallint");
    case TypeKind::int_:
      return check_size(bytes, 4, true, "Expected 4 or 0 byte int");
    case TypeKind::bigint:
    case TypeKind::counter:
      return check_size(bytes, 8, true, "Expected 8 or 0 byte long");
    case TypeKind::boolean:
      return check_size(bytes, 1, true, "Expected 1 or 0 byte value");
    case TypeKind::float_:
      return check_size(bytes, 4, true, "Expected 4 or 0 byte value for a float");
    case TypeKind::double_:
      return check_size(bytes, 8, true, "Expected 8 or 0 byte value for a double");
    case TypeKind::timestamp:
      return check_size(bytes, 8, true, "Expected 8 or 0 byte long for date");
    case TypeKind::date:
      return check_size(bytes, 4, false, "Expected 4 byte long for date");
    case TypeKind::time:
      return validate_time(bytes);
    case TypeKind::uuid:
      return check_size(bytes, 16, true, "UUID should be 16 or 0 bytes");
    case TypeKind::timeuuid:
      return validate_timeuuid(bytes);
    case TypeKind::inet:
      return validate_inet(bytes);
    case TypeKind::varint:
      return validate_size_of_number(bytes);
    case TypeKind::decimal:
      return validate_decimal(bytes);
    case TypeKind::duration:
      return validate_duration(bytes);
    case TypeKind::list:
    case TypeKind::set:
    case TypeKind::map:
    case TypeKind::vector:
    case TypeKind::tuple:
    case TypeKind::user:
      break;
  }
  return validate_elements(type, bytes);
}

}  // namespace ringlet
