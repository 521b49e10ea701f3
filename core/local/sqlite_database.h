// A connection to metadata.db: statements prepared once, errors as Result with what the disk said, transactions that end.
// Blocks its thread; one thread at a time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/local/sqlite_vfs.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ringlet {

class SqliteDatabase;

// One run of a prepared statement. Parameters are bound in order; columns are read of the row that step() stopped at.
class SqliteQuery {
 public:
  SqliteQuery(SqliteDatabase& database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  SqliteQuery(SqliteQuery&& other) noexcept;
  ~SqliteQuery();  // ready for its next run

  SqliteQuery& integer(int64_t value);
  SqliteQuery& number(uint64_t value) { return integer(static_cast<int64_t>(value)); }  // the same 64 bits
  SqliteQuery& blob(BytesView value);  // `value` stays valid until the run ends
  SqliteQuery& text(std::string_view value);

  Result<bool> step();  // true: there is a row
  Status run();         // to its end; rows are passed over

  int64_t integer_at(int column) const;
  uint64_t number_at(int column) const { return static_cast<uint64_t>(integer_at(column)); }
  Bytes bytes_at(int column) const;  // blob or text

 private:
  SqliteDatabase& database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

class SqliteDatabase {
 public:
  static Result<std::unique_ptr<SqliteDatabase>> open(SqliteVfs& vfs, const std::string& path);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;

  Status execute(const std::string& sql);                   // several statements, no rows
  Result<SqliteQuery> query(std::string_view sql);          // `sql` is a literal: prepared once, kept for ever
  Status transaction(const std::function<Status()>& work);  // all of `work` on the medium, or none of it
  Error error(const std::string& doing);                    // of the last call
  std::optional<Error> disk_error();                        // what the disk said meanwhile; SQLite may have gone on

 private:
  SqliteDatabase(SqliteVfs& vfs, std::string path) : vfs_(vfs), path_(std::move(path)) {}
  Status set_up();

  SqliteVfs& vfs_;
  const std::string path_;
  sqlite3* connection_ = nullptr;
  std::map<std::string_view, sqlite3_stmt*> statements_;
};

}  // namespace ringlet
