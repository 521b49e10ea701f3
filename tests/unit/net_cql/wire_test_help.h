// What the tests of net/cql share: hex, the golden envelopes, and a client's side of the framing.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "net/cql/envelope.h"
#include "net/cql/frame_reader.h"
#include "net/cql/frame_writer.h"

namespace ringlet::wire_test {

Bytes hex(std::string_view text);                        // blanks are ignored
const std::map<std::string, Bytes>& golden_envelopes();  // "v4 request query" -> its bytes
const Bytes& golden(wire::Version version, const std::string& name);
Bytes golden_body(wire::Version version, const std::string& name);

inline constexpr wire::Version kVersions[] = {wire::Version::v3, wire::Version::v4, wire::Version::v5};

Bytes request(wire::Version version, wire::Opcode opcode, BytesView body, int16_t stream = 1, uint8_t flags = 0);

// One envelope as FrameWriter makes it, in hex; and the check that it is the golden one.
using Write = std::function<void(ByteWriter&)>;
std::string written(wire::ResponseHead head, const Write& write);
void check_golden(wire::Version version, const std::string& name, wire::Opcode opcode, const Write& write,
                  int16_t stream = 1);
extern const Bytes kGoldenId;  // sixteen bytes, 0 to 15

// What a client would read from bytes that a server framed. Fails the test where they are not well formed.
struct Answer {
  wire::EnvelopeHeader header;
  Bytes body;
};
std::vector<Answer> read_answers(BytesView bytes, wire::Version version, wire::Compression compression, bool started);

// The frames and refusals a reader finds in `bytes` when they arrive in pieces of these sizes (the last one repeats).
struct Found {
  bool bad = false;
  int16_t stream = 0;
  uint8_t opcode = 0;
  Bytes body;  // or the refusal's detail
  bool close = false;
  bool operator==(const Found&) const = default;
};
std::vector<Found> feed(wire::FrameReader& reader, BytesView bytes, const std::vector<size_t>& pieces);

}  // namespace ringlet::wire_test
