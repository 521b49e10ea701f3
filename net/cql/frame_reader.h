// FrameReader: a connection's bytes in, cut anywhere; its whole requests out.
//
// The socket reads straight into prepare()'s span, and a request's body is a view of those bytes: only compression and
// requests larger than a v5 segment cost a copy. One per connection, on the connection's own thread.
//
//   - Call next() until it says more_bytes, and only then prepare() and commit(). Views live until the next such call.
//   - Handle STARTUP before calling next() again: start() decides how the following bytes are cut.
//   - Before ready() a connection holds at most kUnauthenticatedBytesMax, whatever lengths it declares; after it at most
//     one request (kFrameBytesMax) and one read. Every length is judged before anything is allocated for it.
//   - A bad request is answered and skipped where its length can be believed; where not, or when bad requests follow each
//     other (kBadMessagesInRowMax), bad().close says so, and no more requests come out.
#pragma once

#include <span>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "net/cql/envelope.h"
#include "net/cql/segment.h"

namespace ringlet::wire {

struct Frame {
  EnvelopeHeader header;
  BytesView body;  // uncompressed; a custom payload is still in front of it (see request.h)
};

struct BadFrame {
  uint8_t reply_version = 0;  // the version to answer in; 1 and 2 mean the old eight-byte header
  int16_t stream = 0;
  bool close = false;  // after the answer has been sent
  Error error;
};

class FrameReader {
 public:
  enum class Next : uint8_t { more_bytes, frame, bad };

  std::span<char> prepare(size_t read_bytes = kReadBytes);
  void commit(size_t bytes);  // how many of prepare()'s bytes were filled
  Next next();
  const Frame& frame() const { return frame_; }
  const BadFrame& bad() const { return bad_; }

  void start(Version version, Compression compression);  // READY or AUTHENTICATE answers STARTUP
  void ready();                                          // READY or AUTH_SUCCESS: the client may use memory now
  // The session's verdict on each frame's body. True from note_bad_message: answer, then close.
  void note_good_message() { bad_messages_in_row_ = 0; }
  bool note_bad_message();

  void limit_requests(size_t bytes);  // below kFrameBytesMax, where memory is little
  // The whole size of a request of which only a part is here, once that is known; 0 otherwise.
  size_t incomplete_bytes() const { return incomplete_bytes_; }
  int16_t incomplete_stream() const { return incomplete_stream_; }  // of that request

  size_t bytes_held() const { return buffer_.capacity() + unpacked_.capacity() + sliced_.capacity(); }
  void release_unpacked();     // the frame's body was taken; what it was unpacked into may go if it is large
  void release_idle_memory();  // the connection is quiet: keep no buffer that holds nothing

  static constexpr size_t kReadBytes = 16u << 10;

 private:
  bool in_segments() const { return started_ && version_ == Version::v5; }
  size_t bytes_max() const { return ready_ ? request_bytes_max_ + kEnvelopeHeaderBytes : kUnauthenticatedBytesMax; }
  size_t body_bytes_max() const { return bytes_max() - kEnvelopeHeaderBytes; }
  BytesView pending() const { return BytesView(buffer_).substr(begin_, end_ - begin_); }

  Next next_bare();
  Next next_in_segments();
  Next next_segment();
  Next next_slice(BytesView slice);
  Next next_packed();
  Status check_slice_header(const EnvelopeHeader& header) const;
  Next deliver(const EnvelopeHeader& header, BytesView body);
  Next refuse(Error error, const EnvelopeHeader& header);
  Next refuse_and_close(Error error, const EnvelopeHeader& header);
  Next refuse_version(BytesView bytes);
  uint8_t reply_version(uint8_t version_byte) const;

  Bytes buffer_;  // [begin_, end_) came from the socket and is not yet consumed
  size_t begin_ = 0, end_ = 0;
  BytesView packed_;         // envelopes left in the current self-contained segment
  Bytes unpacked_;           // the last body or segment that was compressed
  Bytes sliced_;             // slices so far of an envelope larger than a segment
  size_t sliced_bytes_ = 0;  // its whole size, 0 when there is none
  size_t incomplete_bytes_ = 0;
  int16_t incomplete_stream_ = 0;
  size_t request_bytes_max_ = kFrameBytesMax;
  bool sliced_delivered_ = false;  // the last frame views sliced_: cleared at the next call
  Frame frame_;
  BadFrame bad_;
  Version version_ = kNewestVersion;
  Compression compression_ = Compression::none;
  bool started_ = false, ready_ = false, closing_ = false;
  size_t bad_messages_in_row_ = 0;
};

}  // namespace ringlet::wire
