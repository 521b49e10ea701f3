// Any bytes into a connection: FrameReader cuts them up, every request body is decoded, every refusal is answered.
//
// The first byte picks the mode: two bits of version, then LZ4, after STARTUP, after authentication, and "wrap", which puts
// the bytes into sound v5 segments, because no fuzzer guesses a CRC. The second byte is the size of the pieces that arrive.
// The bytes go through twice, in pieces and at once, and must give the same frames.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/checksum.h"
#include "core/base/must.h"
#include "net/cql/frame_reader.h"
#include "net/cql/frame_writer.h"
#include "net/cql/request.h"
#include "net/cql/segment.h"

using namespace ringlet;
using namespace ringlet::wire;

namespace {

struct Mode {
  Version version;
  Compression compression;
  bool started, ready, wrap;
};

Mode mode_of(uint8_t byte) {
  return {.version = static_cast<Version>(3 + std::min(byte & 3, 2)),
          .compression = (byte & 4) ? Compression::lz4 : Compression::none,
          .started = (byte & 24) != 0,
          .ready = (byte & 16) != 0,
          .wrap = (byte & 32) != 0};
}

// Reads every byte of a view, so that a sanitizer sees one that points outside its frame.
uint64_t touch(BytesView bytes) { return hash64(bytes); }

uint64_t touch(const QueryOptions& options) {
  uint64_t sum = 0;
  for (const BoundValue& value : options.values) sum += touch(value.bytes);
  for (const std::string_view name : options.names) sum += touch(name);
  MUST(options.names.empty() || options.names.size() == options.values.size());
  return sum + touch(options.paging_state.value_or("")) + touch(options.keyspace.value_or(""));
}

uint64_t touch(const BatchRequest& batch) {
  uint64_t sum = touch(batch.options);
  for (const BatchStatement& statement : batch.statements) {
    sum += touch(statement.query_or_id);
    for (const BoundValue& value : batch.values_of(statement)) sum += touch(value.bytes);
  }
  return sum;
}

Status judge_startup(Version version, BytesView message) {
  StartupRequest request;
  TRY_STATUS(decode_startup(message, request));
  TRY(const auto choice, choose(version, request));
  MUST(choice.compression == Compression::none || request.find("COMPRESSION"));
  return {};
}

Status judge_credentials(BytesView message) {
  AuthResponseRequest request;
  TRY_STATUS(decode_auth_response(message, request));
  if (const auto plain = decode_plain_credentials(request)) touch(plain->user), touch(plain->password);
  return {};
}

Status decode(const Frame& frame) {
  TRY(const BytesView message, message_of(frame));
  const Version version = frame.header.version();
  QueryRequest query;
  PrepareRequest prepare;
  ExecuteRequest execute;
  BatchRequest batch;
  RegisterRequest events;
  switch (frame.header.opcode()) {
    case Opcode::startup:
      return judge_startup(version, message);
    case Opcode::auth_response:
      return judge_credentials(message);
    case Opcode::register_events:
      return decode_register(message, events);
    case Opcode::query:
      TRY_STATUS(decode_query(version, message, query));
      touch(query.query), touch(query.options);
      return {};
    case Opcode::prepare:
      TRY_STATUS(decode_prepare(version, message, prepare));
      touch(prepare.query), touch(prepare.keyspace.value_or(""));
      return {};
    case Opcode::execute:
      TRY_STATUS(decode_execute(version, message, execute));
      touch(execute.id), touch(execute.result_metadata_id), touch(execute.options);
      return {};
    case Opcode::batch:
      TRY_STATUS(decode_batch(version, message, batch));
      touch(batch);
      return {};
    default:
      MUST(frame.header.opcode() == Opcode::options);
      return {};
  }
}

struct Outcome {
  uint64_t body = 0;
  uint8_t opcode = 0;
  bool bad = false, close = false;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(FrameReader& reader, FrameReader::Next next, FrameWriter& writer) {
  if (next == FrameReader::Next::bad) {
    MUST(!reader.bad().error.detail.empty());
    writer.write_refusal(reader.bad());
    return {.bad = true, .close = reader.bad().close};
  }
  const Frame& frame = reader.frame();
  Outcome outcome{touch(frame.body), frame.header.opcode_byte};
  if (const Status decoded = decode(frame)) {
    reader.note_good_message();
  } else {
    MUST(!decoded.error().detail.empty());
    outcome.close = reader.note_bad_message();
  }
  return outcome;
}

std::vector<Outcome> run(const Mode& mode, BytesView bytes, size_t piece_bytes) {
  FrameReader reader;
  Bytes answers;
  FrameWriter writer(answers);
  if (mode.started) reader.start(mode.version, mode.compression), writer.start(mode.version, mode.compression);
  if (mode.ready) reader.ready();
  std::vector<Outcome> outcomes;
  while (!bytes.empty()) {
    const auto room = reader.prepare(piece_bytes);
    const size_t n = std::min({room.size(), bytes.size(), piece_bytes});
    std::copy_n(bytes.data(), n, room.data());
    bytes.remove_prefix(n);
    reader.commit(n);
    for (auto next = reader.next(); next != FrameReader::Next::more_bytes; next = reader.next())
      outcomes.push_back(outcome_of(reader, next, writer));
    if (!mode.ready) MUST(reader.bytes_held() <= 3 * (kUnauthenticatedBytesMax + 64));
  }
  writer.flush();
  return outcomes;
}

// Each segment's first byte says how long it is and whether it is a slice.
Bytes wrapped(const Mode& mode, BytesView bytes) {
  Bytes out, scratch;
  while (!bytes.empty()) {
    const auto first = static_cast<uint8_t>(bytes[0]);
    const BytesView payload = bytes.substr(1, (first & 1) ? bytes.size() : first);
    bytes.remove_prefix(1 + payload.size());
    if (payload.size() > kSegmentPayloadMax) break;
    const size_t header_at = out.size();
    out.append(segment_header_bytes(mode.compression), '\0');
    out.append(payload);
    seal_segment(out, header_at, mode.compression, (first & 2) == 0, scratch);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Mode mode = mode_of(data[0]);
  const size_t piece_bytes = data[1] + size_t{1};
  Bytes bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (mode.wrap) bytes = wrapped(mode, bytes);
  const auto in_pieces = run(mode, bytes, piece_bytes);
  const auto at_once = run(mode, bytes, bytes.size() + 1);
  MUST(in_pieces == at_once);
  return 0;
}
