// Bytes and the two cursors that read and write them.
//
// Bytes is std::string on purpose: short values stay inline, and comparison is memcmp (unsigned), which is the order the
// storage engine keeps. ByteReader never reads past its end: after the first short read it is `bad` and yields zeros, so
// that a decoder checks once at its end, or earlier where a length decides an allocation.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ringlet {

using Bytes = std::string;
using BytesView = std::string_view;

// Resizes without clearing: what is there stays, what is added has no particular content. The size comes from here and not
// from the callback's own argument, because libstdc++ 12 passes the grown capacity there.
inline void resize_for_overwrite(Bytes& bytes, size_t size) {
  bytes.resize_and_overwrite(size, [size](char*, size_t) { return size; });
}

// Shift-and-or loads compile to one bswap'd load and work at any alignment.
template <class T>
inline T load_big(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) value = std::byteswap(value);
  return value;
}
template <class T>
inline T load_little(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::big) value = std::byteswap(value);
  return value;
}
template <class T>
inline void store_big(char* at, T value) {
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) value = std::byteswap(value);
  std::memcpy(at, &value, sizeof value);
}
template <class T>
inline void store_little(char* at, T value) {
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::big) value = std::byteswap(value);
  std::memcpy(at, &value, sizeof value);
}

// The native protocol's vint: leading ones of the first byte count the bytes that follow. Its memcmp order is numeric order.
// Writes at most kVintBytesMax bytes and returns how many.
inline constexpr size_t kVintBytesMax = 9;
size_t store_unsigned_vint(char* at, uint64_t v);
inline uint64_t zigzag(int64_t v) { return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63); }

class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}
  void u8(uint8_t v) { out_.push_back(static_cast<char>(v)); }
  template <class T>
  void big(T v) {
    char raw[sizeof(T)];
    store_big(raw, v);
    out_.append(raw, sizeof raw);
  }
  template <class T>
  void little(T v) {
    char raw[sizeof(T)];
    store_little(raw, v);
    out_.append(raw, sizeof raw);
  }
  void unsigned_vint(uint64_t v) {
    if (v < 0x80) return u8(static_cast<uint8_t>(v));
    char raw[kVintBytesMax];
    out_.append(raw, store_unsigned_vint(raw, v));
  }
  void signed_vint(int64_t v) { unsigned_vint(zigzag(v)); }
  void bytes(BytesView v) { out_.append(v); }
  void sized_bytes(BytesView v) {  // unsigned_vint length, then the bytes
    unsigned_vint(v.size());
    out_.append(v);
  }
  size_t size() const { return out_.size(); }
  Bytes& out() { return out_; }

 private:
  Bytes& out_;
};

class ByteReader {
 public:
  explicit ByteReader(BytesView in) : at_(in.data()), end_(in.data() + in.size()) {}
  bool bad() const { return bad_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  bool done() const { return at_ == end_; }
  const char* position() const { return at_; }
  uint8_t u8() {
    if (at_ == end_) return fail_read(), 0;
    return static_cast<uint8_t>(*at_++);
  }
  template <class T>
  T big() {
    if (left() < sizeof(T)) return fail_read(), T{};
    const T v = load_big<T>(at_);
    at_ += sizeof(T);
    return v;
  }
  template <class T>
  T little() {
    if (left() < sizeof(T)) return fail_read(), T{};
    const T v = load_little<T>(at_);
    at_ += sizeof(T);
    return v;
  }
  uint64_t unsigned_vint() {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) return static_cast<uint8_t>(*at_++);
    return long_vint();
  }
  int64_t signed_vint() {
    const uint64_t u = unsigned_vint();
    return static_cast<int64_t>(u >> 1) ^ -static_cast<int64_t>(u & 1);
  }
  BytesView bytes(size_t n) {
    if (left() < n) return fail_read(), BytesView{};
    const BytesView v{at_, n};
    at_ += n;
    return v;
  }
  BytesView sized_bytes() {
    const uint64_t n = unsigned_vint();
    if (n > left()) return fail_read(), BytesView{};
    return bytes(static_cast<size_t>(n));
  }
  BytesView rest() const { return {at_, left()}; }

 private:
  uint64_t long_vint();
  void fail_read() {
    bad_ = true;
    at_ = end_;
  }
  const char* at_;
  const char* end_;
  bool bad_ = false;
};

std::string to_hex(BytesView bytes);               // lower case, no prefix
bool from_hex(std::string_view text, Bytes& out);  // false on odd length or a character that is no hex digit

}  // namespace ringlet
