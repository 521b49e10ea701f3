#include "core/storage/sstable_format.h"

#include <lz4.h>

#include <algorithm>

#include "core/base/checksum.h"
#include "core/base/must.h"
#include "core/storage/bloom.h"

namespace ringlet {
namespace {

constexpr BytesView kMagic = "RINGLSST";
constexpr size_t kVersionAt = 112, kChecksumAt = 116, kMagicAt = 120;
static_assert(kMagicAt + 8 == kFooterBytes, "where version, checksum and magic stand is frozen for all versions");

enum Codec : uint8_t { kPlain = 0, kLz4 = 1 };
constexpr size_t kLz4ExpansionMax = 255;  // the format cannot say more in a byte: a larger claim is a lie

uint64_t seed_at(uint64_t seed, uint64_t offset) { return seed + offset * 0x9E3779B97F4A7C15u; }

void encode_root(const TreeRoot& root, ByteWriter& out) {
  out.little(root.place.offset);
  out.little(root.place.bytes);
  out.little(root.height);
}
TreeRoot decode_root(ByteReader& in) {
  TreeRoot root;
  root.place.offset = in.little<uint64_t>();
  root.place.bytes = in.little<uint32_t>();
  root.height = in.little<uint32_t>();
  return root;
}

bool inside(const BlockPlace& place, uint64_t file_bytes) {
  if (place.bytes == 0) return true;
  return place.bytes > kTrailerBytes && place.offset < file_bytes && place.bytes <= file_bytes - place.offset;
}

bool sound(const Footer& f) {
  const uint64_t blocks = f.file_bytes - kFooterBytes;
  return inside(f.index.place, blocks) && inside(f.filter.place, blocks) && inside(f.properties, blocks) &&
         inside(f.dictionary, blocks) && f.properties.bytes > 0 && f.dictionary.bytes > 0 &&
         f.index.height <= kIndexHeightMax && f.filter.height <= kIndexHeightMax;
}

}  // namespace

std::unexpected<Error> corrupt_sstable(const std::string& path, uint64_t offset, std::string_view what) {
  return fail(Errc::corrupt,
              path + " at offset " + std::to_string(offset) + ": " + std::string(what) +
                  (path.starts_with("sstables/") ? "; `ringlet scrub` saves what can be read of it" : ""));
}

uint64_t block_seed(FileId id, const Uuid& manifest) { return hash64(manifest.bytes(), id.raw); }

void encode_footer(const Footer& footer, ByteWriter& out) {
  const size_t start = out.size();
  encode_root(footer.index, out);
  encode_root(footer.filter, out);
  encode_root({footer.properties, 0}, out);
  encode_root({footer.dictionary, 0}, out);
  out.little(footer.id.raw);
  out.bytes(footer.manifest.bytes());
  out.little(footer.seed);
  out.little(footer.file_bytes);
  out.little(uint64_t{0});
  MUST(out.size() - start == kVersionAt);
  out.little(kSstableVersion);
  out.little(checksum32(BytesView(out.out()).substr(start), kFooterSeed));
  out.bytes(kMagic);
}

Result<Footer> decode_footer(BytesView bytes, const std::string& path) {
  if (bytes.size() != kFooterBytes || bytes.substr(kMagicAt) != kMagic) {
    return fail(Errc::corrupt, path + ": not an sstable, or its end is missing");
  }
  if (load_little<uint32_t>(bytes.data() + kChecksumAt) != checksum32(bytes.substr(0, kChecksumAt), kFooterSeed)) {
    return fail(Errc::corrupt, path + ": the footer's checksum does not hold");
  }
  if (const auto version = load_little<uint32_t>(bytes.data() + kVersionAt); version != kSstableVersion) {
    return fail(Errc::invalid, path + ": sstable format version " + std::to_string(version) +
                                   ", this ringlet reads version " + std::to_string(kSstableVersion) +
                                   "; start the ringlet that wrote it, or a newer one");
  }
  ByteReader in(bytes);
  Footer f;
  f.index = decode_root(in);
  f.filter = decode_root(in);
  f.properties = decode_root(in).place;
  f.dictionary = decode_root(in).place;
  f.id = FileId{in.little<uint64_t>()};
  f.manifest = uuid_from_bytes(in.bytes(16));
  f.seed = in.little<uint64_t>();
  f.file_bytes = in.little<uint64_t>();
  if (f.file_bytes < kFooterBytes || !sound(f))
    return fail(Errc::corrupt, path + ": the footer points outside the file");
  return f;
}

void encode_properties(const Properties& p, ByteWriter& out) {
  const SstableStatistics& s = p.statistics;
  for (const uint64_t count : {s.data_bytes, s.partitions, s.static_rows, s.rows, s.cells, s.tombstones,
                               s.partition_deletions, s.markers, s.expiring_cells}) {
    out.unsigned_vint(count);
  }
  for (const BytesView bound :
       {BytesView(s.first_prefix), BytesView(s.last_prefix), BytesView(s.first_position), BytesView(s.last_position)}) {
    out.sized_bytes(bound);
  }
  for (const int64_t time : {s.min_timestamp.raw, s.max_timestamp.raw, s.min_expiry.raw, s.max_expiry.raw})
    out.signed_vint(time);
  out.u8(s.all_expire ? 1 : 0);
  out.unsigned_vint(s.level);
  out.unsigned_vint(p.shard.raw);
  out.unsigned_vint(p.shard_count);
  out.unsigned_vint(p.compacted_from.size());
  for (const FileId id : p.compacted_from) out.unsigned_vint(id.raw);
  out.u8(static_cast<uint8_t>(p.filter_probes));
}

Result<Properties> decode_properties(BytesView bytes, const std::string& path) {
  ByteReader in(bytes);
  Properties p;
  SstableStatistics& s = p.statistics;
  for (uint64_t* count : {&s.data_bytes, &s.partitions, &s.static_rows, &s.rows, &s.cells, &s.tombstones,
                          &s.partition_deletions, &s.markers, &s.expiring_cells}) {
    *count = in.unsigned_vint();
  }
  for (Bytes* bound : {&s.first_prefix, &s.last_prefix, &s.first_position, &s.last_position}) *bound = in.sized_bytes();
  for (int64_t* time : {&s.min_timestamp.raw, &s.max_timestamp.raw, &s.min_expiry.raw, &s.max_expiry.raw}) {
    *time = in.signed_vint();
  }
  s.all_expire = in.u8() != 0;
  s.level = static_cast<uint32_t>(in.unsigned_vint());
  p.shard = ShardId{static_cast<uint16_t>(in.unsigned_vint())};
  p.shard_count = static_cast<uint16_t>(in.unsigned_vint());
  const uint64_t sources = in.unsigned_vint();
  if (sources > in.left()) return fail(Errc::corrupt, path + ": its properties make no sense");
  for (uint64_t i = 0; i < sources; ++i) p.compacted_from.push_back(FileId{in.unsigned_vint()});
  p.filter_probes = in.u8();
  if (in.bad() || !in.done() || p.shard_count == 0 || p.filter_probes > kBloomProbesMax)
    return fail(Errc::corrupt, path + ": its properties make no sense");
  return p;
}

void encode_deletion(const Deletion& deletion, ByteWriter& out) {
  out.signed_vint(deletion.at.raw);
  out.signed_vint(deletion.local.raw);
}
Deletion decode_deletion(ByteReader& in) {
  Deletion deletion;
  deletion.at = Timestamp{in.signed_vint()};
  deletion.local = Seconds{in.signed_vint()};
  return deletion;
}

void encode_marker(const Deletion& before, const Deletion& after, ByteWriter& out) {
  out.u8(static_cast<uint8_t>((before.none() ? 0 : 1) | (after.none() ? 0 : 2)));
  if (!before.none()) encode_deletion(before, out);
  if (!after.none()) encode_deletion(after, out);
}
bool decode_marker(BytesView bytes, Deletion& before, Deletion& after) {
  ByteReader in(bytes);
  const uint8_t flags = in.u8();
  before = (flags & 1) != 0 ? decode_deletion(in) : Deletion{};
  after = (flags & 2) != 0 ? decode_deletion(in) : Deletion{};
  return flags <= 3 && !in.bad() && in.done();
}

void encode_index_entry(const IndexEntry& entry, ByteWriter& out) {
  out.unsigned_vint(entry.place.offset);
  out.unsigned_vint(entry.place.bytes);
  out.u8(static_cast<uint8_t>((entry.inside_partition ? 1 : 0) | (entry.has_static ? 2 : 0) |
                              (entry.partition_deletion.none() ? 0 : 4) | (entry.open.none() ? 0 : 8)));
  if (!entry.partition_deletion.none()) encode_deletion(entry.partition_deletion, out);
  if (!entry.open.none()) encode_deletion(entry.open, out);
}
bool decode_index_entry(BytesView bytes, IndexEntry& entry) {
  ByteReader in(bytes);
  entry.place.offset = in.unsigned_vint();
  const uint64_t size = in.unsigned_vint();
  entry.place.bytes = static_cast<uint32_t>(size);
  const uint8_t flags = in.u8();
  entry.inside_partition = (flags & 1) != 0;
  entry.has_static = (flags & 2) != 0;
  entry.partition_deletion = (flags & 4) != 0 ? decode_deletion(in) : Deletion{};
  entry.open = (flags & 8) != 0 ? decode_deletion(in) : Deletion{};
  return flags <= 15 && !in.bad() && in.done() && size > kTrailerBytes && size <= UINT32_MAX;
}

// Appends u32 size and LZ4 bytes; false (and nothing appended) where that saves less than an eighth.
static bool append_compressed(BytesView block, Bytes& out) {
  if (block.size() > LZ4_MAX_INPUT_SIZE) return false;
  const size_t start = out.size();
  const size_t worst = static_cast<size_t>(LZ4_compressBound(static_cast<int>(block.size())));
  out.resize(start + 4 + worst);
  store_little(out.data() + start, static_cast<uint32_t>(block.size()));
  const int got = LZ4_compress_default(block.data(), out.data() + start + 4, static_cast<int>(block.size()),
                                       static_cast<int>(worst));
  const bool worth_it = got > 0 && 4 + static_cast<size_t>(got) <= block.size() - block.size() / 8;
  out.resize(worth_it ? start + 4 + static_cast<size_t>(got) : start);
  return worth_it;
}

void seal_block(BlockKind kind, BytesView block, bool compress, uint64_t seed, uint64_t offset, Bytes& out) {
  const size_t start = out.size();
  const Codec codec = compress && append_compressed(block, out) ? kLz4 : kPlain;
  if (codec == kPlain) out.append(block);
  ByteWriter writer(out);
  writer.u8(static_cast<uint8_t>(static_cast<uint8_t>(kind) << 4 | codec));
  writer.little(checksum32(BytesView(out).substr(start), seed_at(seed, offset)));
}

Result<SealedBlock> open_seal(BlockKind kind, BytesView stored, uint64_t seed, uint64_t offset,
                              const std::string& path) {
  if (stored.size() <= kTrailerBytes) return corrupt_sstable(path, offset, "a block is cut short");
  const BytesView checked = stored.substr(0, stored.size() - 4);
  if (load_little<uint32_t>(stored.data() + checked.size()) != checksum32(checked, seed_at(seed, offset))) {
    return corrupt_sstable(path, offset, "a block's checksum does not hold");
  }
  const auto mark = static_cast<uint8_t>(checked.back());
  const BytesView payload = checked.substr(0, checked.size() - 1);
  if (mark >> 4 != static_cast<uint8_t>(kind)) return corrupt_sstable(path, offset, "a block of another kind is here");
  if ((mark & 15) == kPlain) return SealedBlock{payload, payload.size()};
  if ((mark & 15) != kLz4) return corrupt_sstable(path, offset, "a block's codec is unknown");
  const size_t size = payload.size() < 4 ? 0 : load_little<uint32_t>(payload.data());
  if (payload.size() < 4 || size > payload.size() * kLz4ExpansionMax || size > LZ4_MAX_INPUT_SIZE) {
    return corrupt_sstable(path, offset, "a compressed block's size makes no sense");
  }
  return SealedBlock{payload.substr(4), size, true};
}

Status unpack_block(const SealedBlock& sealed, char* to, uint64_t offset, const std::string& path) {
  if (!sealed.packed) {
    sealed.payload.copy(to, sealed.bytes);
    return {};
  }
  const int got = LZ4_decompress_safe(sealed.payload.data(), to, static_cast<int>(sealed.payload.size()),
                                      static_cast<int>(sealed.bytes));
  if (got < 0 || static_cast<size_t>(got) != sealed.bytes)
    return corrupt_sstable(path, offset, "a block does not decompress");
  return {};
}

Result<Bytes> unseal_block(BlockKind kind, BytesView stored, uint64_t seed, uint64_t offset, const std::string& path) {
  TRY(const SealedBlock sealed, open_seal(kind, stored, seed, offset, path));
  Bytes block(sealed.bytes, '\0');
  TRY_STATUS(unpack_block(sealed, block.data(), offset, path));
  return block;
}

Bytes shortest_separator(BytesView below, BytesView first) {
  size_t n = 0;
  while (n < below.size() && n < first.size() && below[n] == first[n]) ++n;
  MUST(n < first.size());
  return Bytes(first.substr(0, n + 1));
}

}  // namespace ringlet
