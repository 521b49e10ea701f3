// schema.log: what must outlive metadata.db. The catalog's commands, how far tables were truncated, and which sstables are dead, again
// in a file of their own, so that a rebuild knows every table that there is, and brings back none that was dropped, no row that was
// truncated, and no file whose rows were merged into another one and deleted since: its name may still be there, or be back.
//
// Always holds
//   - it is written after metadata.db has committed, and synced before the caller goes on; where that fails, the next change
//     writes it anew from metadata.db, and so does the next start
//   - so a metadata.db of an older schema than its own has lost what was committed: it is made anew then
//   - damage before its last record is `corrupt`; what was cut off behind that is the end of an append that nobody waited for
// Blocks its thread.
//
// A log of records (record_log.h), magic "RINGSCHM", version 2. Kinds, and the number that stands with them
//   1 schema       as of catalog version `number`; as metadata.db has it
//   2 command      that leads to version `number`; as metadata.db has it
//   3 files        0; vint n, n truncations, vint n, n vints: the ids of files that are dead
// A truncation: 16 bytes table, vints shard, shard count, segment, offset.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/local/local_store.h"
#include "core/local/record_log.h"

namespace ringlet {

class SchemaLog {
 public:
  static constexpr std::string_view kFile = "schema.log";
  struct Content {
    LocalStore::Catalog catalog;
    std::vector<FlushedThrough> flushed;
    std::vector<FileId> dead;
    size_t torn_bytes = 0;  // behind the last record
    SchemaVersion version() const;
  };
  explicit SchemaLog(Disk& disk) : disk_(disk) {}

  static Result<std::optional<Content>> read(Disk& disk);  // nullopt: there is none
  Status rewrite(const Content& content);                  // before the first append, and after a failed one
  bool appendable() const { return log_ != nullptr; }
  Status append(const CatalogRecord& command);
  Status append(const std::vector<FlushedThrough>& truncated, const std::vector<FileId>& dead);

 private:
  Status append(const LoggedRecord& record);
  Disk& disk_;
  std::unique_ptr<RecordLogWriter> log_;  // null: to be written anew
  uint64_t rewritten_bytes_ = 0;
};

void encode_truncation(const FlushedThrough& truncation, ByteWriter& out);
FlushedThrough decode_truncation(ByteReader& in);

}  // namespace ringlet
