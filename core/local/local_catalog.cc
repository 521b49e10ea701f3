#include "core/base/must.h"
#include "core/local/local_tables.h"

namespace ringlet::local_tables {
namespace {

// The newest version there is; 0 before the first.
Result<uint64_t> newest_version(SqliteDatabase& database) {
  TRY(auto newest, database.query("SELECT max(version) FROM (SELECT version FROM catalog_commands "
                                  "UNION ALL SELECT version FROM catalog_snapshot)"));
  TRY(const bool row, newest.step());
  return row ? newest.number_at(0) : 0;
}

}  // namespace

Result<LocalStore::Catalog> catalog(SqliteDatabase& database) {
  LocalStore::Catalog found;
  TRY(auto snapshot, database.query("SELECT version, command FROM catalog_snapshot"));
  TRY(const bool any, snapshot.step());
  if (any) found.snapshot = CatalogRecord{SchemaVersion{snapshot.number_at(0)}, snapshot.bytes_at(1)};
  TRY(auto commands, database.query("SELECT version, command FROM catalog_commands ORDER BY version"));
  for (;;) {
    TRY(const bool row, commands.step());
    if (!row) return found;
    found.commands.push_back({SchemaVersion{commands.number_at(0)}, commands.bytes_at(1)});
  }
}

Status append_catalog(SqliteDatabase& database, const CatalogRecord& record) {
  return database.transaction([&]() -> Status {
    TRY(const uint64_t newest, newest_version(database));
    MUST(record.index.raw == newest + 1);
    TRY(auto insert, database.query("INSERT INTO catalog_commands(version, command) VALUES(?, ?)"));
    return insert.number(record.index.raw).blob(record.command).run();
  });
}

Result<bool> took_effect(SqliteDatabase& database, const CatalogRecord& record) {
  TRY(const uint64_t newest, newest_version(database));
  return newest >= record.index.raw;
}

Status snapshot_catalog(SqliteDatabase& database, const CatalogRecord& snapshot) {
  return database.transaction([&]() -> Status {
    TRY(auto upsert, database.query("INSERT OR REPLACE INTO catalog_snapshot(only, version, command) VALUES(1, ?, ?)"));
    TRY_STATUS(upsert.number(snapshot.index.raw).blob(snapshot.command).run());
    TRY(auto forget, database.query("DELETE FROM catalog_commands WHERE version <= ?"));
    return forget.number(snapshot.index.raw).run();
  });
}

}  // namespace ringlet::local_tables
