#include "core/query/paging_state.h"

#include "core/base/checksum.h"

namespace ringlet {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kHeaderBytes = 1 + 16 + 4;
constexpr uint8_t kBegun = 1, kHadLiveRow = 2;

uint64_t seed_of(const TableId& table) { return load_little<uint64_t>(table.bytes().data()); }

}  // namespace

Bytes encode_paging_state(const PagingState& state) {
  Bytes body;
  ByteWriter out(body);
  out.sized_bytes(state.prefix);
  out.sized_bytes(state.position);
  out.u8(static_cast<uint8_t>((state.begun ? kBegun : 0) | (state.had_live_row ? kHadLiveRow : 0)));
  out.unsigned_vint(state.remaining + 1);  // wraps "no limit" to 0
  out.unsigned_vint(state.remaining_in_partition + 1);
  Bytes bytes;
  ByteWriter head(bytes);
  head.u8(kVersion);
  head.bytes(state.table.bytes());
  head.big<uint32_t>(checksum32(body, seed_of(state.table)));
  head.bytes(body);
  return bytes;
}

Result<PagingState> decode_paging_state(BytesView bytes, const TableId& table) {
  const auto invalid = [] { return fail(Errc::protocol, "Invalid value for the paging state"); };
  if (bytes.size() < kHeaderBytes) return invalid();
  ByteReader in(bytes);
  if (in.u8() != kVersion) return invalid();
  if (uuid_from_bytes(in.bytes(16)) != table) return invalid();
  const auto checksum = in.big<uint32_t>();
  if (checksum != checksum32(in.rest(), seed_of(table))) return invalid();
  PagingState state;
  state.table = table;
  state.prefix = in.sized_bytes();
  state.position = in.sized_bytes();
  const uint8_t flags = in.u8();
  state.begun = (flags & kBegun) != 0;
  state.had_live_row = (flags & kHadLiveRow) != 0;
  state.remaining = in.unsigned_vint() - 1;
  state.remaining_in_partition = in.unsigned_vint() - 1;
  if (in.bad() || !in.done()) return invalid();
  return state;
}

}  // namespace ringlet
