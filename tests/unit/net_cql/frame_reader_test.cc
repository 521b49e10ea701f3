#include "net/cql/frame_reader.h"

#include <doctest/doctest.h>

#include <random>

#include "net/cql/segment.h"
#include "tests/unit/net_cql/wire_test_help.h"

using namespace ringlet;
using namespace ringlet::wire;
using namespace ringlet::wire_test;

static constexpr uint64_t kSeeds[] = {1, 2, 3, 5, 8, 13, 21, 34};

static FrameReader started_reader(Version version, Compression compression) {
  FrameReader reader;
  reader.start(version, compression);
  reader.ready();
  return reader;
}

static Bytes segment(BytesView payload, Compression compression = Compression::none, bool self_contained = true) {
  Bytes out(segment_header_bytes(compression), '\0'), scratch;
  out += payload;
  seal_segment(out, 0, compression, self_contained, scratch);
  return out;
}

static std::vector<Found> feed_all(FrameReader& reader, BytesView bytes) { return feed(reader, bytes, {bytes.size()}); }

static Bytes patterned(size_t bytes) {
  Bytes out(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(i * i >> 7);
  return out;
}

TEST_SUITE("net_cql versions") {
  TEST_CASE("an unknown high version is told the supported ones in v5's shape, and the connection closes") {
    FrameReader reader;
    const auto found = feed_all(reader, hex("42 00 0007 05 00000000"));
    REQUIRE_EQ(found.size(), 1);
    CHECK_EQ(found[0].body, "Invalid or unsupported protocol version (66); supported versions are (3/v3, 4/v4, 5/v5)");
    CHECK_EQ(found[0].stream, 7);
    CHECK(found[0].close);
    CHECK_EQ(reader.bad().reply_version, 5);
    CHECK_EQ(reader.bad().error.code, Errc::protocol);
    CHECK(feed_all(reader, golden(Version::v4, "request options")).empty());
  }

  TEST_CASE("the first byte alone decides") {
    FrameReader reader;
    const auto found = feed_all(reader, hex("41"));
    REQUIRE_EQ(found.size(), 1);
    CHECK_EQ(found[0].stream, 0);
    CHECK(found[0].close);
  }

  TEST_CASE("versions 1 and 2 are answered in their own") {
    for (const uint8_t version : {1, 2}) {
      FrameReader reader;
      const auto found = feed_all(reader, Bytes(1, static_cast<char>(version)) + hex("00 09 05 00000000"));
      REQUIRE_EQ(found.size(), 1);
      CHECK_EQ(found[0].stream, 9);
      CHECK_EQ(reader.bad().reply_version, version);
    }
  }

  TEST_CASE("before STARTUP each supported version is read, after it only the agreed one") {
    FrameReader reader;
    for (const Version version : kVersions) CHECK(!feed_all(reader, golden(version, "request options"))[0].bad);
    reader.start(Version::v4, Compression::none);
    reader.ready();
    const auto found = feed_all(reader, golden(Version::v3, "request options"));
    REQUIRE_EQ(found.size(), 1);
    CHECK_EQ(found[0].body,
             "Invalid message version. Got 3/v3 but previous messages on this connection had version 4/v4");
    CHECK(!found[0].close);
    CHECK_EQ(reader.bad().reply_version, 4);
  }
}

TEST_SUITE("net_cql frame_reader") {
  TEST_CASE("unknown and answer opcodes spoil their own message only, until two of them come in a row") {
    for (const Version version : {Version::v3, Version::v4}) {
      FrameReader reader = started_reader(version, Compression::none);
      const Bytes good = request(version, Opcode::options, "", 4);
      const Bytes bad = request(version, static_cast<Opcode>(0x55), "xyz", 9);
      auto found = feed_all(reader, bad + good + request(version, Opcode::ready, "", 10) + good + bad + bad + good);
      REQUIRE_EQ(found.size(), 6);
      CHECK_EQ(found[0], Found{true, 9, 0, "Unknown opcode 85", false});
      CHECK_EQ(found[1].stream, 4);
      CHECK(found[2].bad);
      CHECK_EQ(found[2].stream, 10);
      CHECK(!found[2].close);
      CHECK(!found[3].bad);
      CHECK(!found[4].close);
      CHECK(found[5].close);
    }
  }

  TEST_CASE("a response's direction bit in a request is refused with its stream") {
    FrameReader reader;
    const auto found = feed_all(reader, hex("84 00 0005 05 00000000"));
    REQUIRE_EQ(found.size(), 1);
    CHECK(found[0].bad);
    CHECK_EQ(found[0].stream, 5);
    CHECK_EQ(reader.bad().reply_version, 4);
  }

  TEST_CASE("an oversized or negative length closes the connection before the body is buffered") {
    for (const char* length : {"01000001", "ffffffff", "80000000", "7fffffff"}) {
      FrameReader reader = started_reader(Version::v4, Compression::none);
      const auto found = feed_all(reader, hex("04 00 0003 07") + hex(length));
      REQUIRE_EQ(found.size(), 1);
      CHECK(found[0].close);
      CHECK_EQ(found[0].stream, 3);
      CHECK_LT(reader.bytes_held(), 100000);
    }
  }

  TEST_CASE("before authentication no length makes a connection hold more than its bound") {
    FrameReader bare;
    auto found =
        feed_all(bare, request(Version::v4, Opcode::startup, Bytes(kUnauthenticatedBytesMax, 'x')).substr(0, 9));
    REQUIRE_EQ(found.size(), 1);
    CHECK(found[0].close);

    FrameReader filled;
    const Bytes largest = request(Version::v4, Opcode::startup, Bytes(kUnauthenticatedBytesMax - 9, 'x'));
    found = feed(filled, largest, {100000});
    REQUIRE_EQ(found.size(), 1);
    CHECK(!found[0].bad);
    CHECK_LE(filled.bytes_held(), kUnauthenticatedBytesMax + 100);

    for (const auto compression : {Compression::none, Compression::lz4}) {
      FrameReader segments;
      segments.start(Version::v5, compression);
      found = feed_all(segments, segment(Bytes(20000, 'x'), compression).substr(0, segment_header_bytes(compression)));
      REQUIRE_EQ(found.size(), 1);
      CHECK(found[0].close);
      FrameReader sliced;
      sliced.start(Version::v5, compression);
      const Bytes slice = request(Version::v5, Opcode::auth_response, Bytes(20000, 'x')).substr(0, 500);
      found = feed_all(sliced, segment(slice, compression, false));
      REQUIRE_EQ(found.size(), 1);
      CHECK(found[0].close);
    }
  }

  TEST_CASE("a whole frame in the buffer is viewed, not copied") {
    FrameReader reader = started_reader(Version::v4, Compression::none);
    const Bytes bytes = request(Version::v4, Opcode::query, "body");
    const auto room = reader.prepare();
    std::copy(bytes.begin(), bytes.end(), room.data());
    reader.commit(bytes.size());
    REQUIRE_EQ(reader.next(), FrameReader::Next::frame);
    CHECK_EQ(static_cast<const void*>(reader.frame().body.data()), static_cast<const void*>(room.data() + 9));
  }

  TEST_CASE("LZ4 bodies are read once agreed, and refused before") {
    const Bytes body = hex("0000000a") + hex("a0") + "0123456789";  // one literal run
    const Bytes bytes = request(Version::v4, Opcode::query, body, 1, flag::kCompression);
    FrameReader plain = started_reader(Version::v4, Compression::none);
    CHECK(feed_all(plain, bytes)[0].bad);
    FrameReader lz4 = started_reader(Version::v4, Compression::lz4);
    CHECK_EQ(feed_all(lz4, bytes)[0].body, "0123456789");
    CHECK_EQ(feed_all(lz4, request(Version::v4, Opcode::query, "as it is"))[0].body, "as it is");
    const auto bomb = feed_all(lz4, request(Version::v4, Opcode::query, hex("7fffffff 00"), 6, flag::kCompression));
    CHECK(bomb[0].bad);
    CHECK_EQ(bomb[0].stream, 6);
  }

  TEST_CASE("v5 has no compressed bodies: the flag means nothing, bare or in a segment") {
    const Bytes bytes = request(Version::v5, Opcode::options, "as it is", 1, flag::kCompression);
    FrameReader bare;
    CHECK_EQ(feed_all(bare, bytes)[0].body, "as it is");
    FrameReader segments = started_reader(Version::v5, Compression::lz4);
    CHECK_EQ(feed_all(segments, segment(bytes, Compression::lz4))[0].body, "as it is");
  }

  TEST_CASE("the framing changes at STARTUP's answer, in v5 only") {
    FrameReader v5;
    CHECK(!feed_all(v5, golden(Version::v5, "request startup"))[0].bad);
    v5.start(Version::v5, Compression::none);
    CHECK(!feed_all(v5, segment(golden(Version::v5, "request auth_response")))[0].bad);
    FrameReader v4;
    CHECK(!feed_all(v4, golden(Version::v4, "request startup"))[0].bad);
    v4.start(Version::v4, Compression::none);
    CHECK(!feed_all(v4, golden(Version::v4, "request auth_response"))[0].bad);
  }

  TEST_CASE("damage to a segment closes the connection") {
    const Bytes whole = segment(request(Version::v5, Opcode::options, ""));
    for (size_t at = 0; at < whole.size(); ++at) {
      Bytes damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      FrameReader reader = started_reader(Version::v5, Compression::none);
      const auto found = feed_all(reader, damaged);
      CAPTURE(at);
      REQUIRE_EQ(found.size(), 1);
      CHECK(found[0].close);
      CHECK_EQ(found[0].stream, 0);
    }
  }

  TEST_CASE("a malformed envelope in a sound segment is answered, and the next segment is read") {
    FrameReader reader = started_reader(Version::v5, Compression::none);
    const Bytes good = request(Version::v5, Opcode::options, "", 2);
    Bytes overlong = request(Version::v5, Opcode::query, "abc", 8);
    overlong[8] = 100;
    auto found = feed_all(reader, segment(good + overlong) + segment(good));
    REQUIRE_EQ(found.size(), 3);
    CHECK(found[1].bad);
    CHECK_EQ(found[1].stream, 8);
    CHECK(!found[1].close);
    CHECK(!found[2].bad);
    found = feed_all(reader, segment(good + "\x05\x00") + segment(good));
    REQUIRE_EQ(found.size(), 3);
    CHECK(found[1].bad);
    CHECK(!found[1].close);
    CHECK(!found[2].bad);
    found = feed_all(reader, segment(overlong) + segment(overlong) + segment(good));
    REQUIRE_EQ(found.size(), 2);
    CHECK(found[1].close);
  }

  TEST_CASE("empty self-contained segments are nothing") {
    FrameReader reader = started_reader(Version::v5, Compression::none);
    CHECK_EQ(feed_all(reader, segment("") + segment("") + segment(request(Version::v5, Opcode::options, ""))).size(),
             1);
  }

  TEST_CASE("slices must be of one message, whole, and follow each other") {
    const Bytes large = request(Version::v5, Opcode::query, patterned(1000), 3);
    const auto slice = [&](size_t from, size_t to) {
      return segment(BytesView(large).substr(from, to - from), Compression::none, false);
    };
    const auto only_refusal = [](BytesView bytes) {
      FrameReader reader = started_reader(Version::v5, Compression::none);
      const auto found = feed_all(reader, bytes);
      REQUIRE_EQ(found.size(), 1);
      CHECK(found[0].close);
    };
    FrameReader reader = started_reader(Version::v5, Compression::none);
    const auto found = feed_all(reader, slice(0, 300) + slice(300, 301) + slice(301, 1009));
    REQUIRE_EQ(found.size(), 1);
    CHECK_EQ(found[0].body, BytesView(large).substr(9));
    only_refusal(slice(0, 300) + segment(request(Version::v5, Opcode::options, "")));
    only_refusal(slice(0, 8));
    only_refusal(slice(0, 1009 - 5) + slice(0, 6));
    only_refusal(slice(0, 300) + slice(300, 300));
    only_refusal(segment(request(Version::v5, static_cast<Opcode>(0x44), patterned(50)), Compression::none, false));
    only_refusal(segment(hex("05 00 0001 07 01000001"), Compression::none, false));
  }

  TEST_CASE("any cut of a connection's bytes gives the same frames") {
    for (const Version version : kVersions) {
      for (const auto compression : {Compression::none, Compression::lz4}) {
        Bytes stream, scratch;
        std::vector<Found> expected;
        const auto add = [&](size_t body_bytes, int16_t id) {
          const Bytes body = patterned(body_bytes);
          const Bytes envelope = request(version, Opcode::query, body, id);
          expected.push_back({false, id, static_cast<uint8_t>(Opcode::query), body, false});
          if (version != Version::v5)
            stream += envelope;
          else if (envelope.size() > kSegmentPayloadMax)
            append_sliced(stream, envelope, compression, scratch);
          else
            stream += segment(envelope, compression);
        };
        for (const size_t bytes : {0, 1, 100, 5000, 131062, 131063, 400000, 3, 70000})
          add(bytes, static_cast<int16_t>(bytes % 999));
        for (const uint64_t seed : kSeeds) {
          std::mt19937_64 dice(seed);
          std::vector<size_t> pieces;
          for (int i = 0; i < 3000; ++i) pieces.push_back(1 + dice() % (seed % 2 == 0 ? 700 : 30000));
          FrameReader reader = started_reader(version, compression);
          CAPTURE(seed);
          CAPTURE(to_string(version));
          CHECK(feed(reader, stream, pieces) == expected);
        }
      }
    }
  }

  TEST_CASE("several envelopes of one segment come out one by one, byte by byte fed") {
    for (const auto compression : {Compression::none, Compression::lz4}) {
      FrameReader reader = started_reader(Version::v5, compression);
      Bytes payload;
      for (int16_t stream = 0; stream < 20; ++stream)
        payload += request(Version::v5, Opcode::query, "same text", stream);
      const auto found = feed(reader, segment(payload, compression), {1});
      REQUIRE_EQ(found.size(), 20);
      CHECK_EQ(found[19].stream, 19);
    }
  }

  TEST_CASE("a quiet connection can give its buffers back and go on") {
    FrameReader reader = started_reader(Version::v4, Compression::none);
    const Bytes large = request(Version::v4, Opcode::query, patterned(1 << 20));
    CHECK_EQ(feed_all(reader, large).size(), 1);
    CHECK_GT(reader.bytes_held(), 1 << 20);
    reader.release_idle_memory();
    CHECK_LT(reader.bytes_held(), 100);
    CHECK_EQ(feed_all(reader, large).size(), 1);
  }
}
