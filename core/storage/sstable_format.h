// The bytes of an sstable. Version 2. Integers are little-endian where a width is given, else the vints of core/base/bytes.h.
//
// File            blocks | footer
//   blocks        data, index and filter blocks as they fill, then properties, then dictionary. Every byte of the file is
//                 in one block or the footer.
// Block on flash  payload | u8 kind * 16 + codec | u32 checksum of all before it, seeded with (file's seed, offset): a
//                 block of another file, another life or another place never verifies
//   codec         0: payload is the block; 1: u32 block bytes, then LZ4
// Data block      sstable_block.h; key = core/data/keys.h, value:
//   tag 0         partition deletion: signed vint at, signed vint local
//   tag 1         static row, encoded
//   tag 2, row    row, encoded
//   tag 2, marker u8 flags (bit 0 before, bit 1 after), then for each: signed vint at, signed vint local
// Index           a tree of sorted blocks; key = a separator (above every key before the child, at or below its first key,
//                 as short as that allows), value: vint offset, vint bytes on flash, u8 flags, then as flagged:
//   bit 0         data only: the block begins inside a partition begun earlier; then
//   bit 1         that partition has a static row
//   bit 2         that partition's deletion follows: signed vint at, signed vint local
//   bit 3         the range deletion open at the block's start follows: the same form
// Filter          a tree of the same kind over filter blocks (bloom.h), key = a separator of partition prefixes
// Properties      statistics and origin, in the order of encode_properties()
// Dictionary      encode_table() of the table as it was at writing
// Footer          the last 128 bytes
//   offset  size  field
//   0       16    index root: u64 offset, u32 bytes on flash, u32 height (0: the root is the data block itself)
//   16      16    filter root, the same (bytes 0: no filter)
//   32      16    properties, the same (height 0)
//   48      16    dictionary, the same (height 0)
//   64      8     file id
//   72      16    manifest id
//   88      8     seed of the blocks' checksums: follows from both ids at writing, and stays when a restored file gets others
//   96      8     bytes of the whole file
//   104     8     zero
//   112     4     format version        \  where these three stand, and the footer's size, hold for every version
//   116     4     checksum of 0 .. 115   } to come: a newer file is told from a damaged one
//   120     8     magic "RINGLSST"      /
// A file whose index root has 0 bytes holds no data.
#pragma once

#include <span>
#include <string>

#include "core/base/result.h"
#include "core/data/row.h"
#include "core/storage/sstable.h"

namespace ringlet {

inline constexpr uint32_t kSstableVersion = 2;
inline constexpr size_t kFooterBytes = 128;
inline constexpr uint64_t kFooterSeed = 0x52494E474C535354;  // of every version's footer
inline constexpr size_t kTrailerBytes = 5;
inline constexpr uint32_t kIndexHeightMax = 8;
inline constexpr size_t kIndexBlockBytes = 4u << 10;
inline constexpr size_t kFilterBlockBytes = 8u << 10;

enum class BlockKind : uint8_t { data = 1, index = 2, filter = 3, properties = 4, dictionary = 5 };

struct BlockPlace {
  uint64_t offset = 0;
  uint32_t bytes = 0;  // on flash, trailer included; 0: none
};

struct TreeRoot {
  BlockPlace place;
  uint32_t height = 0;  // index blocks between the footer and a leaf
};

struct Footer {
  TreeRoot index, filter;
  BlockPlace properties, dictionary;
  FileId id;
  Uuid manifest;
  uint64_t seed = 0;
  uint64_t file_bytes = 0;
};
void encode_footer(const Footer& footer, ByteWriter& out);
Result<Footer> decode_footer(BytesView bytes, const std::string& path);
uint64_t block_seed(FileId id, const Uuid& manifest);

struct Properties {
  SstableStatistics statistics;
  std::vector<FileId> compacted_from;
  ShardId shard;
  uint16_t shard_count = 1;
  int filter_probes = 0;  // 0: no filter
};
void encode_properties(const Properties& properties, ByteWriter& out);
Result<Properties> decode_properties(BytesView bytes, const std::string& path);

struct IndexEntry {
  BlockPlace place;
  bool inside_partition = false;
  bool has_static = false;
  Deletion partition_deletion;  // with inside_partition
  Deletion open;                // with inside_partition
};
void encode_index_entry(const IndexEntry& entry, ByteWriter& out);
bool decode_index_entry(BytesView bytes, IndexEntry& entry);

void encode_deletion(const Deletion& deletion, ByteWriter& out);
Deletion decode_deletion(ByteReader& in);
void encode_marker(const Deletion& before, const Deletion& after, ByteWriter& out);
bool decode_marker(BytesView bytes, Deletion& before, Deletion& after);

// Block to bytes on flash: appends payload and trailer to `out`. Compression is kept only where it saves an eighth.
void seal_block(BlockKind kind, BytesView block, bool compress, uint64_t seed, uint64_t offset, Bytes& out);
// And back. The error names the file and the place.
Result<Bytes> unseal_block(BlockKind kind, BytesView stored, uint64_t seed, uint64_t offset, const std::string& path);

// The same in two steps, for those who have memory to unpack to. First the checksum: what it says from there on can be believed.
struct SealedBlock {
  BytesView payload;  // in what was given
  size_t bytes = 0;   // of the block
  bool packed = false;
};
Result<SealedBlock> open_seal(BlockKind kind, BytesView stored, uint64_t seed, uint64_t offset,
                              const std::string& path);
Status unpack_block(const SealedBlock& sealed, char* to, uint64_t offset, const std::string& path);  // sealed.bytes

Bytes shortest_separator(BytesView below, BytesView first);  // below < result <= first

std::unexpected<Error> corrupt_sstable(const std::string& path, uint64_t offset, std::string_view what);

}  // namespace ringlet
