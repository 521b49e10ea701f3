#include "core/local/local_tables.h"

namespace ringlet::local_tables {
namespace {

Status add_file(SqliteDatabase& database, const ManifestFile& file) {
  TRY(auto insert, database.query("INSERT INTO sstables(file, table_id, level, bytes, shard, shard_count, "
                                  "first_token, last_token) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.number(file.id.raw).blob(file.table.bytes()).number(file.level).number(file.bytes);
  insert.number(file.shard).number(file.shard_count);
  return insert.integer(file.first_token.raw).integer(file.last_token.raw).run();
}

Status remove_file(SqliteDatabase& database, FileId id) {
  TRY(auto insert, database.query("INSERT OR IGNORE INTO dead_sstables(file) VALUES(?)"));
  TRY_STATUS(insert.number(id.raw).run());
  TRY(auto remove, database.query("DELETE FROM sstables WHERE file = ?"));
  return remove.number(id.raw).run();
}

Status drop_table(SqliteDatabase& database, const TableId& table) {
  TRY(auto insert,
      database.query("INSERT OR IGNORE INTO dead_sstables(file) SELECT file FROM sstables WHERE table_id = ?"));
  TRY_STATUS(insert.blob(table.bytes()).run());
  TRY(auto remove, database.query("DELETE FROM sstables WHERE table_id = ?"));
  TRY_STATUS(remove.blob(table.bytes()).run());
  TRY(auto forget, database.query("DELETE FROM flushed WHERE table_id = ?"));
  return forget.blob(table.bytes()).run();
}

Status note_flushed(SqliteDatabase& database, const FlushedThrough& flushed) {
  TRY(auto upsert,
      database.query("INSERT INTO flushed(table_id, shard, shard_count, segment, position) VALUES(?, ?, ?, ?, ?) "
                     "ON CONFLICT DO UPDATE SET segment = excluded.segment, position = excluded.position "
                     "WHERE (excluded.segment, excluded.position) > (segment, position)"));
  upsert.blob(flushed.table.bytes()).number(flushed.shard).number(flushed.shard_count);
  return upsert.number(flushed.segment).number(flushed.offset).run();
}

}  // namespace

Result<ManifestState> manifest(SqliteDatabase& database) {
  ManifestState state;
  TRY(auto identity, database.query("SELECT manifest FROM identity"));
  TRY(const bool known, identity.step());
  if (!known || identity.bytes_at(0).size() != 16)
    return fail(Errc::corrupt, "metadata.db has lost its manifest's id: a start makes it anew from the other files");
  state.id = uuid_from_bytes(identity.bytes_at(0));
  TRY(auto live, database.query("SELECT file, table_id, level, bytes, shard, shard_count, first_token, last_token "
                                "FROM sstables ORDER BY file"));
  for (;;) {
    TRY(const bool row, live.step());
    if (!row) break;
    state.live.push_back({FileId{live.number_at(0)}, uuid_from_bytes(live.bytes_at(1)),
                          static_cast<uint32_t>(live.integer_at(2)), live.number_at(3),
                          static_cast<uint16_t>(live.integer_at(4)), static_cast<uint16_t>(live.integer_at(5)),
                          Token{live.integer_at(6)}, Token{live.integer_at(7)}});
  }
  TRY(auto dead, database.query("SELECT file FROM dead_sstables ORDER BY file"));
  for (;;) {
    TRY(const bool row, dead.step());
    if (!row) break;
    state.dead.push_back(FileId{dead.number_at(0)});
  }
  TRY(auto flushed, database.query("SELECT table_id, shard, shard_count, segment, position FROM flushed "
                                   "ORDER BY table_id, shard_count, shard"));
  for (;;) {
    TRY(const bool row, flushed.step());
    if (!row) break;
    state.flushed.push_back({uuid_from_bytes(flushed.bytes_at(0)), static_cast<uint16_t>(flushed.integer_at(1)),
                             static_cast<uint16_t>(flushed.integer_at(2)), flushed.number_at(3), flushed.number_at(4)});
  }
  return state;
}

Status edit_manifest(SqliteDatabase& database, const ManifestEdit& edit) {
  return database.transaction([&]() -> Status {
    for (const ManifestFile& file : edit.added) TRY_STATUS(add_file(database, file));
    for (const FileId file : edit.removed) TRY_STATUS(remove_file(database, file));
    for (const FlushedThrough& flushed : edit.flushed) TRY_STATUS(note_flushed(database, flushed));
    for (const TableId& table : edit.dropped_tables) TRY_STATUS(drop_table(database, table));
    for (const auto& [name, value] : edit.settings) TRY_STATUS(set_setting(database, name, value));
    return {};
  });
}

// Files have ids of their own, so one of them tells for all. An edit without files may be given again. What is removed need not have
// been live: a flush may have failed to commit it.
Result<bool> took_effect(SqliteDatabase& database, const ManifestEdit& edit) {
  if (edit.added.empty() && edit.removed.empty()) return false;
  const bool adds = !edit.added.empty();
  TRY(auto find,
      database.query(adds ? "SELECT 1 FROM sstables WHERE file = ?" : "SELECT 1 FROM dead_sstables WHERE file = ?"));
  return find.number((adds ? edit.added.front().id : edit.removed.front()).raw).step();
}

Status forget_dead(SqliteDatabase& database, const std::vector<FileId>& unlinked) {
  return database.transaction([&]() -> Status {
    for (const FileId file : unlinked) {
      TRY(auto remove, database.query("DELETE FROM dead_sstables WHERE file = ?"));
      TRY_STATUS(remove.number(file.raw).run());
    }
    return {};
  });
}

Status forget_flushed_before(SqliteDatabase& database, uint64_t segment) {
  TRY(auto remove, database.query("DELETE FROM flushed WHERE segment < ?"));
  return remove.number(segment).run();
}

}  // namespace ringlet::local_tables
