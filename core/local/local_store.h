// LocalStore: what this node knows for itself, in SQLite (metadata.db): identity, settings, durable counters, the catalog's
// log, and the manifest, the only thing that makes an sstable visible or dead.
//
// Every call runs on Env::local, the store's own thread, and resumes on the caller's executor. One call is one transaction:
// all of it or nothing, on the medium when it returns. Pages carry checksums; a damaged page is Errc::corrupt.
// An error of edit_manifest() or append_catalog() means that it did not take effect, or that every later one fails until a
// restart. After an error of any other change nobody knows; it may be made again.
// metadata.db lost or damaged while sstables exist: open() fails with Errc::corrupt saying so, it never starts as a fresh node
// (core/node/rebuild makes another one from the files). What a rebuild could not know is kept in schema.log as well.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/types.h"
#include "core/base/uuid.h"
#include "core/env/env.h"
#include "core/local/disk_reserve.h"

namespace ringlet {

// One live sstable.
struct ManifestFile {
  FileId id;
  TableId table;
  uint32_t level = 0;
  uint64_t bytes = 0;
  uint16_t shard = 0,
           shard_count = 1;  // who wrote it: under the same count only that shard opens it, under another every
                             // shard does, with a token filter, until compaction has split it
  Token first_token, last_token;
};

// Records of `table` in shard `shard` of `shard_count` that lie below `through` are in sstables: replay passes them over.
struct FlushedThrough {
  TableId table;
  uint16_t shard = 0, shard_count = 1;
  uint64_t segment = 0, offset = 0;
};

struct ManifestEdit {
  std::vector<ManifestFile> added;
  std::vector<FileId>
      removed;  // recorded as dead, here and in schema.log, so that a start can unlink what a crash left
  std::vector<FlushedThrough> flushed;
  std::vector<TableId> dropped_tables;  // all their files are dead
  bool outlives = false;                // `flushed` goes to schema.log too: what lies below must never come back
  std::vector<std::pair<std::string, Bytes>> settings;  // and what was remembered
};

struct ManifestState {
  Uuid id;  // this manifest's own: files of another are strays
  std::vector<ManifestFile> live;
  std::vector<FileId> dead;  // not yet known to be unlinked: their names may be there, or be back after a power cut
  std::vector<FlushedThrough> flushed;
};

struct CatalogRecord {
  SchemaVersion index;
  Bytes command;
};

class LocalStore {
 public:
  static constexpr std::string_view kFile = "metadata.db";

  static Task<Result<std::unique_ptr<LocalStore>>> open(Env& env);
  // A new one under another name, beside whatever there is: for a rebuild.
  static Task<Result<std::unique_ptr<LocalStore>>> create(Env& env, std::string file);
  explicit LocalStore(Disk& disk) : reserve_(disk) {}
  virtual ~LocalStore() = default;
  virtual Task<Status> close() = 0;
  virtual Task<Status> check() = 0;  // reads every page; Errc::corrupt

  DiskReserve& reserve() { return reserve_; }
  Task<void> look_for_space(Env& env);  // reserve().look(), on the store's thread

  virtual Task<Result<ManifestState>> manifest() = 0;
  virtual Task<Status> edit_manifest(ManifestEdit edit) = 0;
  virtual Task<Status> forget_dead(std::vector<FileId> unlinked) = 0;  // once no power cut brings their names back
  virtual Task<Status> forget_flushed_before(uint64_t segment) = 0;    // positions that no segment reaches any more

  // Durable counters (file ids, segment ids, clock mark): the block [result, result + count) is this caller's for ever.
  virtual Task<Result<uint64_t>> take_ids(std::string name, uint64_t count) = 0;
  virtual Task<Result<uint64_t>> next_id(std::string name) = 0;  // none from here on has been taken

  virtual Task<Result<std::optional<Bytes>>> setting(std::string name) = 0;
  virtual Task<Status> set_setting(std::string name, Bytes value) = 0;
  // Written with the next edit of the manifest, at the cost of no sync of its own; a crash before that forgets it.
  virtual Task<void> remember(std::string name, Bytes value) = 0;

  virtual uint64_t written_bytes() const = 0;  // to metadata.db, in this life; from any thread

  // The catalog: the newest snapshot and the commands after it.
  struct Catalog {
    std::optional<CatalogRecord> snapshot;
    std::vector<CatalogRecord> commands;
  };
  virtual Task<Result<Catalog>> catalog() = 0;
  virtual Task<Status> append_catalog(CatalogRecord record) = 0;      // index MUST be the last + 1
  virtual Task<Status> snapshot_catalog(CatalogRecord snapshot) = 0;  // and forget the commands it contains

  // Prepared statements survive a restart (ids are functions of the text; drivers then need not prepare again).
  virtual Task<Result<std::map<Bytes, std::pair<std::string, std::string>>>>
  prepared_statements() = 0;  // id -> keyspace, text
  virtual Task<Status> keep_prepared(Bytes id, std::string keyspace, std::string text) = 0;
  virtual Task<Status> forget_prepared(Bytes id) = 0;

 private:
  DiskReserve reserve_;
};

}  // namespace ringlet
