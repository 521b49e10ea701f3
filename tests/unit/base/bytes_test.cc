#include "core/base/bytes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace ringlet;

namespace {

Bytes vint(uint64_t v) {
  Bytes bytes;
  ByteWriter{bytes}.unsigned_vint(v);
  return bytes;
}

std::vector<uint64_t> interesting() {
  std::vector<uint64_t> values = {0, 1, UINT64_MAX};
  for (int bits = 1; bits < 64; ++bits) {
    for (const int64_t off : {-1, 0, 1}) values.push_back((uint64_t{1} << bits) + static_cast<uint64_t>(off));
  }
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

}  // namespace

TEST_SUITE("bytes") {
  TEST_CASE("vints have the protocol's bytes") {
    CHECK_EQ(to_hex(vint(0)), "00");
    CHECK_EQ(to_hex(vint(127)), "7f");
    CHECK_EQ(to_hex(vint(128)), "8080");
    CHECK_EQ(to_hex(vint(256000)), "c3e800");
    CHECK_EQ(to_hex(vint(UINT64_MAX)), "ffffffffffffffffff");
    Bytes signed_bytes;
    ByteWriter out{signed_bytes};
    for (const int64_t v : {1, 2, 3, -1}) out.signed_vint(v);
    CHECK_EQ(to_hex(signed_bytes), "02040601");
  }
  TEST_CASE("every vint reads back, at the end of its bytes and with more behind it, and cut short it is bad") {
    for (const uint64_t v : interesting()) {
      CAPTURE(v);
      const Bytes bytes = vint(v);
      for (const char* tail : {"", "tail of eight bytes and more"}) {
        const Bytes with_tail = bytes + tail;
        ByteReader in{with_tail};
        CHECK_EQ(in.unsigned_vint(), v);
        CHECK_EQ(in.rest(), tail);
      }
      for (size_t n = 0; n < bytes.size(); ++n) {
        ByteReader in{BytesView(bytes).substr(0, n)};
        in.unsigned_vint();
        CHECK(in.bad());
      }
      const auto as_signed = static_cast<int64_t>(v);
      Bytes zigzagged;
      ByteWriter{zigzagged}.signed_vint(as_signed);
      CHECK_EQ(ByteReader{zigzagged}.signed_vint(), as_signed);
    }
  }
  TEST_CASE("the order of vints' bytes is the order of their numbers") {
    const std::vector<uint64_t> values = interesting();
    for (size_t i = 1; i < values.size(); ++i) CHECK(vint(values[i - 1]) < vint(values[i]));
  }
  TEST_CASE("after the first short read a reader stays bad and yields zeros") {
    ByteReader in{"abc"};
    CHECK_EQ(in.big<uint32_t>(), 0);
    CHECK(in.bad());
    CHECK_EQ(in.u8(), 0);
    CHECK_EQ(in.sized_bytes(), "");
    CHECK_EQ(in.bytes(1), "");
  }
  TEST_CASE("a length larger than what is left allocates nothing") {
    Bytes bytes = vint(UINT64_MAX) + "x";
    ByteReader in{bytes};
    CHECK_EQ(in.sized_bytes(), "");
    CHECK(in.bad());
  }
  TEST_CASE("hex reads back in either case, and only whole bytes of digits are hex") {
    Bytes bytes;
    REQUIRE(from_hex("00fFa5", bytes));
    CHECK_EQ(to_hex(bytes), "00ffa5");
    CHECK_FALSE(from_hex("0", bytes));
    CHECK_FALSE(from_hex("0g", bytes));
  }
}
