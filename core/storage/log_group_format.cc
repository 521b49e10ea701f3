#include "core/storage/log_group_format.h"

#include <lz4.h>

#include <algorithm>

#include "core/base/must.h"

namespace ringlet::log_format {
namespace {

constexpr int kAcceleration = 2;  // a fiftieth more bytes than at 1, in less time

}  // namespace

GroupPacker::GroupPacker() : lz4_state_(new char[static_cast<size_t>(LZ4_sizeofState())]) {}
GroupPacker::~GroupPacker() = default;

void GroupPacker::clear() {
  plain_.clear();
  records_ = 0;
}

void GroupPacker::add(const GroupedRecord& record) {
  char raw[grouped_bytes_max(0)];
  size_t bytes = store_unsigned_vint(raw, record.payload.size());
  bytes += store_unsigned_vint(raw + bytes, record.shard.raw);
  std::memcpy(raw + bytes, record.table.raw.data(), 16);
  plain_.append(raw, bytes + 16);
  plain_.append(record.payload);
  ++records_;
}

std::optional<RecordHeader> GroupPacker::pack(uint64_t payload_bytes_max) {
  MUST(plain_.size() <= kGroupBytesMax);
  const auto plain_bytes = static_cast<int>(plain_.size());
  const auto room = std::min(static_cast<uint64_t>(LZ4_compressBound(plain_bytes)), payload_bytes_max);
  resize_for_overwrite(packed_, room);
  const int got = LZ4_compress_fast_extState(lz4_state_.get(), plain_.data(), packed_.data(), plain_bytes,
                                             static_cast<int>(room), kAcceleration);
  packed_.resize(static_cast<size_t>(std::max(got, 0)));
  if (packed_.empty() || packed_.size() < records_) return {};
  RecordHeader header{.length = static_cast<uint32_t>(packed_.size())};
  header.kind = RecordKind::group;
  header.records = records_;
  header.plain_bytes = static_cast<uint32_t>(plain_.size());
  return header;
}

bool unpack_group(const FoundRecord& group, Bytes& room, std::vector<GroupedRecord>& records) {
  resize_for_overwrite(room, group.header.plain_bytes);
  const int got = LZ4_decompress_safe(group.payload.data(), room.data(), static_cast<int>(group.payload.size()),
                                      static_cast<int>(room.size()));
  if (got < 0 || static_cast<size_t>(got) != room.size()) return false;
  records.clear();
  ByteReader in(room);
  while (!in.done()) {
    const uint64_t length = in.unsigned_vint(), shard = in.unsigned_vint();
    const BytesView table = in.bytes(16);
    if (in.bad() || length > in.left() || shard > UINT16_MAX) return false;
    records.push_back({uuid_from_bytes(table), ShardId{static_cast<uint16_t>(shard)}, in.bytes(length)});
  }
  return records.size() == group.header.records && records.size() <= group.bytes;
}

}  // namespace ringlet::log_format
