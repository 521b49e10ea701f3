#include "core/local/sqlite_database.h"

#include <sqlite3.h>

#include "core/base/must.h"

// Extensions that Debian's SQLite registers for every connection and Ringlet never uses. With their entry points defined
// here the linker leaves them in their archive: 300 KB of full-text search and R-trees less in the binary.
extern "C" {
int sqlite3Fts3Init(sqlite3*) { return SQLITE_OK; }
int sqlite3Fts5Init(sqlite3*) { return SQLITE_OK; }
int sqlite3RtreeInit(sqlite3*) { return SQLITE_OK; }
int sqlite3DbstatRegister(sqlite3*) { return SQLITE_OK; }
int sqlite3StmtVtabInit(sqlite3*) { return SQLITE_OK; }
}

namespace ringlet {
namespace {

Errc code_of(int sqlite_code) {
  switch (sqlite_code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    case SQLITE_FULL:
      return Errc::no_space;
    default:
      return Errc::io;
  }
}

}  // namespace

// --- queries --------------------------------------------------------------------------------------------------------

SqliteQuery::SqliteQuery(SqliteQuery&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_) {}

SqliteQuery::~SqliteQuery() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

SqliteQuery& SqliteQuery::integer(int64_t value) {
  MUST(sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK);
  return *this;
}

SqliteQuery& SqliteQuery::blob(BytesView value) {
  MUST(sqlite3_bind_blob64(statement_, ++bound_, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC) ==
       SQLITE_OK);
  return *this;
}

SqliteQuery& SqliteQuery::text(std::string_view value) {
  MUST(sqlite3_bind_text64(statement_, ++bound_, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
                           SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Result<bool> SqliteQuery::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(database_.error(sqlite3_sql(statement_)));
}

Status SqliteQuery::run() {
  for (;;) {
    TRY(const bool row, step());
    if (!row) return {};
  }
}

int64_t SqliteQuery::integer_at(int column) const { return sqlite3_column_int64(statement_, column); }

Bytes SqliteQuery::bytes_at(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return size == 0 ? Bytes{} : Bytes(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

// --- the connection -------------------------------------------------------------------------------------------------

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(SqliteVfs& vfs, const std::string& path) {
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(vfs, path));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path.c_str(), &database->connection_, flags, vfs.name()) != SQLITE_OK)
    return fail(database->error("open"));
  TRY_STATUS(database->set_up());
  return database;
}

SqliteDatabase::~SqliteDatabase() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  MUST(sqlite3_close(connection_) == SQLITE_OK);
}

// Exclusive before WAL: then the log's index lives in this process's memory. No spilling: a frame is written once, in
// order, so that each can be checked against the one before it. A checkpoint every 256 pages keeps the start short.
Status SqliteDatabase::set_up() {
  int reserved = kSqliteReservedBytes;
  sqlite3_file_control(connection_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  return execute(
      "PRAGMA page_size=4096; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
      "PRAGMA temp_store=MEMORY; PRAGMA cache_spill=OFF; PRAGMA cache_size=-512; PRAGMA wal_autocheckpoint=256;"
      "PRAGMA journal_size_limit=1048576; PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF;");
}

Error SqliteDatabase::error(const std::string& doing) {
  const int code = sqlite3_extended_errcode(connection_);
  const std::string what = path_ + ": " + doing + ": ";
  if (auto cause = vfs_.take_error()) return {cause->code, what + cause->detail, {}};
  return {code_of(code), what + sqlite3_errmsg(connection_), {}};
}

std::optional<Error> SqliteDatabase::disk_error() { return vfs_.take_error(); }

Status SqliteDatabase::execute(const std::string& sql) {
  (void)vfs_.take_error();
  if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return fail(error("set up"));
}

Result<SqliteQuery> SqliteDatabase::query(std::string_view sql) {
  (void)vfs_.take_error();
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
      statements_.erase(sql);
      return fail(error(std::string(sql)));
    }
  }
  return SqliteQuery(*this, statement);
}

Status SqliteDatabase::transaction(const std::function<Status()>& work) {
  TRY(auto begin, query("BEGIN IMMEDIATE"));
  TRY_STATUS(begin.run());
  Status done = work();
  if (done) {
    TRY(auto commit, query("COMMIT"));
    done = commit.run();
  }
  if (!done && sqlite3_get_autocommit(connection_) == 0) {
    TRY(auto rollback, query("ROLLBACK"));
    // SQLite rolls back by itself where the disk failed; what is left to tell is why.
    (void)rollback.run();
  }
  return done;
}

}  // namespace ringlet
