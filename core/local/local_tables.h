// What LocalStore's calls do in metadata.db: plain functions over a connection, each one transaction. They block.
#pragma once

#include "core/local/local_store.h"
#include "core/local/sqlite_database.h"

namespace ringlet::local_tables {

Status check(SqliteDatabase& database);
Result<ManifestState> manifest(SqliteDatabase& database);
Status edit_manifest(SqliteDatabase& database, const ManifestEdit& edit);
Result<bool> took_effect(SqliteDatabase& database, const ManifestEdit& edit);  // after a commit of unknown outcome
Status forget_dead(SqliteDatabase& database, const std::vector<FileId>& unlinked);
Status forget_flushed_before(SqliteDatabase& database, uint64_t segment);

Result<uint64_t> take_ids(SqliteDatabase& database, const std::string& name, uint64_t count);
Result<uint64_t> next_id(SqliteDatabase& database, const std::string& name);
Result<std::optional<Bytes>> setting(SqliteDatabase& database, const std::string& name);
Status set_setting(SqliteDatabase& database, const std::string& name, const Bytes& value);

Result<LocalStore::Catalog> catalog(SqliteDatabase& database);
Status append_catalog(SqliteDatabase& database, const CatalogRecord& record);
Result<bool> took_effect(SqliteDatabase& database, const CatalogRecord& record);
Status snapshot_catalog(SqliteDatabase& database, const CatalogRecord& snapshot);

using PreparedStatements = std::map<Bytes, std::pair<std::string, std::string>>;
Result<PreparedStatements> prepared_statements(SqliteDatabase& database);
Status keep_prepared(SqliteDatabase& database, const Bytes& id, const std::string& keyspace, const std::string& text);
Status forget_prepared(SqliteDatabase& database, const Bytes& id);

}  // namespace ringlet::local_tables
