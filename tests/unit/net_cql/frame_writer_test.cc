#include "net/cql/frame_writer.h"

#include <doctest/doctest.h>

#include <random>

#include "net/cql/segment.h"
#include "tests/unit/net_cql/wire_test_help.h"

using namespace ringlet;
using namespace ringlet::wire;
using namespace ringlet::wire_test;

static void write(FrameWriter& writer, Version version, int16_t stream, BytesView body) {
  writer.begin({.version = version, .opcode = Opcode::result, .stream = stream}).bytes(body);
  writer.end();
}

// Half of it compresses, half does not.
static Bytes body_of(size_t bytes, uint64_t seed) {
  std::mt19937_64 dice(seed);
  Bytes body(bytes, 'r');
  for (size_t i = 0; i < bytes; i += 2) body[i] = static_cast<char>(dice());
  return body;
}

TEST_SUITE("net_cql frame_writer") {
  TEST_CASE("answers before START's are bare, after it they follow what was agreed") {
    for (const Version version : kVersions) {
      for (const auto compression : {Compression::none, Compression::lz4}) {
        Bytes out;
        FrameWriter writer(out);
        writer.begin({.version = version, .opcode = Opcode::ready, .stream = 1});
        writer.end();
        CHECK_EQ(out.size(), 9);
        out.clear();
        writer.start(version, compression);
        write(writer, version, 5, Bytes(5000, 'a'));
        writer.flush();
        const auto answers = read_answers(out, version, compression, true);
        REQUIRE_EQ(answers.size(), 1);
        CHECK_EQ(answers[0].body, Bytes(5000, 'a'));
        CHECK_EQ(answers[0].header.version_byte, static_cast<uint8_t>(version) | 0x80);
        if (compression == Compression::lz4)
          CHECK_LT(out.size(), 500);
        else
          CHECK_GT(out.size(), 5000);
      }
    }
  }

  TEST_CASE("the answers of one turn share a v5 segment") {
    Bytes out;
    FrameWriter writer(out);
    writer.start(Version::v5, Compression::none);
    for (int16_t stream = 0; stream < 10; ++stream) write(writer, Version::v5, stream, "answer");
    writer.flush();
    CHECK_EQ(out.size(), 6 + 10 * (9 + 6) + 4);
    writer.flush();
    CHECK_EQ(out.size(), 6 + 10 * (9 + 6) + 4);
  }

  TEST_CASE("an abandoned answer leaves nothing") {
    for (const Version version : kVersions) {
      Bytes out;
      FrameWriter writer(out);
      writer.start(version, Compression::none);
      writer.begin({.version = version, .opcode = Opcode::result}).bytes("half an answ");
      writer.abandon();
      writer.flush();
      CHECK_EQ(out, "");
      write(writer, version, 1, "kept");
      writer.begin({.version = version, .opcode = Opcode::result}).bytes("half an answ");
      writer.abandon();
      write(writer, version, 2, "too");
      writer.flush();
      const auto answers = read_answers(out, version, Compression::none, true);
      REQUIRE_EQ(answers.size(), 2);
      CHECK_EQ(answers[0].body, "kept");
      CHECK_EQ(answers[1].body, "too");
    }
  }

  TEST_CASE("answers of every size come back in order, at the edges of a segment too") {
    for (const Version version : kVersions) {
      for (const auto compression : {Compression::none, Compression::lz4}) {
        for (const uint64_t seed : {1, 2, 3, 4, 5, 6}) {
          CAPTURE(seed);
          CAPTURE(to_string(version));
          CAPTURE(compression == Compression::lz4);
          std::mt19937_64 dice(seed);
          Bytes out;
          FrameWriter writer(out);
          writer.start(version, compression);
          std::vector<Bytes> bodies;
          for (int i = 0; i < 60; ++i) {
            size_t bytes = dice() % 3000;
            if (dice() % 10 == 0) bytes = kSegmentPayloadMax - 9 - 2 + dice() % 5;
            if (dice() % 20 == 0) bytes = dice() % 500000;
            bodies.push_back(body_of(bytes, dice()));
            write(writer, version, static_cast<int16_t>(i), bodies.back());
            if (dice() % 8 == 0) writer.flush();
          }
          writer.flush();
          const auto answers = read_answers(out, version, compression, true);
          REQUIRE_EQ(answers.size(), bodies.size());
          for (size_t i = 0; i < bodies.size(); ++i) {
            CHECK_EQ(answers[i].header.stream, static_cast<int16_t>(i));
            CHECK(answers[i].body == bodies[i]);
          }
        }
      }
    }
  }

  TEST_CASE("a refusal has the shape the client can read") {
    const auto refused = [](BytesView bytes) {
      FrameReader reader;
      const auto found = feed(reader, bytes, {100});
      REQUIRE_EQ(found.size(), 1);
      Bytes out;
      FrameWriter writer(out);
      writer.write_refusal(reader.bad());
      return out;
    };
    const Bytes text = "Invalid or unsupported protocol version (66); supported versions are (3/v3, 4/v4, 5/v5)";
    const Bytes body = hex("0000000a") + hex("0057") + text;
    CHECK_EQ(to_hex(refused(hex("42 00 0000 05 00000000"))), to_hex(hex("85 00 0000 00 0000005d") + body));
    const Bytes old = refused(hex("02 00 07 05 00000000"));
    CHECK_EQ(to_hex(old.substr(0, 8)), "8200070000" + to_hex(hex("00005c")));
    CHECK(old.contains("Invalid or unsupported protocol version (2); supported"));
    CHECK_EQ(to_hex(refused(hex("03 00 0004 44 00000000")).substr(0, 5)), "8300000400");
  }

  TEST_CASE("in v5 a refusal is framed as everything else") {
    FrameReader reader;
    reader.start(Version::v5, Compression::lz4);
    reader.ready();
    REQUIRE_EQ(feed(reader, Bytes(100, 'x'), {100}).size(), 1);
    Bytes out;
    FrameWriter writer(out);
    writer.start(Version::v5, Compression::lz4);
    writer.write_refusal(reader.bad());
    writer.flush();
    const auto answers = read_answers(out, Version::v5, Compression::lz4, true);
    REQUIRE_EQ(answers.size(), 1);
    CHECK_EQ(answers[0].header.opcode(), Opcode::error);
  }
}
