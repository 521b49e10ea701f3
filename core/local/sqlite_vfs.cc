#include "core/local/sqlite_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "core/base/must.h"
#include "core/local/sqlite_file.h"

namespace ringlet {
namespace {

// What SQLite allocates for an open file: its own part, then ours.
struct OpenFile {
  sqlite3_file base;
  SqliteVfs* vfs;
  SqliteFile* file;
};
SqliteFile& file_of(sqlite3_file* handle) { return *reinterpret_cast<OpenFile*>(handle)->file; }
SqliteVfs& vfs_of(sqlite3_file* handle) { return *reinterpret_cast<OpenFile*>(handle)->vfs; }
SqliteVfs& vfs_of(sqlite3_vfs* vfs) { return *static_cast<SqliteVfs*>(vfs->pAppData); }

int keep(SqliteVfs& vfs, Error error, int otherwise) {
  const int code = error.code == Errc::no_space  ? SQLITE_FULL
                   : error.code == Errc::corrupt ? SQLITE_IOERR_DATA
                                                 : otherwise;
  vfs.keep_error(std::move(error));
  return code;
}

int close_file(sqlite3_file* handle) {
  delete reinterpret_cast<OpenFile*>(handle)->file;
  return SQLITE_OK;
}

int read_file(sqlite3_file* handle, void* out, int bytes, sqlite3_int64 offset) {
  const std::span<char> to(static_cast<char*>(out), static_cast<size_t>(bytes));
  auto done = file_of(handle).read(static_cast<uint64_t>(offset), to);
  if (!done) return keep(vfs_of(handle), std::move(done).error(), SQLITE_IOERR_READ);
  if (*done == to.size()) return SQLITE_OK;
  std::fill(to.begin() + static_cast<std::ptrdiff_t>(*done), to.end(), '\0');  // SQLite counts on it
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* handle, const void* in, int bytes, sqlite3_int64 offset) {
  const BytesView from(static_cast<const char*>(in), static_cast<size_t>(bytes));
  vfs_of(handle).count_written(from.size());
  Status done = file_of(handle).write(static_cast<uint64_t>(offset), from);
  if (!done && done.error().code == Errc::no_space && vfs_of(handle).reserve().release())
    done = file_of(handle).write(static_cast<uint64_t>(offset), from);
  return done ? SQLITE_OK : keep(vfs_of(handle), std::move(done).error(), SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* handle, sqlite3_int64 size) {
  Status done = file_of(handle).truncate(static_cast<uint64_t>(size));
  return done ? SQLITE_OK : keep(vfs_of(handle), std::move(done).error(), SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* handle, int) {
  Status done = file_of(handle).sync();
  if (done) return SQLITE_OK;
  vfs_of(handle).note_sync_failure();
  return keep(vfs_of(handle), std::move(done).error(), SQLITE_IOERR_FSYNC);
}

int file_size(sqlite3_file* handle, sqlite3_int64* size) {
  auto found = file_of(handle).size();
  if (!found) return keep(vfs_of(handle), std::move(found).error(), SQLITE_IOERR_FSTAT);
  *size = static_cast<sqlite3_int64>(*found);
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }
int nobody_has_it(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}
int no_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_bytes(sqlite3_file*) { return static_cast<int>(kSqlitePageBytes); }
// A torn write leaves the rest of its sector alone, as the log next door assumes too. Then a commit's mark is the last thing
// written for it: a write that fails means that the commit did not happen.
int device_traits(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

const sqlite3_io_methods kMethods{
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = lock_file,
    .xCheckReservedLock = nobody_has_it,
    .xFileControl = no_control,
    .xSectorSize = sector_bytes,
    .xDeviceCharacteristics = device_traits,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

SqliteFileKind kind_of(int flags) {
  if (flags & SQLITE_OPEN_MAIN_DB) return SqliteFileKind::database;
  return flags & SQLITE_OPEN_WAL ? SqliteFileKind::write_ahead_log : SqliteFileKind::journal;
}

Result<std::unique_ptr<SqliteFile>> open_on(Disk& disk, const std::string& path, int flags) {
  TRY(const bool there, disk.exists(path));
  const OpenMode mode = flags & SQLITE_OPEN_CREATE ? OpenMode::create_or_open : OpenMode::write;
  TRY(auto file, disk.open(path, mode));
  return std::make_unique<SqliteFile>(disk, path, kind_of(flags), std::move(file), !there);
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* handle, int flags, int* out_flags) {
  auto* opened = reinterpret_cast<OpenFile*>(handle);
  opened->base.pMethods = nullptr;
  if (name == nullptr) return SQLITE_CANTOPEN;  // a temporary file: temp_store keeps those in memory
  auto file = open_on(vfs_of(vfs).env().disk, name, flags);
  if (!file) return keep(vfs_of(vfs), std::move(file).error(), SQLITE_CANTOPEN);
  opened->vfs = &vfs_of(vfs);
  opened->file = file->release();
  opened->base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

// With synchronous=FULL and one database SQLite never asks for the folder's sync: a log that a power cut brings back holds
// what the database holds already, because the next log's name is synced before the first commit in it.
int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  MUST(sync_folder == 0);
  Status done = vfs_of(vfs).env().disk.remove(name);
  if (!done && done.error().code == Errc::not_found) return SQLITE_IOERR_DELETE_NOENT;
  return done ? SQLITE_OK : keep(vfs_of(vfs), std::move(done).error(), SQLITE_IOERR_DELETE);
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* out) {
  auto there = vfs_of(vfs).env().disk.exists(name);
  if (!there) return keep(vfs_of(vfs), std::move(there).error(), SQLITE_IOERR_ACCESS);
  *out = *there ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int out_bytes, char* out) {
  if (std::strlen(name) >= static_cast<size_t>(out_bytes)) return SQLITE_CANTOPEN;
  std::strcpy(out, name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int bytes, char* out) {
  for (int i = 0; i < bytes; ++i) out[i] = static_cast<char>(vfs_of(vfs).rng().next());
  return bytes;
}

// Only a busy connection sleeps, and nobody else has this database.
int sleep_for(sqlite3_vfs*, int microseconds) { return microseconds; }

int current_time_millis(sqlite3_vfs* vfs, sqlite3_int64* out) {
  constexpr int64_t kJulianDayOf1970Millis = 210866760000000;
  *out = vfs_of(vfs).env().clock.wall().raw / 1000 + kJulianDayOf1970Millis;
  return SQLITE_OK;
}
int current_time(sqlite3_vfs* vfs, double* out) {
  sqlite3_int64 millis = 0;
  current_time_millis(vfs, &millis);
  *out = static_cast<double>(millis) / 86400000.0;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) { return 0; }

std::string next_name() {
  static std::atomic<uint64_t> vfs_count{0};  // several nodes of one simulation live in one process
  return "ringlet-" + std::to_string(vfs_count.fetch_add(1));
}

}  // namespace

SqliteVfs::SqliteVfs(Env& env, DiskReserve& reserve)
    : env_(env),
      reserve_(reserve),
      name_(next_name()),
      rng_(env.rng.stream("sqlite")),
      vfs_(std::make_unique<sqlite3_vfs>()) {
  *vfs_ = sqlite3_vfs{};
  vfs_->iVersion = 2;
  vfs_->szOsFile = sizeof(OpenFile);
  vfs_->mxPathname = 512;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = open_file;
  vfs_->xDelete = delete_file;
  vfs_->xAccess = access_file;
  vfs_->xFullPathname = full_path;
  vfs_->xRandomness = randomness;
  vfs_->xSleep = sleep_for;
  vfs_->xCurrentTime = current_time;
  vfs_->xGetLastError = last_error;
  vfs_->xCurrentTimeInt64 = current_time_millis;
  MUST(sqlite3_initialize() == SQLITE_OK);
  MUST(sqlite3_vfs_register(vfs_.get(), 1) == SQLITE_OK);
  sqlite3_randomness(0, nullptr);  // seed again: from our dice
}

SqliteVfs::~SqliteVfs() { sqlite3_vfs_unregister(vfs_.get()); }

std::optional<Error> SqliteVfs::take_error() { return std::exchange(error_, std::nullopt); }

}  // namespace ringlet
