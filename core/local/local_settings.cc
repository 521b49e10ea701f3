#include "core/local/local_tables.h"

namespace ringlet::local_tables {

Status check(SqliteDatabase& database) {
  TRY(auto look, database.query("PRAGMA quick_check(1)"));
  TRY(const bool row, look.step());
  const Bytes found = row ? look.bytes_at(0) : Bytes{};
  if (found == "ok") return {};
  // A page that the disk does not show now is not damaged: nothing is rebuilt for that.
  if (auto cause = database.disk_error(); cause && cause->code != Errc::corrupt) return fail(*std::move(cause));
  return fail(Errc::corrupt, "metadata.db is damaged: " + found);
}

// Ids begin at 1: 0 stands for "none" in the formats that hold them.
Result<uint64_t> take_ids(SqliteDatabase& database, const std::string& name, uint64_t count) {
  TRY(auto take, database.query("INSERT INTO counters(name, next) VALUES(?1, 1 + ?2) "
                                "ON CONFLICT DO UPDATE SET next = next + ?2 RETURNING next"));
  take.text(name).number(count);
  TRY(const bool row, take.step());
  MUST(row);
  const uint64_t next = take.number_at(0);
  TRY_STATUS(take.run());
  return next - count;
}

Result<uint64_t> next_id(SqliteDatabase& database, const std::string& name) {
  TRY(auto select, database.query("SELECT next FROM counters WHERE name = ?"));
  TRY(const bool row, select.text(name).step());
  return row ? select.number_at(0) : 1;
}

Result<std::optional<Bytes>> setting(SqliteDatabase& database, const std::string& name) {
  TRY(auto select, database.query("SELECT value FROM settings WHERE name = ?"));
  TRY(const bool row, select.text(name).step());
  if (!row) return std::nullopt;
  return select.bytes_at(0);
}

Status set_setting(SqliteDatabase& database, const std::string& name, const Bytes& value) {
  TRY(auto upsert, database.query("INSERT INTO settings(name, value) VALUES(?, ?) "
                                  "ON CONFLICT DO UPDATE SET value = excluded.value"));
  return upsert.text(name).blob(value).run();
}

Result<PreparedStatements> prepared_statements(SqliteDatabase& database) {
  PreparedStatements statements;
  TRY(auto select, database.query("SELECT id, keyspace, statement FROM prepared_statements"));
  for (;;) {
    TRY(const bool row, select.step());
    if (!row) return statements;
    statements[select.bytes_at(0)] = {select.bytes_at(1), select.bytes_at(2)};
  }
}

Status keep_prepared(SqliteDatabase& database, const Bytes& id, const std::string& keyspace, const std::string& text) {
  TRY(auto upsert,
      database.query("INSERT OR REPLACE INTO prepared_statements(id, keyspace, statement) VALUES(?, ?, ?)"));
  return upsert.blob(id).text(keyspace).text(text).run();
}

Status forget_prepared(SqliteDatabase& database, const Bytes& id) {
  TRY(auto remove, database.query("DELETE FROM prepared_statements WHERE id = ?"));
  return remove.blob(id).run();
}

}  // namespace ringlet::local_tables
