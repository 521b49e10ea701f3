// The manifest of a snapshot: what `snapshots/NAME/manifest` holds. It is written last, so a folder without one is no snapshot.
//
// File, version 2. Integers are little-endian where a width is given, else the vints of core/base/bytes.h.
//   offset  size  field
//   0       8     magic "RINGSNAP"
//   8       4     format version
//   12      -     body
//   end-8   8     hash64 of all before it, seeded with the magic
// Body      signed vint taken at (wall microseconds), vint shards, vint scope (1: every table that there was, 0: some), vint
//           number and 16 bytes id of the run of backups that began with it (number 0: none did), sized bytes schema
//           (encode_schema() of the keyspaces and tables that are in it), vint files, and for each: 16 bytes table id, vint file
//           id, vint bytes, vint shard, vint shard count, u64 hash64 of the sstable's footer
// The footer's hash stands for the whole file: every byte of an sstable is in the footer or in a block with a checksum of its
// own, seeded with what the footer says. So a snapshot reads 128 bytes of each file, and a restore checks all of them.
#pragma once

#include <string>
#include <vector>

#include "core/data/schema.h"

namespace ringlet {

struct SnapshotFile {
  TableId table;
  FileId id;  // as the node that took the snapshot numbered it
  uint64_t bytes = 0;
  uint16_t shard = 0, shard_count = 1;
  uint64_t footer_hash = 0;
  uint64_t run = 0;  // of backups that it lies in, in memory only (backup_plan.h); 0: in the snapshot
};

struct BackupPlace {  // a run of incremental backups: backup_log.h
  uint64_t number = 0;
  Uuid id{};
  bool operator==(const BackupPlace&) const = default;
};

struct SnapshotManifest {
  Timestamp taken_at;
  uint16_t shards = 1;
  bool whole = false;   // every table that there was is in it
  BackupPlace backups;  // what was flushed after it is in this run of backups, and in those that follow
  SchemaRef schema;     // its version says nothing elsewhere
  std::vector<SnapshotFile> files;

  uint64_t bytes() const;
};

void encode_snapshot_file(const SnapshotFile& file, ByteWriter& out);
SnapshotFile decode_snapshot_file(ByteReader& in);
void encode_backup_place(const BackupPlace& place, ByteWriter& out);
BackupPlace decode_backup_place(ByteReader& in);

void encode_snapshot(const SnapshotManifest& manifest, Bytes& out);
// The error names `path`. Errc::invalid: of another version.
Result<SnapshotManifest> decode_snapshot(BytesView bytes, const std::string& path);

}  // namespace ringlet
