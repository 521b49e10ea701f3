#include "net/cql/segment.h"

#include <doctest/doctest.h>

#include "net/cql/compression.h"
#include "net/cql/crc.h"
#include "tests/unit/net_cql/wire_test_help.h"

using namespace ringlet;
using namespace ringlet::wire;
using wire_test::hex;

static Bytes header_of(SegmentHeader header, Compression compression) {
  Bytes bytes(segment_header_bytes(compression), '\0');
  encode_segment_header(header, compression, bytes.data());
  return bytes;
}

static Bytes sealed(BytesView payload, Compression compression, bool self_contained) {
  Bytes out(segment_header_bytes(compression), '\0'), scratch;
  out += payload;
  seal_segment(out, 0, compression, self_contained, scratch);
  return out;
}

TEST_SUITE("net_cql segment") {
  TEST_CASE("CRC32 is the IEEE sum seeded with the protocol's four bytes, at every length and alignment") {
    CHECK_EQ(crc32(""), 0x44777ED3u);
    const Bytes bytes = hex("050000010500000000");
    CHECK_EQ(crc32(bytes), 0x867455B5u);
    Bytes text;
    for (int i = 0; i < 400; ++i) text.push_back(static_cast<char>(i * 37));
    for (size_t n = 0; n < text.size(); ++n) {  // against a byte at a time
      uint32_t crc = 0xFFFFFFFF;
      for (const char c : hex("fa2d55ca") + text.substr(0, n)) {
        crc ^= static_cast<uint8_t>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0);
      }
      CAPTURE(n);
      CHECK_EQ(crc32(BytesView(text).substr(0, n)), ~crc);
    }
  }

  TEST_CASE("segments have the protocol's bytes") {
    CHECK_EQ(to_hex(sealed(hex("050000010500000000"), Compression::none, true)),
             "090002a4c8c1050000010500000000b5557486");
    CHECK_EQ(to_hex(sealed("", Compression::none, true)), "0000026a36c4d37e7744");
    CHECK_EQ(to_hex(sealed("abc", Compression::none, false)), "0300005f47c5616263087a36c5");
    CHECK_EQ(to_hex(header_of({131071, 0, false}, Compression::none)), "ffff013891fe");
    CHECK_EQ(to_hex(header_of({9, 0, true}, Compression::lz4)), "0900000004c2b895");
    CHECK_EQ(to_hex(header_of({100, 1000, true}, Compression::lz4)), "6400d0070424bfc1");
    CHECK_EQ(to_hex(header_of({131071, 131071, false}, Compression::lz4)), "ffffffff03a288b3");
  }

  TEST_CASE("a header survives encode then decode, and any flipped bit in it is found") {
    for (const auto compression : {Compression::none, Compression::lz4}) {
      const SegmentHeader header{70000, compression == Compression::lz4 ? 131071u : 0u, true};
      const Bytes bytes = header_of(header, compression);
      const auto back = decode_segment_header(bytes.data(), compression);
      REQUIRE(back);
      CHECK_EQ(back->wire_bytes, header.wire_bytes);
      CHECK_EQ(back->uncompressed_bytes, header.uncompressed_bytes);
      CHECK(back->self_contained);
      for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        Bytes flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        CAPTURE(bit);
        CHECK(!decode_segment_header(flipped.data(), compression));
      }
    }
  }

  TEST_CASE("a payload that shrinks is sent compressed, one that does not is stored") {
    Bytes scratch;
    const Bytes plain(1000, 'a');
    const Bytes small = sealed(plain, Compression::lz4, true);
    CHECK_LT(small.size(), 100);
    const auto header = decode_segment_header(small.data(), Compression::lz4);
    REQUIRE(header);
    CHECK_EQ(header->uncompressed_bytes, 1000);
    const auto payload = BytesView(small).substr(8, header->wire_bytes);
    CHECK_EQ(open_segment_payload(*header, payload, crc32(payload), scratch).value(), plain);
    CHECK(!open_segment_payload(*header, payload, crc32(payload) + 1, scratch));
    CHECK_EQ(to_hex(sealed("short", Compression::lz4, true)).substr(0, 10), "0500000004");
  }

  TEST_CASE("a large envelope becomes slices of full segments, none of them self-contained") {
    Bytes out, scratch, joined;
    const Bytes envelope(300000, 'x');
    append_sliced(out, envelope, Compression::none, scratch);
    BytesView left = out;
    std::vector<size_t> sizes;
    while (!left.empty()) {
      const auto header = decode_segment_header(left.data(), Compression::none);
      REQUIRE(header);
      CHECK(!header->self_contained);
      sizes.push_back(header->wire_bytes);
      joined += left.substr(6, header->wire_bytes);
      left.remove_prefix(6 + header->wire_bytes + 4);
    }
    CHECK_EQ(sizes, std::vector<size_t>{131071, 131071, 37858});
    CHECK_EQ(joined, envelope);
  }
}

TEST_SUITE("net_cql compression") {
  TEST_CASE("a compressed body carries its length, and an empty one is read") {
    Bytes plain;
    REQUIRE(decompress_body(hex("00000000 00"), 100, plain));
    CHECK_EQ(plain, "");
    Bytes out = "head" + Bytes(2000, 'z'), scratch;
    REQUIRE(compress_body(out, 4, scratch));
    CHECK_EQ(out.substr(0, 4), "head");
    CHECK_EQ(load_big<uint32_t>(out.data() + 4), 2000);
    REQUIRE(decompress_body(BytesView(out).substr(4), 2000, plain));
    CHECK_EQ(plain, Bytes(2000, 'z'));
  }

  TEST_CASE("a body that would not shrink is left alone") {
    Bytes random, scratch;
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 1000; ++i) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;
      random.push_back(static_cast<char>(state));
    }
    Bytes out = random;
    CHECK(!compress_body(out, 0, scratch));
    CHECK_EQ(out, random);
  }

  TEST_CASE("a decompression bomb is refused before its memory is taken") {
    Bytes plain;
    CHECK(!decompress_body(hex("7fffffff 00"), kFrameBytesMax, plain));    // above the frame limit
    CHECK(!decompress_body(hex("00ffffff 0000"), kFrameBytesMax, plain));  // below it, but more than LZ4 can unfold
    CHECK_LT(plain.capacity(), 100);
  }

  TEST_CASE("damaged and cut bodies are errors") {
    Bytes out(2000, 'z'), scratch, plain;
    REQUIRE(compress_body(out, 0, scratch));
    for (size_t n = 0; n < out.size(); ++n) {
      CAPTURE(n);
      CHECK(!decompress_body(BytesView(out).substr(0, n), kFrameBytesMax, plain));
    }
    store_big(out.data(), uint32_t{1999});
    CHECK(!decompress_body(out, kFrameBytesMax, plain));
  }
}
