#include "net/cql/refused_connection.h"

#include "core/base/limits.h"
#include "net/cql/frame_reader.h"
#include "net/cql/frame_writer.h"
#include "net/transport/read_deadline.h"

namespace ringlet::wire {

static Task<void> answer_first_request(Stream& stream, const Error& why) {
  FrameReader reader;
  for (;;) {
    const FrameReader::Next next = reader.next();
    if (next != FrameReader::Next::more_bytes) {
      const bool whole = next == FrameReader::Next::frame;
      const EnvelopeHeader header = whole ? reader.frame().header : EnvelopeHeader{};
      BadFrame refused =
          whole ? BadFrame{static_cast<uint8_t>(header.version()), header.stream, true, why} : reader.bad();
      Bytes out;
      FrameWriter(out).write_refusal(refused);
      (void)co_await stream.write_all(out);
      co_return;
    }
    const auto got = co_await stream.read_some(reader.prepare());
    if (!got || *got == 0) co_return;
    reader.commit(*got);
  }
}

Task<void> refuse_connection(Stream& stream, const Clock& clock, Error why) {
  ReadDeadline deadline(clock, stream);
  deadline.set(clock.now() + seconds(kRefusedConnectionSecondsMax));
  co_await answer_first_request(stream, why);
  stream.end_write();
  co_await deadline.join();
}

}  // namespace ringlet::wire
