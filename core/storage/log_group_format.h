// What a group of the commit log holds: records under one checksum, compressed together. commit_log_format.h has the header.
//
// Unpacked, a group is its records, which touch:
//   size  field    meaning
//   vint  length   payload bytes
//   vint  shard    that wrote it
//   16    table    table id
//   n     payload  of a mutation
// The i-th of n records, from 0 on, ends at the group's end less n - 1 - i: positions rise within it, and none lies before it.
#pragma once

#include <memory>
#include <vector>

#include "core/storage/commit_log_format.h"

namespace ringlet::log_format {

struct GroupedRecord {
  TableId table;
  ShardId shard;
  BytesView payload;
};
constexpr uint64_t grouped_bytes_max(uint64_t payload_bytes) { return 5 + 3 + 16 + payload_bytes; }
constexpr uint64_t end_in_group(uint64_t end, uint64_t records, uint64_t index) { return end - (records - 1 - index); }

class GroupPacker {
 public:
  GroupPacker();
  ~GroupPacker();

  void clear();
  void add(const GroupedRecord& record);  // grouped_bytes_max() of all: at most kGroupBytesMax
  // The header for payload(); nullopt where that would be of more than `payload_bytes_max`, or of fewer than there are records:
  // each of them needs a position of its own.
  std::optional<RecordHeader> pack(uint64_t payload_bytes_max);
  BytesView payload() const { return packed_; }

 private:
  Bytes plain_, packed_;
  uint32_t records_ = 0;
  const std::unique_ptr<char[]> lz4_state_;
};

// Those of a group whose payload is intact; they lie in `room`. False: they are not what its header says.
bool unpack_group(const FoundRecord& group, Bytes& room, std::vector<GroupedRecord>& records);

}  // namespace ringlet::log_format
