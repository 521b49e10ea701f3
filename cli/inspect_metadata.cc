#include "cli/inspect_metadata.h"

#include "core/env/read_file.h"
#include "core/local/disk_reserve.h"
#include "core/local/schema_log.h"
#include "core/local/sqlite_file.h"
#include "core/local/sqlite_vfs.h"
#include "core/node/backup_log.h"

namespace ringlet::cli {
namespace {

constexpr size_t kLogHeaderBytes = 32, kFrameHeaderBytes = 24;  // of SQLite's write-ahead log
constexpr size_t kDamageMax = 1000;                             // further pages are not told one by one

SqliteFile sqlite_file(OneFileDisk& disk, const std::string& path, SqliteFileKind kind, std::unique_ptr<File> file) {
  return SqliteFile(disk, path, kind, std::move(file), false);
}

Result<MetadataFacts> inspect_database(OneFileDisk& disk, const std::string& path) {
  MetadataFacts found{.kind = "metadata.db"};
  TRY(auto file, disk.open(path, OpenMode::read));
  TRY(const uint64_t size, file->size_now());
  SqliteFile database = sqlite_file(disk, path, SqliteFileKind::database, std::move(file));
  Bytes page(kSqlitePageBytes, '\0');
  const uint64_t pages = size / kSqlitePageBytes;
  for (uint64_t n = 0; n < pages && found.damage.size() < kDamageMax; ++n)
    if (const auto read = database.read(n * kSqlitePageBytes, page); !read) found.damage.push_back(read.error().detail);
  if (size % kSqlitePageBytes != 0) found.damage.push_back(path + ": ends in the middle of a page");
  found.facts = {{"file_bytes", size}, {"pages", pages}};
  return found;
}

// Frames that an earlier use of the file left behind fail their checksums like damaged ones: the first such is the end.
Result<MetadataFacts> inspect_write_ahead_log(OneFileDisk& disk, const std::string& path) {
  TRY(auto file, disk.open(path, OpenMode::read));
  TRY(const uint64_t size, file->size_now());
  SqliteFile log = sqlite_file(disk, path, SqliteFileKind::write_ahead_log, std::move(file));
  Bytes page(kSqlitePageBytes, '\0');
  uint64_t frames = 0, at = kLogHeaderBytes + kFrameHeaderBytes;
  for (; at + kSqlitePageBytes <= size; at += kFrameHeaderBytes + kSqlitePageBytes, ++frames)
    if (!log.read(at, page)) break;
  return MetadataFacts{"write-ahead log of metadata.db", {{"file_bytes", size}, {"frames", frames}}, {}};
}

Result<MetadataFacts> inspect_schema_log(OneFileDisk& disk) {
  MetadataFacts found{.kind = "schema log"};
  disk.answer_to(std::string(SchemaLog::kFile));
  const auto content = SchemaLog::read(disk);
  if (!content || !*content) {
    found.damage.push_back(content ? std::string("the schema log is empty") : content.error().detail);
    return found;
  }
  found.facts = {{"schema_version", (*content)->version().raw},
                 {"commands", uint64_t{(*content)->catalog.commands.size()}},
                 {"truncations", uint64_t{(*content)->flushed.size()}},
                 {"dead_files", uint64_t{(*content)->dead.size()}},
                 {"torn_bytes", uint64_t{(*content)->torn_bytes}}};
  return found;
}

Result<MetadataFacts> inspect_manifest(OneFileDisk& disk, const std::string& path) {
  MetadataFacts found{.kind = "snapshot manifest"};
  TRY(const Bytes bytes, read_file_now(disk, path));
  const auto manifest = decode_snapshot(bytes, path);
  if (!manifest) {
    found.damage.push_back(manifest.error().detail);
    return found;
  }
  found.facts = {{"taken_at_us", static_cast<uint64_t>(manifest->taken_at.raw)},
                 {"shards", uint64_t{manifest->shards}},
                 {"backup_run", manifest->backups.number},
                 {"files", uint64_t{manifest->files.size()}},
                 {"bytes", manifest->bytes()}};
  return found;
}

Result<MetadataFacts> inspect_backup_log(OneFileDisk& disk, const std::string& path) {
  MetadataFacts found{.kind = "log of backups"};
  TRY(const Bytes bytes, read_file_now(disk, path));
  const auto run = decode_backup_run(bytes, path);
  if (!run) {
    found.damage.push_back(run.error().detail);
    return found;
  }
  uint64_t files = 0, file_bytes = 0, truncations = 0;
  for (const BackupRecord& record : run->records) {
    const auto* one = std::get_if<SnapshotFile>(&record.what);
    files += one != nullptr ? 1 : 0;
    file_bytes += one != nullptr ? one->bytes : 0;
    truncations += std::holds_alternative<FlushedThrough>(record.what) ? 1 : 0;
  }
  const BackupBegins& begins = run->begins();
  found.facts = {{"run", begins.place.number},
                 {"of_restore", uint64_t{begins.of_restore}},
                 {"goes_on_from", begins.previous.number},
                 {"gap_before", begins.why},
                 {"began_at_us", static_cast<uint64_t>(run->records.front().at.raw)},
                 {"records", uint64_t{run->records.size()}},
                 {"files", files},
                 {"bytes", file_bytes},
                 {"truncations", truncations},
                 {"torn_bytes", run->torn_bytes}};
  return found;
}

}  // namespace

Result<MetadataFacts> inspect_metadata(OneFileDisk& disk, const std::string& path, BytesView magic) {
  const auto named = [&](std::string_view name) { return path == name || path.ends_with("/" + std::string(name)); };
  TRY(const auto file, disk.open(path, OpenMode::read));
  TRY(const uint64_t size, file->size_now());
  if (size == 0 && named(LocalStore::kFile))
    return MetadataFacts{
        "metadata.db", {{"file_bytes", size}}, {path + " is empty: a start makes it anew from the other files"}};
  if (magic.starts_with("SQLite f") || named(LocalStore::kFile)) return inspect_database(disk, path);
  if (magic.starts_with("\x37\x7F\x06")) return inspect_write_ahead_log(disk, path);
  if (magic == "RINGSCHM" || named(SchemaLog::kFile)) return inspect_schema_log(disk);
  if (magic == "RINGSNAP" || named("manifest")) return inspect_manifest(disk, path);
  if (magic == "RINGBACK" || named("log")) return inspect_backup_log(disk, path);
  if (named(DiskReserve::kFile)) return MetadataFacts{"space kept back for a full disk", {{"file_bytes", size}}, {}};
  if (named("LOCK")) return MetadataFacts{"lock of a data directory", {{"file_bytes", size}}, {}};
  return fail(Errc::invalid, path +
                                 " is no file of Ringlet's: neither a commit log segment, sstable, metadata.db, "
                                 "schema.log, manifest nor log of backups");
}

}  // namespace ringlet::cli
