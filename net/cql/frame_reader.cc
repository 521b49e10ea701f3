#include "net/cql/frame_reader.h"

#include <algorithm>

#include "core/base/must.h"
#include "net/cql/compression.h"

namespace ringlet::wire {

// --- the buffer ------------------------------------------------------------------------------------------------------

std::span<char> FrameReader::prepare(size_t read_bytes) {
  MUST(read_bytes > 0 && packed_.empty());
  if (begin_ > 0 && end_ - begin_ < kReadBytes && buffer_.size() > 2 * kLargeRequestBytes) {
    Bytes(pending()).swap(buffer_);  // a large request is gone: so is its room
    end_ = buffer_.size();
    begin_ = 0;
  } else if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // A whole unit always fits below the bound (its length was judged), so a full buffer means next() was not called.
  const size_t bound = bytes_max() + (ready_ ? read_bytes : 0);
  MUST(end_ < bound);
  const size_t wanted = std::min(end_ + read_bytes, bound);
  if (buffer_.size() < wanted) {
    const size_t whole = incomplete_bytes_ > sliced_bytes_ ? incomplete_bytes_ : 0;  // of a bare envelope
    resize_for_overwrite(buffer_, std::min(bound, std::max({wanted, whole, whole == 0 ? buffer_.size() * 2 : 0})));
  }
  return {buffer_.data() + end_, std::min(buffer_.size(), bound) - end_};
}

void FrameReader::commit(size_t bytes) {
  MUST(bytes <= buffer_.size() - end_);
  if (!closing_) end_ += bytes;
}

// Swapped, not assigned: an assigned empty string would keep the buffer.
void FrameReader::release_idle_memory() {
  if (!packed_.empty()) return;
  if (begin_ == end_) {
    Bytes().swap(buffer_);
    begin_ = end_ = 0;
  }
  Bytes().swap(unpacked_);
  if (sliced_bytes_ == 0) Bytes().swap(sliced_);
}

void FrameReader::limit_requests(size_t bytes) { request_bytes_max_ = std::min(bytes, kFrameBytesMax); }

void FrameReader::release_unpacked() {
  if (packed_.empty() && unpacked_.capacity() > kLargeRequestBytes) Bytes().swap(unpacked_);
  if (sliced_delivered_ && sliced_.capacity() > kLargeRequestBytes) Bytes().swap(sliced_);
}

// --- what the session decides ----------------------------------------------------------------------------------------

void FrameReader::start(Version version, Compression compression) {
  MUST(!started_);
  version_ = version;
  compression_ = compression;
  started_ = true;
}

void FrameReader::ready() {
  MUST(started_);
  ready_ = true;
}

bool FrameReader::note_bad_message() {
  if (++bad_messages_in_row_ > kBadMessagesInRowMax) closing_ = true;
  return closing_;
}

// --- bare envelopes --------------------------------------------------------------------------------------------------

FrameReader::Next FrameReader::next() {
  if (sliced_delivered_) {
    sliced_.clear();
    sliced_delivered_ = false;
  }
  incomplete_bytes_ = sliced_bytes_;
  if (closing_) {
    begin_ = end_;
    packed_ = {};
    return Next::more_bytes;
  }
  return in_segments() ? next_in_segments() : next_bare();
}

FrameReader::Next FrameReader::next_bare() {
  const BytesView bytes = pending();
  if (bytes.empty()) return Next::more_bytes;
  if (!check_version(static_cast<uint8_t>(bytes[0]))) return refuse_version(bytes);
  if (bytes.size() < kEnvelopeHeaderBytes) return Next::more_bytes;
  const EnvelopeHeader header = decode_header(bytes.data());
  if (auto fits = check_body_bytes(header, body_bytes_max()); !fits) return refuse_and_close(fits.error(), header);
  if (bytes.size() - kEnvelopeHeaderBytes < header.body_bytes) {
    incomplete_bytes_ = kEnvelopeHeaderBytes + header.body_bytes;
    incomplete_stream_ = header.stream;
    return Next::more_bytes;
  }
  begin_ += kEnvelopeHeaderBytes + header.body_bytes;
  return deliver(header, bytes.substr(kEnvelopeHeaderBytes, header.body_bytes));
}

FrameReader::Next FrameReader::deliver(const EnvelopeHeader& header, BytesView body) {
  if (started_)
    if (auto same = check_same_version(header.version(), version_); !same) return refuse(same.error(), header);
  if (auto request = check_request(header); !request) return refuse(request.error(), header);
  if ((header.flags & flag::kCompression) && header.version() != Version::v5) {  // v5 compresses segments, not bodies
    if (compression_ == Compression::none)
      return refuse({Errc::protocol, "Compressed body, but STARTUP agreed on no compression", {}}, header);
    if (auto plain = decompress_body(body, body_bytes_max(), unpacked_); !plain) return refuse(plain.error(), header);
    body = unpacked_;
  }
  frame_ = {header, body};
  return Next::frame;
}

// --- v5 segments -----------------------------------------------------------------------------------------------------

FrameReader::Next FrameReader::next_in_segments() {
  for (;;) {
    const Next found = packed_.empty() ? next_segment() : next_packed();
    if (found != Next::more_bytes || packed_.empty()) return found;
  }
}

// Unpacks one segment. more_bytes with packed_ not empty means: go on with its envelopes.
FrameReader::Next FrameReader::next_segment() {
  for (;;) {
    const BytesView bytes = pending();
    const size_t header_bytes = segment_header_bytes(compression_);
    if (bytes.size() < header_bytes) return Next::more_bytes;
    const auto segment = decode_segment_header(bytes.data(), compression_);
    if (!segment) return refuse_and_close(segment.error(), {});
    const size_t whole_bytes = header_bytes + segment->wire_bytes + kSegmentTrailerBytes;
    if (!ready_ && (whole_bytes > bytes_max() || segment->uncompressed_bytes > bytes_max()))
      return refuse_and_close({Errc::protocol, "Segment too large before authentication", {}}, {});
    if (bytes.size() < whole_bytes) return Next::more_bytes;
    begin_ += whole_bytes;
    const auto crc = load_little<uint32_t>(bytes.data() + header_bytes + segment->wire_bytes);
    const auto payload =
        open_segment_payload(*segment, bytes.substr(header_bytes, segment->wire_bytes), crc, unpacked_);
    if (!payload) return refuse_and_close(payload.error(), {});
    if (segment->self_contained) {
      if (sliced_bytes_ != 0)
        return refuse_and_close({Errc::protocol, "Self-contained segment amid the slices of a large message", {}}, {});
      packed_ = *payload;
      if (!packed_.empty()) return Next::more_bytes;
    } else if (const Next found = next_slice(*payload); found != Next::more_bytes) {
      return found;
    }
  }
}

FrameReader::Next FrameReader::next_packed() {
  const BytesView bytes = packed_;
  if (!check_version(static_cast<uint8_t>(bytes[0]))) return refuse_version(bytes);
  if (bytes.size() < kEnvelopeHeaderBytes) {
    packed_ = {};
    return refuse({Errc::protocol, "Segment ends inside an envelope's header", {}}, {});
  }
  const EnvelopeHeader header = decode_header(bytes.data());
  if (header.body_bytes > bytes.size() - kEnvelopeHeaderBytes) {
    packed_ = {};
    return refuse(
        {Errc::protocol,
         "Envelope of " + std::to_string(header.body_bytes) + " body bytes does not fit its self-contained segment",
         {}},
        header);
  }
  packed_.remove_prefix(kEnvelopeHeaderBytes + header.body_bytes);
  return deliver(header, bytes.substr(kEnvelopeHeaderBytes, header.body_bytes));
}

Status FrameReader::check_slice_header(const EnvelopeHeader& header) const {
  TRY_STATUS(check_version(header.version_byte));
  TRY_STATUS(check_same_version(header.version(), version_));
  TRY_STATUS(check_request(header));
  return check_body_bytes(header, body_bytes_max());
}

FrameReader::Next FrameReader::next_slice(BytesView slice) {
  if (sliced_bytes_ == 0) {
    if (slice.size() < kEnvelopeHeaderBytes)
      return refuse_and_close({Errc::protocol, "First slice of a large message is shorter than its header", {}}, {});
    const EnvelopeHeader header = decode_header(slice.data());
    if (auto sound = check_slice_header(header); !sound) return refuse_and_close(sound.error(), header);
    sliced_bytes_ = kEnvelopeHeaderBytes + header.body_bytes;
    incomplete_stream_ = header.stream;
    sliced_.clear();
  }
  if (slice.empty() || slice.size() > sliced_bytes_ - sliced_.size())
    return refuse_and_close({Errc::protocol, "Slices of a large message do not add up to its length", {}}, {});
  sliced_.reserve(sliced_bytes_);  // pages that are not yet written cost nothing
  sliced_.append(slice);
  incomplete_bytes_ = sliced_bytes_;
  if (sliced_.size() < sliced_bytes_) return Next::more_bytes;
  incomplete_bytes_ = 0;
  sliced_bytes_ = 0;
  sliced_delivered_ = true;
  return deliver(decode_header(sliced_.data()), BytesView(sliced_).substr(kEnvelopeHeaderBytes));
}

// --- refusals --------------------------------------------------------------------------------------------------------

uint8_t FrameReader::reply_version(uint8_t version_byte) const {
  const uint8_t number = version_byte & 0x7F;
  if (started_) return static_cast<uint8_t>(version_);  // never another version than STARTUP's
  if (number == 1 || number == 2 || is_supported_version(number)) return number;
  return static_cast<uint8_t>(kNewestVersion);
}

FrameReader::Next FrameReader::refuse(Error error, const EnvelopeHeader& header) {
  bad_ = {reply_version(header.version_byte), header.stream, note_bad_message(), std::move(error)};
  return Next::bad;
}

FrameReader::Next FrameReader::refuse_and_close(Error error, const EnvelopeHeader& header) {
  closing_ = true;
  bad_ = {reply_version(header.version_byte), header.stream, true, std::move(error)};
  return Next::bad;
}

FrameReader::Next FrameReader::refuse_version(BytesView bytes) {
  EnvelopeHeader header{.version_byte = static_cast<uint8_t>(bytes[0])};
  const bool old_shape = (header.version_byte & 0x7F) == 1 || (header.version_byte & 0x7F) == 2;
  if (old_shape && bytes.size() >= kOldEnvelopeHeaderBytes) header.stream = static_cast<int8_t>(bytes[2]);
  if (!old_shape && bytes.size() >= kEnvelopeHeaderBytes) header.stream = load_big<int16_t>(bytes.data() + 2);
  return refuse_and_close(check_version(header.version_byte).error(), header);
}

}  // namespace ringlet::wire
