#include "net/cql/compression.h"

#include <lz4.h>

namespace ringlet::wire {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kCompressBytesMin = 64;  // smaller bodies are not worth a compressor's set-up
// One length byte of LZ4 stands for at most 255 bytes of output; the slack covers the token of a tiny block.
constexpr size_t kExpansionMax = 255, kExpansionSlackBytes = 64;

}  // namespace

Status decompress_block(BytesView block, size_t bytes, Bytes& out) {
  if (bytes > block.size() * kExpansionMax + kExpansionSlackBytes)
    return fail(Errc::protocol, "LZ4: " + std::to_string(block.size()) + " bytes cannot hold the declared " +
                                    std::to_string(bytes) + " bytes");
  resize_for_overwrite(out, bytes);
  const int got =
      LZ4_decompress_safe(block.data(), out.data(), static_cast<int>(block.size()), static_cast<int>(bytes));
  if (got < 0 || static_cast<size_t>(got) != bytes)
    return fail(Errc::protocol, "LZ4: the block is damaged or not of its declared " + std::to_string(bytes) + " bytes");
  return {};
}

bool compress_block(BytesView plain, Bytes& out) {
  if (plain.size() < kCompressBytesMin || plain.size() > LZ4_MAX_INPUT_SIZE) return false;
  resize_for_overwrite(out, plain.size() - 1);  // no room for a result that saves nothing
  const int got =
      LZ4_compress_default(plain.data(), out.data(), static_cast<int>(plain.size()), static_cast<int>(out.size()));
  if (got <= 0) return false;
  out.resize(static_cast<size_t>(got));
  return true;
}

Status decompress_body(BytesView body, size_t bytes_max, Bytes& out) {
  if (body.size() < kLengthBytes) return fail(Errc::protocol, "LZ4: compressed body without its uncompressed length");
  const auto declared = load_big<uint32_t>(body.data());
  if (declared > bytes_max)
    return fail(Errc::protocol, "LZ4: uncompressed length " + std::to_string(declared) +
                                    " exceeds maximum allowed length " + std::to_string(bytes_max));
  return decompress_block(body.substr(kLengthBytes), declared, out);
}

bool compress_body(Bytes& out, size_t body_at, Bytes& scratch) {
  const auto plain_bytes = out.size() - body_at;
  if (!compress_block(BytesView(out).substr(body_at), scratch)) return false;
  if (scratch.size() + kLengthBytes >= plain_bytes) return false;
  store_big(out.data() + body_at, static_cast<uint32_t>(plain_bytes));
  std::memcpy(out.data() + body_at + kLengthBytes, scratch.data(), scratch.size());
  out.resize(body_at + kLengthBytes + scratch.size());
  return true;
}

}  // namespace ringlet::wire
