#include "core/node/rebuild.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/local/schema_log.h"
#include "core/meta/catalog_command.h"
#include "core/storage/engine.h"
#include "core/storage/log_segments.h"
#include "core/storage/stray_files.h"

namespace ringlet {
namespace {

constexpr const char* kUnderWay = "metadata.rebuild.db";
constexpr uint64_t kIdsSkipped = 4096;  // given out and not seen in any file name: more than any block of ids

class Rebuild {
 public:
  Rebuild(Env& env, RebuildReport& report) : env_(env), report_(report) {}

  Task<Status> run() {
    CO_TRY_STATUS(read_schema());
    CO_TRY_STATUS(find_files());
    choose_files();
    CO_TRY(store_, co_await LocalStore::create(env_, kUnderWay));
    const Status filled = co_await fill();
    const Status closed = co_await store_->close();
    store_.reset();
    CO_TRY_STATUS(filled);
    CO_TRY_STATUS(closed);
    co_return put_in_place();
  }

 private:
  struct Found {
    std::shared_ptr<SstableReader> reader;
    TableId table;
  };

  Status read_schema() {
    TRY(auto kept, SchemaLog::read(env_.disk));
    if (!kept)
      return fail(Errc::corrupt,
                  "it cannot be made anew without schema.log, which is missing too: put a copy of one of the two back, "
                  "or restore a snapshot into a new data directory");
    if (kept->catalog.snapshot) {
      TRY(schema_, decode_schema(kept->catalog.snapshot->command));
    }
    for (const CatalogRecord& record : kept->catalog.commands) {
      TRY(const CatalogCommand command, decode_command(record.command));
      TRY(schema_, apply(*schema_, command));
    }
    edit_.flushed = std::move(kept->flushed);
    dead_.insert(kept->dead.begin(), kept->dead.end());
    // No file, and no record of the log, may ever be taken for one that is dead, flushed or truncated: these ids have been given out.
    if (!dead_.empty()) newest_ = dead_.rbegin()->raw;
    for (const FlushedThrough& f : edit_.flushed) newest_segment_ = std::max(newest_segment_, f.segment);
    std::erase_if(edit_.flushed, [this](const FlushedThrough& f) { return !schema_->table(f.table); });
    for (const auto& [name, keyspace] : schema_->keyspaces) report_.tables += keyspace->tables.size();
    return {};
  }

  Status find_files() {
    TRY(const bool any, env_.disk.exists("sstables"));
    if (!any) return {};
    TRY(const auto folders, env_.disk.list("sstables"));
    for (const std::string& folder : folders) {
      const auto table = parse_uuid(std::string_view(folder).substr(0, folder.size() - 1));
      if (!folder.ends_with('/') || !table) continue;
      TRY(const auto names, env_.disk.list("sstables/" + folder));
      for (const std::string& name : names)
        if (const auto id = sstable_id_of(name)) TRY_STATUS(look_at(*table, *id));
    }
    return {};
  }

  Status look_at(const TableId& table, FileId id) {
    there_.insert(id);
    newest_ = std::max(newest_, id.raw);
    if (!schema_->table(table)) return leave_out(table, id, "its table was dropped");
    if (dead_.contains(id)) return leave_out(table, id, "it was merged into another file, or truncated");
    auto opened = SstableReader::open(env_.disk, table, id, SstableAccess::background, nullptr);
    // A disk that fails now may show the file at the next start.
    if (!opened && opened.error().code != Errc::corrupt) return fail(opened.error());
    if (!opened) return leave_out(table, id, opened.error().detail);
    found_[id] = {*std::move(opened), table};
    return {};
  }

  Status leave_out(const TableId& table, FileId id, const std::string& why) {
    report_.left_out.push_back(sstable_path(table, id) + ": " + why);
    edit_.removed.push_back(id);
    return {};
  }

  void choose_files() {
    std::set<FileId> replaced;
    for (const auto& [id, found] : found_) {
      const auto& inputs = found.reader->compacted_from();
      const auto is_there = [this](FileId input) { return there_.contains(input); };
      if (!std::ranges::all_of(inputs, is_there)) replaced.insert(inputs.begin(), inputs.end());
    }
    for (const auto& [id, found] : found_) {
      if (replaced.contains(id)) {
        (void)leave_out(found.table, id, "it was merged into another file");
        continue;
      }
      edit_.added.push_back(manifest_file(found.table, *found.reader));
      ++report_.files;
    }
  }

  Task<Status> fill() {
    Bytes schema;
    ByteWriter out(schema);
    encode_schema(*schema_, out);
    if (schema_->version.raw != 0)
      CO_TRY_STATUS(co_await store_->snapshot_catalog({schema_->version, std::move(schema)}));
    CO_TRY_STATUS(co_await store_->edit_manifest(std::move(edit_)));
    CO_TRY(const uint64_t first_file, co_await store_->take_ids("sstable", newest_ + kIdsSkipped));
    CO_TRY(const uint64_t segment, newest_segment());
    CO_TRY(const uint64_t first_segment, co_await store_->take_ids("commit log segments", segment + kIdsSkipped));
    MUST(first_file == 1 && first_segment == 1);
    co_return Status{};
  }

  // A recycled file holds records of its earlier lives: an id given out twice could make them count again.
  Result<uint64_t> newest_segment() const {
    uint64_t newest = newest_segment_;
    TRY(const bool any, env_.disk.exists(std::string(kLogFolder)));
    if (!any) return newest;
    TRY(const auto names, env_.disk.list(std::string(kLogFolder)));
    for (const std::string& name : names)
      if (const auto id = log_segment_of(name)) newest = std::max(newest, id->raw);
    return newest;
  }

  // The old log of SQLite must not stand beside the new database, not even after a power cut in between.
  Status put_in_place() {
    TRY_STATUS(env_.disk.make_directory("quarantine"));
    for (const char* suffix : {"", "-wal"}) {
      const std::string name = std::string(LocalStore::kFile) + suffix;
      TRY(const bool there, env_.disk.exists(name));
      if (there) TRY_STATUS(env_.disk.rename(name, "quarantine/" + name));
    }
    TRY_STATUS(env_.disk.sync_directory("quarantine"));
    TRY_STATUS(env_.disk.sync_directory(""));
    TRY_STATUS(env_.disk.rename(kUnderWay, std::string(LocalStore::kFile)));
    return env_.disk.sync_directory("");
  }

  Env& env_;
  RebuildReport& report_;
  std::unique_ptr<LocalStore> store_;
  SchemaRef schema_ = std::make_shared<Schema>();
  std::map<FileId, Found> found_;
  std::set<FileId> there_, dead_;
  uint64_t newest_ = 0, newest_segment_ = 0;
  ManifestEdit edit_;
};

// Ids are taken from metadata.db, durably, before a file gets one: a file beyond them is from a time that it has forgotten.
class ForgottenFiles {
 public:
  ForgottenFiles(Env& env, LocalStore& store, const Uuid& manifest) : env_(env), store_(store), manifest_(manifest) {}

  Task<Status> refuse() {
    CO_TRY(const uint64_t file, co_await store_.next_id("sstable"));
    CO_TRY(const uint64_t segment, co_await store_.next_id("commit log segments"));
    CO_TRY(const bool known, env_.disk.exists(std::string(SchemaLog::kFile)));
    if (!known) co_return Status{};  // a node without tables, which no rebuild would help
    CO_TRY_STATUS(look_at_segments(segment));
    co_return look_at_sstables(file);
  }

 private:
  std::unexpected<Error> forgotten(const std::string& path) const {
    return fail(Errc::corrupt,
                "metadata.db has lost its last changes, or was put back from a copy: it knows nothing of " + path +
                    ", which this node made");
  }

  Status look_at_segments(uint64_t next) {
    TRY(const auto names, names_in(std::string(kLogFolder)));
    for (const std::string& name : names)
      if (const auto id = log_segment_of(name); id && id->raw >= next) return forgotten(log_segment_path(*id));
    return {};
  }

  // Another node's may be there: only those of this manifest count.
  Status look_at_sstables(uint64_t next) {
    TRY(const auto folders, names_in("sstables"));
    for (const std::string& folder : folders) {
      const auto table = parse_uuid(std::string_view(folder).substr(0, folder.size() - 1));
      if (!folder.ends_with('/') || !table) continue;
      TRY(const auto names, names_in("sstables/" + folder));
      for (const std::string& name : names) {
        const auto id = sstable_id_of(name);
        if (!id || id->raw < next) continue;
        const auto opened = SstableReader::open(env_.disk, *table, *id, SstableAccess::background, nullptr);
        if (opened && (*opened)->manifest() == manifest_) return forgotten(sstable_path(*table, *id));
      }
    }
    return {};
  }

  Result<std::vector<std::string>> names_in(const std::string& folder) const {
    TRY(const bool there, env_.disk.exists(folder));
    if (!there) return std::vector<std::string>{};
    return env_.disk.list(folder);
  }

  Env& env_;
  LocalStore& store_;
  const Uuid manifest_;
};

// What every start reads, so that damage shows here and not later.
Task<Result<std::unique_ptr<LocalStore>>> open_whole(Env& env) {
  CO_TRY(std::unique_ptr<LocalStore> store, co_await LocalStore::open(env));
  const auto manifest = co_await store->manifest();
  const auto prepared = co_await store->prepared_statements();
  Status whole = manifest ? Status{} : fail(manifest.error());
  if (whole && !prepared) whole = fail(prepared.error());
  if (whole) whole = co_await store->check();
  if (whole) {
    ForgottenFiles files(env, *store, manifest->id);
    whole = co_await files.refuse();
  }
  if (whole) co_return std::move(store);
  (void)co_await store->close();
  co_return fail(whole.error());
}

}  // namespace

Task<Result<std::unique_ptr<LocalStore>>> open_or_rebuild(Env& env, RebuildReport& report) {
  auto opened = co_await open_whole(env);
  if (opened || opened.error().code != Errc::corrupt) co_return opened;
  const std::string why = opened.error().detail;
  Rebuild rebuild(env, report);
  if (const Status rebuilt = co_await rebuild.run(); !rebuilt)
    co_return fail(rebuilt.error().code, why + "; " + rebuilt.error().detail);
  report.why = why;
  co_return co_await LocalStore::open(env);
}

}  // namespace ringlet
