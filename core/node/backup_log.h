// The log of a run of backups: what `backups/NUMBER/log` holds, and with it what lies beside it. A run is what was backed up from one
// beginning on: the node begins another one when it starts, with each snapshot, and after a gap. Records are only ever appended.
//
// A log of records (core/local/record_log.h), magic "RINGBACK", version 1; the number that stands with each is the wall's microseconds.
// Kinds, with the vints of core/base/bytes.h
//   1 begins      (the first record, and no other) place, 16 bytes manifest id, vint shards, vint of what (0 flushes, 1 one restore),
//                 place of the run that it goes on from (number 0: none, there is a gap), vint records of that one, signed vint since
//                 when something is missing, sized bytes why, vint n and n truncations that earlier runs know of
//   2 schema      encode_schema(): what the files after it were written under; a table that is missing was dropped
//   3 file        as in a snapshot's manifest (snapshot_manifest.h)
//   4 truncation  as in schema.log (core/local/schema_log.h): files of that shard before it hold what was truncated
//   5 restored    place: a run of its own that holds what a restore brought, and counts from here on
// place: vint number, 16 bytes id.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/local/local_store.h"
#include "core/local/record_log.h"
#include "core/node/snapshot_manifest.h"

namespace ringlet {

struct BackupBegins {
  BackupPlace place;
  Uuid manifest{};
  uint16_t shards = 1;
  bool of_restore = false;
  BackupPlace previous;  // nothing is missing between that one's end and this one
  uint64_t previous_records = 0;
  Timestamp missing_since{0};  // where there is none; 0: nobody knows
  std::string why;
  std::vector<FlushedThrough> truncated;  // shard_count as in kind 4
};

using BackupEvent = std::variant<BackupBegins, SchemaRef, SnapshotFile, FlushedThrough, BackupPlace>;
struct BackupRecord {
  Timestamp at;
  BackupEvent what;
};

struct BackupRun {
  std::vector<BackupRecord> records;
  uint64_t torn_bytes = 0;  // of an append that nobody waited for

  bool tells_of(FileId file) const;
  const BackupBegins& begins() const { return std::get<BackupBegins>(records.front().what); }
};

Bytes encode_backup_header();
// The record's payload goes to `payload`, which the answer points into.
LoggedRecord encode_backup_record(const BackupRecord& record, Bytes& payload);
// The error names `path`. A run that does not begin is corrupt.
Result<BackupRun> decode_backup_run(BytesView bytes, const std::string& path);

}  // namespace ringlet
