#include "core/storage/batch_record.h"

namespace ringlet {

static constexpr uint8_t kBegun = 0xB1, kDone = 0xB2;

Bytes encode_batch(const Uuid& id, const std::vector<Mutation>& mutations) {
  Bytes record, one;
  ByteWriter out(record);
  out.u8(kBegun);
  out.bytes(id.bytes());
  out.unsigned_vint(mutations.size());
  for (const Mutation& mutation : mutations) {
    one.clear();
    ByteWriter part(one);
    encode_mutation(mutation, part);
    out.sized_bytes(one);
  }
  return record;
}

Bytes encode_batch_done(const Uuid& id) {
  Bytes record;
  ByteWriter out(record);
  out.u8(kDone);
  out.bytes(id.bytes());
  return record;
}

Result<std::variant<BatchBegun, BatchDone>> decode_batch(BytesView record) {
  ByteReader in(record);
  const uint8_t kind = in.u8();
  const BytesView id = in.bytes(16);
  if (in.bad() || (kind != kBegun && kind != kDone)) return fail(Errc::corrupt, "batch record of an unknown kind");
  if (kind == kDone) return BatchDone{uuid_from_bytes(id)};
  BatchBegun begun{uuid_from_bytes(id), {}};
  for (uint64_t n = in.unsigned_vint(); n > 0 && !in.bad(); --n) {
    TRY(Mutation mutation, decode_mutation(in.sized_bytes()));
    begun.mutations.push_back(std::move(mutation));
  }
  if (in.bad() || !in.done()) return fail(Errc::corrupt, "batch record cut short or too long");
  return begun;
}

}  // namespace ringlet
