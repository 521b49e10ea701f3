#include "core/node/snapshot_manifest.h"

#include "core/base/checksum.h"
#include "core/meta/catalog_command.h"

namespace ringlet {
namespace {

constexpr BytesView kMagic = "RINGSNAP";
constexpr uint32_t kVersion = 2;
constexpr size_t kHeadBytes = 12, kHashBytes = 8, kFileBytesLeast = 16 + 4 + 8;
static_assert(kMagic.size() + sizeof kVersion == kHeadBytes);

uint64_t hash_of(BytesView bytes) { return hash64(bytes, load_little<uint64_t>(kMagic.data())); }

std::unexpected<Error> damaged(const std::string& path, const char* what) {
  return fail(Errc::corrupt, path + ": " + what + ": nothing can be restored from this snapshot");
}

}  // namespace

void encode_snapshot_file(const SnapshotFile& file, ByteWriter& out) {
  out.bytes(file.table.bytes());
  out.unsigned_vint(file.id.raw);
  out.unsigned_vint(file.bytes);
  out.unsigned_vint(file.shard);
  out.unsigned_vint(file.shard_count);
  out.little(file.footer_hash);
}

SnapshotFile decode_snapshot_file(ByteReader& in) {
  SnapshotFile file;
  if (const BytesView table = in.bytes(16); !in.bad()) file.table = uuid_from_bytes(table);
  file.id = FileId{in.unsigned_vint()};
  file.bytes = in.unsigned_vint();
  file.shard = static_cast<uint16_t>(in.unsigned_vint());
  file.shard_count = static_cast<uint16_t>(in.unsigned_vint());
  file.footer_hash = in.little<uint64_t>();
  return file;
}

void encode_backup_place(const BackupPlace& place, ByteWriter& out) {
  out.unsigned_vint(place.number);
  out.bytes(place.id.bytes());
}

BackupPlace decode_backup_place(ByteReader& in) {
  BackupPlace place;
  place.number = in.unsigned_vint();
  if (const BytesView id = in.bytes(16); !in.bad()) place.id = uuid_from_bytes(id);
  return place;
}

uint64_t SnapshotManifest::bytes() const {
  uint64_t sum = 0;
  for (const SnapshotFile& file : files) sum += file.bytes;
  return sum;
}

void encode_snapshot(const SnapshotManifest& manifest, Bytes& bytes) {
  ByteWriter out(bytes);
  out.bytes(kMagic);
  out.little(kVersion);
  out.signed_vint(manifest.taken_at.raw);
  out.unsigned_vint(manifest.shards);
  out.unsigned_vint(manifest.whole ? 1 : 0);
  encode_backup_place(manifest.backups, out);
  Bytes schema;
  ByteWriter schema_out(schema);
  encode_schema(*manifest.schema, schema_out);
  out.sized_bytes(schema);
  out.unsigned_vint(manifest.files.size());
  for (const SnapshotFile& file : manifest.files) encode_snapshot_file(file, out);
  out.little(hash_of(bytes));
}

Result<SnapshotManifest> decode_snapshot(BytesView bytes, const std::string& path) {
  if (bytes.size() < kHeadBytes + kHashBytes || !bytes.starts_with(kMagic))
    return damaged(path, "not a snapshot's manifest, or cut short");
  const auto version = load_little<uint32_t>(bytes.data() + kMagic.size());
  const size_t body_end = bytes.size() - kHashBytes;
  if (load_little<uint64_t>(bytes.data() + body_end) != hash_of(bytes.substr(0, body_end)))
    return damaged(path, "it fails its checksum");
  if (version != kVersion)
    return fail(Errc::invalid, path + ": format version " + std::to_string(version) + ", this program reads version " +
                                   std::to_string(kVersion));
  ByteReader in(bytes.substr(kHeadBytes, body_end - kHeadBytes));
  SnapshotManifest manifest;
  manifest.taken_at = Timestamp{in.signed_vint()};
  manifest.shards = static_cast<uint16_t>(in.unsigned_vint());
  manifest.whole = in.unsigned_vint() == 1;
  manifest.backups = decode_backup_place(in);
  TRY(manifest.schema, decode_schema(in.sized_bytes()));
  const uint64_t files = in.unsigned_vint();
  if (in.bad() || files > in.left() / kFileBytesLeast) return damaged(path, "it makes no sense");
  for (uint64_t n = 0; n < files; ++n) manifest.files.push_back(decode_snapshot_file(in));
  if (in.bad() || !in.done()) return damaged(path, "it makes no sense");
  for (const SnapshotFile& file : manifest.files)
    if (!manifest.schema->table(file.table) || file.shard >= file.shard_count)
      return damaged(path, "it makes no sense");
  return manifest;
}

}  // namespace ringlet
