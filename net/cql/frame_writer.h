// FrameWriter: answers appended to a connection's output, framed and compressed as the connection agreed.
//
//   ByteWriter& body = writer.begin({.version = v, .opcode = Opcode::result, .stream = s});
//   ...append the message to body...
//   writer.end();           // or abandon(), which leaves the output as it was before begin()
//   writer.flush();         // before the output's bytes are sent
//
// A message is written once, where it will be sent from. In v5 the envelopes of one turn share a segment, which flush()
// seals; one that outgrows a segment is cut up. On the connection's own thread; nothing else may be appended to the
// output between begin() and end(), or while a segment is open.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/uuid.h"
#include "net/cql/frame_reader.h"
#include "net/cql/protocol.h"

namespace ringlet::wire {

struct ResponseHead {
  Version version = kNewestVersion;
  Opcode opcode = Opcode::error;
  int16_t stream = 0;
  std::optional<Uuid> trace;                   // written in front of the message when the request asked for it
  std::span<const std::string> warnings = {};  // left out for v3, which has no place for them
  std::span<const std::pair<std::string, Bytes>> custom_payload = {};  // likewise
};
inline constexpr int16_t kEventStream = -1;  // drivers drop the connection at an event on any other stream

class FrameWriter {
 public:
  explicit FrameWriter(Bytes& out) : out_(out), body_(out) {}

  ByteWriter& begin(const ResponseHead& head);
  void end();
  void abandon();
  void flush();

  // After READY or AUTHENTICATE has been written: what follows is compressed, and in v5 goes into segments.
  void start(Version version, Compression compression);
  void release_idle_memory() { Bytes().swap(scratch_); }
  // The answer to what FrameReader refused, in the shape that client can read.
  void write_refusal(const BadFrame& bad);

  static constexpr size_t kCompressBodyBytesMin = 512;  // v3, v4: a smaller body gains less than it costs

 private:
  bool in_segments() const { return started_ && version_ == Version::v5; }
  void open_segment();
  void place_in_segment();

  Bytes& out_;
  ByteWriter body_;
  Bytes scratch_;  // compressor's output
  size_t envelope_at_ = 0;
  std::optional<size_t> segment_at_;  // the header of the segment being filled
  bool writing_ = false;
  Version version_ = kNewestVersion;
  Compression compression_ = Compression::none;
  bool started_ = false;
};

}  // namespace ringlet::wire
