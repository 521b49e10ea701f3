// The connection: its bytes in, the bounds at which it is not read, its end.
#include "net/cql/session.h"

#include <algorithm>

namespace ringlet::wire {

Session::Session(SessionHost& host, std::unique_ptr<Stream> stream)
    : host_(host),
      stream_(std::move(stream)),
      reading_(&host.memory),
      answers_(&host.memory),
      arrival_(host.env.clock, *stream_) {
  reader_.limit_requests(host_.memory.bytes() / 2);
  const std::string& peer = stream_->peer();
  const size_t colon = peer.rfind(':');
  client_.address = peer.substr(0, colon);
  if (colon != std::string::npos)
    client_.port = static_cast<uint16_t>(std::strtoul(peer.c_str() + colon + 1, nullptr, 10));
}

Task<void> Session::run() {
  (void)co_await read_loop();  // whatever ended it: the connection is over
  closing_ = true;
  if (!stopping_) gone_ = true;
  co_await arrival_.join();
  reader_ = FrameReader();
  reading_.set(0);
  note_room();
  co_await in_flight_.join();
  if (stopping_ && sent_ < out_.size()) (void)co_await stream_->write_all(BytesView(out_).substr(sent_));
  stream_->stop();
  Bytes().swap(out_);
  note_room();
}

void Session::stop() {
  stopping_ = closing_ = true;
  host_.room.notify_all();
  stream_->end_read();
}

Task<Status> Session::read_loop() {
  while (!closing_) {
    CO_TRY_STATUS(co_await take_frames());
    if (reader_.incomplete_bytes() == 0) {
      reading_.set(0);
      arrival_.clear();
    }
    // After the other connections' requests of this turn: answers that leave back to back wake a client that has many
    // connections once, not once each.
    if (!out_.empty() && !sending_) co_await Executor::current()->yield();
    send_now();
    if (closing_) break;
    while (must_not_read() && !closing_) co_await host_.room.wait();
    if (reader_.incomplete_bytes() > kLargeRequestBytes) {
      co_await wait_for_memory();
      expect_arrival();
    }
    if (closing_) break;
    const auto space = reader_.prepare();
    CO_TRY(auto got, stream_->try_read(space));
    if (!got) {
      if (in_flight_.running() == 0 && out_.empty()) {
        reader_.release_idle_memory();
        if (out_.capacity() > kOutputKeptBytesMax) Bytes().swap(out_);
      }
      CO_TRY_STATUS(co_await stream_->wait_readable());
      const auto again = reader_.prepare();
      CO_TRY(got, stream_->try_read(again));
      if (!got) continue;
    }
    if (*got == 0) break;
    reader_.commit(*got);
  }
  if (arrival_.passed() && reader_.incomplete_bytes() != 0) refuse_late_request();
  // A refusal or a last answer should still reach the client.
  if (!stopping_ && sent_ < out_.size() && !sending_) (void)co_await stream_->write_all(BytesView(out_).substr(sent_));
  co_return Status{};
}

bool Session::must_not_read() const {
  return in_flight_.running() >= kConnectionRequestsMax ||
         out_.size() - sent_ > std::min(kConnectionBytesMax, host_.memory.bytes() / 8) ||
         host_.requests_in_flight >= kShardRequestsMax ||
         (host_.memory.short_of(host_.memory.bytes() / 4) && (in_flight_.running() != 0 || !out_.empty()));
}

Task<void> Session::wait_for_memory() {
  const size_t bytes = std::min(2 * reader_.incomplete_bytes(), host_.memory.bytes());
  while (!reading_.grow_to(bytes) && !closing_) co_await host_.room.wait();
}

// Begun once for each large request, when its memory has been taken.
void Session::expect_arrival() {
  if (arrival_.is_set() && arriving_ == frames_) return;
  arriving_ = frames_;
  const auto size_seconds = static_cast<int64_t>(reader_.incomplete_bytes() / kLargeRequestBytesPerSecond);
  arrival_.set(host_.env.clock.now() + seconds(kLargeRequestSecondsMax + size_seconds));
}

void Session::refuse_late_request() {
  EnvelopeHeader header{.version_byte = static_cast<uint8_t>(version_)};
  header.stream = reader_.incomplete_stream();
  const Error error{Errc::protocol,
                    "A request of " + std::to_string(reader_.incomplete_bytes()) +
                        " bytes was begun and did not arrive in its time: the connection is closed",
                    {}};
  answer_error(header, error, ErrorContext{});
  writer_.flush();
}

// What was held is free: counted again, and whoever waits for it looks.
void Session::note_room() {
  answers_.set(out_.capacity() > kAnswerBytesFree ? out_.capacity() : 0);
  host_.room.notify_all();
}

Task<Status> Session::take_frames() {
  Executor& executor = *Executor::current();
  while (!closing_) {
    while (must_not_read() && !closing_) {
      send_now();
      if (must_not_read()) co_await host_.room.wait();  // sending may have made the room
    }
    switch (reader_.next()) {
      case FrameReader::Next::more_bytes:
        co_return Status{};
      case FrameReader::Next::frame:
        in_readers_turn_ = true;
        take(reader_.frame());
        in_readers_turn_ = false;
        break;
      case FrameReader::Next::bad:
        writer_.write_refusal(reader_.bad());
        if (reader_.bad().close) {
          closing_ = true;
          send_now();
        }
        break;
    }
    if ((++frames_ & 15) == 0 && executor.yield_due()) {
      send_now();
      co_await executor.yield();
    }
  }
  co_return Status{};
}

ConnectedClient Session::describe() const {
  ConnectedClient client;
  client.address = client_.address;
  client.port = client_.port;
  client.options = options_;
  client.stage = stage_ == Stage::ready ? "ready" : "established";
  client.keyspace = client_.keyspace;
  client.user = client_.user;
  client.protocol_version = client_.protocol_version;
  client.requests = requests_;
  return client;
}

}  // namespace ringlet::wire
