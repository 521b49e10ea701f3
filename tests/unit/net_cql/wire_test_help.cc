#include "tests/unit/net_cql/wire_test_help.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/base/must.h"
#include "net/cql/compression.h"
#include "net/cql/segment.h"

namespace ringlet::wire_test {

using namespace wire;

Bytes hex(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != ' ' && c != '\n'; });
  Bytes bytes;
  MUST(from_hex(digits, bytes));
  return bytes;
}

// The tests may run in the repository or in a build folder below it.
static std::filesystem::path golden_file() {
  for (auto folder = std::filesystem::current_path();; folder = folder.parent_path()) {
    const auto file = folder / "tests/golden/cql_frames.txt";
    if (std::filesystem::exists(file)) return file;
    MUST(folder.has_relative_path());
  }
}

const std::map<std::string, Bytes>& golden_envelopes() {
  static const auto envelopes = [] {
    std::map<std::string, std::string> texts;
    std::ifstream file(golden_file());
    std::string line, name;
    while (std::getline(file, line)) {
      if (line.starts_with("#")) continue;
      if (line.starts_with("  "))
        texts[name] += line;
      else
        name = line;
    }
    std::map<std::string, Bytes> decoded;
    for (const auto& [key, text] : texts) decoded[key] = hex(text);
    return decoded;
  }();
  return envelopes;
}

const Bytes& golden(Version version, const std::string& name) {
  const auto found = golden_envelopes().find("v" + std::to_string(static_cast<int>(version)) + " " + name);
  INFO(name);
  REQUIRE(found != golden_envelopes().end());
  return found->second;
}

Bytes golden_body(Version version, const std::string& name) {
  return golden(version, name).substr(kEnvelopeHeaderBytes);
}

std::string written(ResponseHead head, const Write& write) {
  Bytes out;
  FrameWriter writer(out);
  write(writer.begin(head));
  writer.end();
  writer.flush();
  return to_hex(out);
}

void check_golden(Version version, const std::string& name, Opcode opcode, const Write& write, int16_t stream) {
  CAPTURE(to_string(version));
  CAPTURE(name);
  CHECK_EQ(written({.version = version, .opcode = opcode, .stream = stream}, write),
           to_hex(golden(version, "response " + name)));
}

const Bytes kGoldenId = hex("000102030405060708090a0b0c0d0e0f");

Bytes request(Version version, Opcode opcode, BytesView body, int16_t stream, uint8_t flags) {
  Bytes bytes(kEnvelopeHeaderBytes, '\0');
  encode_header({.version_byte = static_cast<uint8_t>(version),
                 .flags = flags,
                 .stream = stream,
                 .opcode_byte = static_cast<uint8_t>(opcode),
                 .body_bytes = static_cast<uint32_t>(body.size())},
                bytes.data());
  return bytes + Bytes(body);
}

// Takes one envelope off the front of `bytes`.
static Answer take_answer(BytesView& bytes, bool compressed_bodies) {
  REQUIRE(bytes.size() >= kEnvelopeHeaderBytes);
  Answer answer{decode_header(bytes.data()), {}};
  REQUIRE(bytes.size() - kEnvelopeHeaderBytes >= answer.header.body_bytes);
  answer.body = Bytes(bytes.substr(kEnvelopeHeaderBytes, answer.header.body_bytes));
  bytes.remove_prefix(kEnvelopeHeaderBytes + answer.header.body_bytes);
  if (answer.header.flags & flag::kCompression) {
    REQUIRE(compressed_bodies);
    Bytes plain;
    REQUIRE(decompress_body(answer.body, kFrameBytesMax, plain));
    answer.body = plain;
  }
  return answer;
}

static std::vector<Answer> read_segments(BytesView bytes, Compression compression) {
  std::vector<Answer> answers;
  Bytes sliced, scratch;
  while (!bytes.empty()) {
    const size_t header_bytes = segment_header_bytes(compression);
    REQUIRE(bytes.size() >= header_bytes);
    const auto segment = decode_segment_header(bytes.data(), compression);
    REQUIRE(segment);
    REQUIRE(bytes.size() >= header_bytes + segment->wire_bytes + kSegmentTrailerBytes);
    const auto crc = load_little<uint32_t>(bytes.data() + header_bytes + segment->wire_bytes);
    const auto payload = open_segment_payload(*segment, bytes.substr(header_bytes, segment->wire_bytes), crc, scratch);
    REQUIRE(payload);
    bytes.remove_prefix(header_bytes + segment->wire_bytes + kSegmentTrailerBytes);
    if (segment->self_contained) {
      REQUIRE(sliced.empty());
      REQUIRE(!payload->empty());
      for (BytesView left = *payload; !left.empty();) answers.push_back(take_answer(left, false));
    } else {
      sliced += *payload;
      if (sliced.size() < kEnvelopeHeaderBytes + decode_header(sliced.data()).body_bytes) continue;
      BytesView left = sliced;
      answers.push_back(take_answer(left, false));
      REQUIRE(left.empty());
      sliced.clear();
    }
  }
  REQUIRE(sliced.empty());
  return answers;
}

std::vector<Answer> read_answers(BytesView bytes, Version version, Compression compression, bool started) {
  if (started && version == Version::v5) return read_segments(bytes, compression);
  std::vector<Answer> answers;
  while (!bytes.empty()) answers.push_back(take_answer(bytes, compression == Compression::lz4));
  return answers;
}

std::vector<Found> feed(FrameReader& reader, BytesView bytes, const std::vector<size_t>& pieces) {
  std::vector<Found> found;
  for (size_t piece = 0; !bytes.empty(); ++piece) {
    const auto room = reader.prepare(pieces[std::min(piece, pieces.size() - 1)]);
    const size_t n = std::min({room.size(), bytes.size(), pieces[std::min(piece, pieces.size() - 1)]});
    std::copy_n(bytes.data(), n, room.data());
    bytes.remove_prefix(n);
    reader.commit(n);
    for (auto next = reader.next(); next != FrameReader::Next::more_bytes; next = reader.next()) {
      if (next == FrameReader::Next::bad) {
        found.push_back({true, reader.bad().stream, 0, reader.bad().error.detail, reader.bad().close});
      } else {
        reader.note_good_message();
        const auto& frame = reader.frame();
        found.push_back({false, frame.header.stream, frame.header.opcode_byte, Bytes(frame.body), false});
      }
    }
  }
  return found;
}

}  // namespace ringlet::wire_test
