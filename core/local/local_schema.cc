#include "core/local/local_schema.h"

#include "core/base/uuid.h"

namespace ringlet {
namespace {

constexpr int64_t kApplicationId = 0x524C4E47;  // "RLNG", in the file's header, where `file` finds it

constexpr const char* kTables = R"(
  CREATE TABLE identity(manifest BLOB NOT NULL);
  CREATE TABLE counters(name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE settings(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE sstables(file INTEGER PRIMARY KEY, table_id BLOB NOT NULL, level INTEGER NOT NULL, bytes INTEGER NOT NULL,
                        shard INTEGER NOT NULL, shard_count INTEGER NOT NULL,
                        first_token INTEGER NOT NULL, last_token INTEGER NOT NULL);
  CREATE TABLE dead_sstables(file INTEGER PRIMARY KEY);
  CREATE TABLE flushed(table_id BLOB NOT NULL, shard INTEGER NOT NULL, shard_count INTEGER NOT NULL,
                       segment INTEGER NOT NULL, position INTEGER NOT NULL,
                       PRIMARY KEY(table_id, shard, shard_count)) WITHOUT ROWID;
  CREATE TABLE catalog_snapshot(only INTEGER PRIMARY KEY CHECK(only = 1), version INTEGER NOT NULL, command BLOB NOT NULL);
  CREATE TABLE catalog_commands(version INTEGER PRIMARY KEY, command BLOB NOT NULL);
  CREATE TABLE prepared_statements(id BLOB PRIMARY KEY, keyspace TEXT NOT NULL, statement TEXT NOT NULL) WITHOUT ROWID;
)";

Result<int64_t> pragma(SqliteDatabase& database, std::string_view sql) {
  TRY(auto query, database.query(sql));
  TRY(const bool row, query.step());
  return row ? query.integer_at(0) : 0;
}

Status make_tables(SqliteDatabase& database, const Uuid& manifest) {
  return database.transaction([&]() -> Status {
    TRY_STATUS(database.execute(kTables));
    TRY_STATUS(database.execute("PRAGMA application_id=" + std::to_string(kApplicationId) +
                                "; PRAGMA user_version=" + std::to_string(kLocalFormat)));
    TRY(auto insert, database.query("INSERT INTO identity(manifest) VALUES(?)"));
    return insert.blob(manifest.bytes()).run();
  });
}

}  // namespace

Status set_up_local_schema(SqliteDatabase& database, const Uuid& manifest) {
  TRY(const int64_t format, pragma(database, "PRAGMA user_version"));
  TRY(const int64_t application, pragma(database, "PRAGMA application_id"));
  if (format == 0 && application == 0) return make_tables(database, manifest);
  if (application != kApplicationId)
    return fail(Errc::corrupt, "metadata.db is a database of another program: name the right --data directory");
  if (format > kLocalFormat)
    return fail(Errc::invalid, "metadata.db has format " + std::to_string(format) +
                                   ", a newer format version than this ringlet (" + std::to_string(kLocalFormat) +
                                   "): start the version that wrote it");
  return {};
}

}  // namespace ringlet
