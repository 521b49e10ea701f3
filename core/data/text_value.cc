#include "core/data/text_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/limits.h"
#include "core/base/uuid.h"
#include "core/data/decimal.h"

namespace ringlet {
namespace {

template <class T>
Bytes big_bytes(T value) {
  Bytes bytes;
  ByteWriter(bytes).big<T>(value);
  return bytes;
}

template <class T>
std::optional<T> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>) {  // too large is infinite, too small is zero, as in Java
    const auto exact = error == std::errc::result_out_of_range ? Decimal::parse(text) : std::nullopt;
    if (exact) return static_cast<T>(exact->to_double());
  }
  if (error != std::errc{}) return std::nullopt;
  return value;
}

template <class T>
std::optional<T> floating(std::string_view text) {
  if (text == "NaN" || text == "-NaN") return std::nan("");
  if (text == "Infinity") return static_cast<T>(HUGE_VAL);
  if (text == "-Infinity") return static_cast<T>(-HUGE_VAL);
  if (text.find_first_not_of("+-.eE0123456789") != text.npos) return std::nullopt;  // no hex floats, "inf", "nan(..)"
  return number<T>(text);
}

template <class T>
std::optional<Bytes> packed(std::optional<T> value) {
  if (!value) return std::nullopt;
  return big_bytes<T>(*value);
}

std::optional<Bytes> boolean(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower == "true") return Bytes(1, '\1');
  if (lower == "false") return Bytes(1, '\0');
  return std::nullopt;
}

std::optional<Bytes> uuid(std::string_view text, bool timed) {
  const auto parsed = parse_uuid(text);
  if (!parsed || (timed && parsed->version() != 1)) return std::nullopt;
  return Bytes(parsed->bytes());
}

// Reading digits costs their number squared.
constexpr size_t kDigitsMax = kBigNumberBytesMax * 12 / 5;

std::optional<Bytes> parse(TypeKind kind, std::string_view text) {
  Bytes bytes;
  switch (kind) {
    case TypeKind::text:
      return Bytes(text);
    case TypeKind::ascii:
      return std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; }) ? std::optional(Bytes(text))
                                                                               : std::nullopt;
    case TypeKind::blob:
      return text.starts_with("0x") && from_hex(text.substr(2), bytes) ? std::optional(bytes) : std::nullopt;
    case TypeKind::boolean:
      return boolean(text);
    case TypeKind::tinyint:
      return packed(number<int8_t>(text));
    case TypeKind::smallint:
      return packed(number<int16_t>(text));
    case TypeKind::int_:
      return packed(number<int32_t>(text));
    case TypeKind::bigint:
    case TypeKind::counter:
      return packed(number<int64_t>(text));
    case TypeKind::float_: {
      const auto value = floating<float>(text);
      return value ? std::optional(big_bytes(std::bit_cast<uint32_t>(*value))) : std::nullopt;
    }
    case TypeKind::double_: {
      const auto value = floating<double>(text);
      return value ? std::optional(big_bytes(std::bit_cast<uint64_t>(*value))) : std::nullopt;
    }
    case TypeKind::varint: {
      const auto value = text.size() <= kDigitsMax ? BigInteger::parse(text) : std::nullopt;
      return value ? std::optional(value->to_bytes()) : std::nullopt;
    }
    case TypeKind::decimal: {
      const auto value = text.size() <= kDigitsMax ? Decimal::parse(text) : std::nullopt;
      return value ? std::optional(value->to_bytes()) : std::nullopt;
    }
    case TypeKind::timestamp:
      return packed(parse_timestamp_ms(text));
    case TypeKind::date:
      return packed(parse_date(text));
    case TypeKind::time:
      return packed(parse_time_ns(text));
    case TypeKind::uuid:
      return uuid(text, false);
    case TypeKind::timeuuid:
      return uuid(text, true);
    case TypeKind::inet:
      return parse_inet(text);
    case TypeKind::duration: {
      const auto value = parse_duration(text);
      return value ? std::optional(duration_bytes(*value)) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

// As Java writes doubles: plain between 10^-3 and 10^7, else d.dddEn; always a digit after the point.
template <class T>
std::string java_text(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  char buffer[64];
  const T magnitude = std::abs(value);
  const bool plain = magnitude >= T(1e-3) && magnitude < T(1e7);
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string text(buffer, end);
  if (plain) return text.find('.') == text.npos ? text + ".0" : text;
  const size_t e = text.find('e');
  std::string digits = text.substr(0, e);
  if (digits.find('.') == digits.npos) digits += ".0";
  return digits + "E" + std::to_string(std::stoi(text.substr(e + 1)));
}

// Cassandra's words, which tests and people know.
std::string complaint(TypeKind kind, std::string_view text) {
  const std::string quoted = "'" + std::string(text) + "'";
  switch (kind) {
    case TypeKind::timestamp:
    case TypeKind::date:
      return "Unable to coerce " + quoted + " to a formatted date (long)";
    case TypeKind::time:
      return "Unable to coerce " + quoted + " to a formatted time (long)";
    case TypeKind::tinyint:
      return "Unable to make byte from " + quoted;
    case TypeKind::smallint:
      return "Unable to make short from " + quoted;
    case TypeKind::bigint:
    case TypeKind::counter:
      return "Unable to make long from " + quoted;
    case TypeKind::varint:
      return "unable to make int from " + quoted;
    case TypeKind::decimal:
      return "unable to make BigDecimal from " + quoted;
    case TypeKind::uuid:
    case TypeKind::timeuuid:
      return "Unable to make UUID from " + quoted;
    case TypeKind::inet:
      return "Unable to make inet address from " + quoted;
    case TypeKind::blob:
      return "cannot parse " + quoted + " as hex bytes";
    case TypeKind::duration:
      return "Unable to convert " + quoted + " to a duration";
    case TypeKind::ascii:
      return "Invalid ASCII character in string literal";
    default:
      return "Unable to make " + to_cql(*native_type(kind)) + " from " + quoted;
  }
}

}  // namespace

Result<Bytes> parse_text(TypeKind kind, std::string_view text) {
  auto bytes = parse(kind, text);
  if (!bytes) return fail(Errc::invalid, complaint(kind, text));
  return *std::move(bytes);
}

std::string show_text(TypeKind kind, BytesView bytes) {
  if (kind == TypeKind::blob) return "0x" + to_hex(bytes);
  if (bytes.empty()) return "";
  switch (kind) {
    case TypeKind::boolean:
      return bytes[0] ? "true" : "false";
    case TypeKind::tinyint:
      return std::to_string(static_cast<int8_t>(bytes[0]));
    case TypeKind::smallint:
      return std::to_string(load_big<int16_t>(bytes.data()));
    case TypeKind::int_:
      return std::to_string(load_big<int32_t>(bytes.data()));
    case TypeKind::bigint:
    case TypeKind::counter:
      return std::to_string(load_big<int64_t>(bytes.data()));
    case TypeKind::float_:
      return floating_text(std::bit_cast<float>(load_big<uint32_t>(bytes.data())));
    case TypeKind::double_:
      return floating_text(std::bit_cast<double>(load_big<uint64_t>(bytes.data())));
    case TypeKind::varint:
      return BigInteger::from_bytes(bytes).to_string();
    case TypeKind::decimal:
      return Decimal::from_bytes(bytes).to_string();
    case TypeKind::timestamp:
      return timestamp_text(load_big<int64_t>(bytes.data()), 'T');
    case TypeKind::date:
      return date_text(load_big<uint32_t>(bytes.data()));
    case TypeKind::time:
      return time_text(load_big<int64_t>(bytes.data()));
    case TypeKind::uuid:
    case TypeKind::timeuuid:
      return to_string(uuid_from_bytes(bytes));
    case TypeKind::inet:
      return inet_text(bytes);
    case TypeKind::duration:
      return duration_text(duration_from_bytes(bytes));
    default:
      return Bytes(bytes);
  }
}

std::string floating_text(double value) { return java_text(value); }
std::string floating_text(float value) { return java_text(value); }

Bytes duration_bytes(const CalendarDuration& duration) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.signed_vint(duration.months);
  out.signed_vint(duration.days);
  out.signed_vint(duration.ns);
  return bytes;
}

CalendarDuration duration_from_bytes(BytesView bytes) {
  ByteReader in(bytes);
  CalendarDuration duration;
  duration.months = static_cast<int32_t>(in.signed_vint());
  duration.days = static_cast<int32_t>(in.signed_vint());
  duration.ns = in.signed_vint();
  return duration;
}

}  // namespace ringlet
