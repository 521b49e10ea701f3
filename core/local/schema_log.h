// schema.log: what must outlive metadata.db. The catalog's commands, and how far tables were truncated, again in a file of their
// own, so that a rebuild knows every table that there is, and brings back none that was dropped and no row that was truncated.
//
// Always holds
//   - it is written after metadata.db has committed, and synced before the caller goes on; where that fails, the next change
//     writes it anew from metadata.db
//   - damage before its last record is `corrupt`; what was cut off behind that is the end of an append that nobody waited for
// Blocks its thread.
//
// File, version 1, little-endian: magic "RINGSCHM", u32 version, u32 checksum of these 12 bytes; then records that touch:
//   offset  size  field             meaning
//   0       4     header checksum   of bytes 4 .. 24, seeded with the record's offset
//   4       4     payload checksum  of the payload, seeded alike
//   8       4     length            payload bytes
//   12      4     kind              1 schema as of `version`, 2 command that leads to `version`, 3 truncations
//   16      8     version           of the catalog; kind 3: 0
//   24      n     payload           kinds 1 and 2: as metadata.db has it; kind 3: vint n, n x (table 16 bytes, vints shard,
//                                   shard_count, segment, offset)
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/env/disk.h"
#include "core/local/local_store.h"

namespace ringlet {

class SchemaLog {
 public:
  static constexpr std::string_view kFile = "schema.log";
  struct Content {
    LocalStore::Catalog catalog;
    std::vector<FlushedThrough> flushed;
    size_t torn_bytes = 0;  // behind the last record
    SchemaVersion version() const;
  };
  explicit SchemaLog(Disk& disk) : disk_(disk) {}

  static Result<std::optional<Content>> read(Disk& disk);  // nullopt: there is none
  Status rewrite(const Content& content);                  // before the first append, and after a failed one
  bool appendable() const { return file_ != nullptr; }
  Status append(const CatalogRecord& command);
  Status append(const std::vector<FlushedThrough>& truncated);

 private:
  Status append(BytesView record);
  Disk& disk_;
  std::unique_ptr<File> file_;
  uint64_t end_ = 0, rewritten_ = 0;
};

}  // namespace ringlet
