#include "core/node/backups.h"

#include <algorithm>
#include <set>

#include "core/node/auto_snapshots.h"
#include "core/node/snapshot_folder.h"

namespace ringlet {
namespace {

constexpr Duration kLookEvery = seconds(10);
constexpr const char* kSwitch = "incremental-backups";
constexpr const char* kRestored = "backup-restored";  // the number of the run of the last restore that was committed

std::string broken_key(const BackupPlace& run) { return "backup-broken-" + std::to_string(run.number); }

Bytes encode_broken(Timestamp since, const std::string& why) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.big<int64_t>(since.raw);
  out.bytes(why);
  return bytes;
}

SnapshotFile snapshot_file(const ManifestFile& file) {
  return {
      .table = file.table, .id = file.id, .bytes = file.bytes, .shard = file.shard, .shard_count = file.shard_count};
}

LogPosition position_of(const FlushedThrough& note) { return {SegmentId{note.segment}, note.offset}; }

}  // namespace

// --- start --------------------------------------------------------------------------------------------------------------

Task<Status> Backups::open(ManifestState manifest, SchemaRef schema, uint16_t shards, std::optional<bool> wanted) {
  manifest_ = manifest.id;
  shards_ = shards;
  schema_ = std::move(schema);
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  const Status opened = co_await open_here(manifest, wanted);
  co_await home.hop();
  co_return opened;
}

Task<Status> Backups::open_here(const ManifestState& manifest, std::optional<bool> wanted) {
  CO_TRY_STATUS(clear_half_backup_runs(env_.disk));
  CO_TRY(const auto switched, co_await local_.setting(kSwitch));
  on_ = wanted.value_or(switched && *switched == "on");
  if (on_ != (switched && *switched == "on")) CO_TRY_STATUS(co_await local_.set_setting(kSwitch, on_ ? "on" : "off"));
  if (on_) CO_TRY_STATUS(env_.disk.sync_directory(""));  // backups/ may be new
  CO_TRY_STATUS(co_await go_on_from_last(manifest));
  for (const FlushedThrough& note : manifest.flushed)
    if (note.shard_count == 0) truncated_[{note.table, note.shard}] = note;
  if (!on_ && !broken_known_) {
    why_ = "they were switched off";
    CO_TRY_STATUS(co_await make_known());
  }
  if (on_ && !writer_) co_await begin_after_gap();
  co_return Status{};
}

// Runs of restores stand between.
Result<std::optional<BackupRun>> Backups::find_last_run(const std::vector<uint64_t>& numbers) {
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    last_ = {*number, {}};
    TRY(BackupRun run, read_backup_run(env_.disk, kBackupsFolder, *number));
    last_ = run.begins().place;
    if (!run.begins().of_restore) return run;
  }
  last_ = {};
  return std::nullopt;
}

// What ended the last run that there is, if anything; where nothing did, and they are on, the next one goes on from it.
Task<Status> Backups::go_on_from_last(const ManifestState& manifest) {
  CO_TRY(const auto numbers, backup_run_numbers(env_.disk, kBackupsFolder));
  const auto run = find_last_run(numbers);
  why_ = "they were switched on";
  if (last_.number == 0) co_return Status{};
  CO_TRY(const auto broken, co_await local_.setting(broken_key(last_)));
  if (broken && broken->size() >= 8) {
    since_ = Timestamp{load_big<int64_t>(broken->data())};
    why_ = broken->substr(8);
    co_return Status{};
  }
  broken_known_ = false;
  why_ = run ? "metadata.db was made anew" : run.error().detail;
  if (!run) co_return Status{};
  since_ = (*run)->records.back().at;
  if ((*run)->begins().manifest != manifest.id || !on_) co_return Status{};
  Status begun;
  const auto taken_over = co_await take_over(**run, manifest);
  if (taken_over) {
    since_ = (*run)->records.front().at;
    begun = co_await begin_run(taken_over->records);
  }
  why_ = !taken_over ? taken_over.error().detail : begun ? "" : begun.error().detail;
  if (!writer_) co_return Status{};
  for (const BackupEvent& event : taken_over->unmarked)
    if (!co_await append_or_break(event)) co_return Status{};  // the state tells
  co_return co_await local_.set_setting(kRestored, {});
}

// What a crash kept from being noted of the last run: links without a record, truncations, a restore that was committed.
Task<Result<Backups::TakenOver>> Backups::take_over(const BackupRun& run, const ManifestState& manifest) {
  CO_TRY_STATUS(settle_backup_run(env_.disk, last_.number, run));
  TakenOver found{.records = run.records.size()};
  std::set<FileId> recorded, live;
  std::set<uint64_t> restored;
  for (const FlushedThrough& note : run.begins().truncated) truncated_[{note.table, note.shard}] = note;
  for (const BackupRecord& record : run.records) {
    if (const auto* file = std::get_if<SnapshotFile>(&record.what)) recorded.insert(file->id);
    if (const auto* note = std::get_if<FlushedThrough>(&record.what)) truncated_[{note->table, note->shard}] = *note;
    if (const auto* other = std::get_if<BackupPlace>(&record.what)) restored.insert(other->number);
  }
  for (const ManifestFile& file : manifest.live) live.insert(file.id);
  CO_TRY(const auto there, files_in_backup_run(env_.disk, kBackupsFolder, last_.number));
  for (const auto& [id, path] : there) {
    if (recorded.contains(id)) continue;
    if (live.contains(id)) co_return fail(Errc::corrupt, path + " is not in the log beside it, which must be damaged");
    CO_TRY_STATUS(env_.disk.remove(path));  // its flush was cut off, and is made again
  }
  for (FlushedThrough note : manifest.flushed) {
    if (note.shard_count != 0) continue;
    const auto known = truncated_.find({note.table, note.shard});
    if (known != truncated_.end() && position_of(note) <= position_of(known->second)) continue;
    note.shard_count = run.begins().shards;
    found.unmarked.emplace_back(note);
  }
  CO_TRY(const auto committed, co_await local_.setting(kRestored));
  CO_TRY(const auto numbers, backup_run_numbers(env_.disk, kBackupsFolder));
  for (const uint64_t number : numbers) {
    if (number <= last_.number || restored.contains(number)) continue;
    CO_TRY(const BackupRun other, read_backup_run(env_.disk, kBackupsFolder, number));
    if (committed && *committed == std::to_string(number))
      found.unmarked.emplace_back(other.begins().place);
    else
      CO_TRY_STATUS(remove_backup_run(env_.disk, number));
  }
  co_return found;
}

// --- runs ---------------------------------------------------------------------------------------------------------------

Status Backups::room_for_more() {
  TRY(const DiskSpace space, env_.disk.space());
  if (!is_short_of_space(space)) return {};
  return fail(Errc::no_space, "the disk is short of space (less than an eighth of it is free)");
}

Task<Result<BackupPlace>> Backups::next_place() {
  CO_TRY(const auto there, backup_run_numbers(env_.disk, kBackupsFolder));
  BackupPlace place;
  while (place.number <= std::max(last_.number, there.empty() ? 0 : there.back())) {
    CO_TRY(place.number, co_await local_.take_ids("backup run", 1));
  }
  const auto dice = env_.rng.stream("backup run");
  const uint64_t high = dice->next(), low = dice->next();
  place.id = random_uuid(high, low);
  co_return place;
}

BackupBegins Backups::begins_at(const BackupPlace& place) const {
  BackupBegins begins;
  begins.place = place;
  begins.manifest = manifest_;
  begins.shards = shards_;
  return begins;
}

// `records_of_last`: nothing is missing since the last run, which has so many. Where one is being written it goes on from that.
Task<Status> Backups::begin_run(std::optional<uint64_t> records_of_last) {
  CO_TRY_STATUS(room_for_more());
  const bool rolls = writer_ != nullptr;
  CO_TRY(const BackupPlace place, co_await next_place());
  // No suspension from here on: what is linked from now on is linked into the new one.
  if (rolls && !writer_) co_return fail(Errc::cancelled, "the run before ended meanwhile");
  if (rolls) records_of_last = writer_->records();
  BackupBegins begins = begins_at(place);
  if (records_of_last) {
    begins.previous = last_;
    begins.previous_records = *records_of_last;
  } else {
    begins.missing_since = since_;
    begins.why = why_;
  }
  for (const auto& [key, note] : truncated_)
    if (schema_->table(note.table)) begins.truncated.push_back(note);
  const std::vector<BackupRecord> first = {{now(), std::move(begins)}, {now(), schema_}};
  CO_TRY(writer_, BackupWriter::begin(env_.disk, first));
  written_schema_ = schema_->version;
  last_ = place;
  broken_known_ = false;
  if (!records_of_last) since_ = now();
  why_.clear();
  waits_.clear();
  co_return Status{};
}

// Not now where it cannot be: keep_on() tries again.
Task<void> Backups::begin_after_gap() {
  if (!on_ || writer_) co_return;
  Status begun;
  if (last_.number != 0) begun = co_await make_known();
  if (begun) begun = co_await begin_run({});
  if (!begun) waits_ = begun.error().detail;
}

void Backups::break_run(const std::string& why) {
  writer_.reset();
  since_ = now();
  why_ = why;
  warn_(
      "incremental backups stop: " + why +
      ". They begin again as soon as they can; take a snapshot then, for what is flushed meanwhile is in none of them");
}

// From then on nothing that is committed has to say so.
Task<Status> Backups::make_known() {
  if (broken_known_) co_return Status{};
  const BackupPlace run = last_;
  Bytes broken = encode_broken(since_, why_);
  CO_TRY_STATUS(co_await local_.set_setting(broken_key(run), std::move(broken)));
  if (last_ == run && !writer_) broken_known_ = true;
  co_return Status{};
}

Task<void> Backups::keep_on() {
  Executor& home = *Executor::current();
  while (!stopping_) {
    co_await env_.background.hop();
    co_await one_at_a_time_.acquire();
    co_await begin_after_gap();
    one_at_a_time_.release();
    co_await home.hop();
    if (!stopping_) co_await stopped_.wait_until(env_.clock.now() + kLookEvery);
  }
}

void Backups::stop() {
  stopping_ = true;
  stopped_.notify_all();
}

Task<Status> Backups::switch_to(bool on) {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  co_await one_at_a_time_.acquire();
  const Status switched = co_await switch_here(on);
  one_at_a_time_.release();
  co_await home.hop();
  co_return switched;
}

Task<Status> Backups::switch_here(bool on) {
  CO_TRY_STATUS(co_await local_.set_setting(kSwitch, on ? "on" : "off"));
  if (!on && on_) {
    on_ = false;
    const bool was_whole = writer_ != nullptr;
    writer_.reset();
    if (was_whole) since_ = now();
    why_ = "they were switched off";
    co_return co_await make_known();
  }
  on_ = on;
  co_await begin_after_gap();
  if (on && !writer_) co_return fail(Errc::no_space, "backups are on, and wait: " + waits_);
  co_return Status{};
}

Task<BackupPlace> Backups::begin_next_run() {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  co_await one_at_a_time_.acquire();
  BackupPlace begun;
  if (writer_ && co_await begin_run({}) && writer_) begun = writer_->place();
  one_at_a_time_.release();
  co_await home.hop();
  co_return begun;
}

// --- what happens to tables -----------------------------------------------------------------------------------------------

// Tables of the system's own are in no snapshot either; one that is gone is not missed.
std::vector<std::pair<std::string, Bytes>> Backups::keep(const ManifestFile& file) {
  if (!schema_->table(file.table)) return {};
  if (writer_) {
    SnapshotFile entry = snapshot_file(file);
    Status kept = room_for_more();
    if (kept) kept = read_into(entry);
    if (kept) kept = write_schema();
    if (kept) kept = writer_->link(entry, now());
    if (kept) return {};
    break_run(kept.error().detail);
  }
  if (broken_known_) return {};
  return {{broken_key(last_), encode_broken(since_, why_)}};
}

Status Backups::write_schema() {
  if (schema_->version == written_schema_) return {};
  TRY_STATUS(writer_->append({now(), schema_}));
  written_schema_ = schema_->version;
  return {};
}

Status Backups::read_into(SnapshotFile& file) {
  TRY(file.footer_hash, read_footer_hash(env_.disk, sstable_path(file.table, file.id), file.bytes));
  return {};
}

Task<Status> Backups::append_or_break(BackupEvent event) {
  if (!writer_) co_return Status{};
  const Status appended = writer_->append({now(), std::move(event)});
  if (appended) co_return Status{};
  break_run(appended.error().detail);
  co_return co_await make_known();
}

Result<BackupPlace> Backups::link_restored(const BackupPlace& place, const std::vector<ManifestFile>& files) {
  BackupBegins begins = begins_at(place);
  begins.of_restore = true;
  TRY_STATUS(room_for_more());
  const std::vector<BackupRecord> first = {{now(), std::move(begins)}, {now(), schema_}};
  TRY(const auto run, BackupWriter::begin(env_.disk, first));
  for (const ManifestFile& file : files) {
    SnapshotFile entry = snapshot_file(file);
    TRY_STATUS(read_into(entry));
    TRY_STATUS(run->link(entry, now()));
  }
  return place;
}

// In a run of their own: of a restore that is not committed nothing may count.
Task<BackupPlace> Backups::keep_restored(std::vector<ManifestFile> files,
                                         std::vector<std::pair<std::string, Bytes>>& settings) {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  BackupPlace linked;
  if (writer_) {
    const auto place = co_await next_place();
    const auto done = place ? link_restored(*place, files) : fail(place.error());
    if (done)
      linked = *done;
    else if (writer_)
      break_run(done.error().detail);
  }
  if (linked.number != 0) settings.emplace_back(kRestored, std::to_string(linked.number));
  if (linked.number == 0 && !broken_known_) settings.emplace_back(broken_key(last_), encode_broken(since_, why_));
  co_await home.hop();
  co_return linked;
}

Task<Status> Backups::restored(BackupPlace run, bool committed) {
  if (run.number == 0) co_return Status{};
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  Status noted;
  if (!committed) {
    (void)remove_backup_run(env_.disk, run.number);  // else the next start does
  } else {
    if (writer_)
      if (const Status written = write_schema(); !written) break_run(written.error().detail);
    if (!broken_known_ && !writer_) noted = co_await make_known();
    if (noted) noted = co_await append_or_break(run);
    if (noted) noted = co_await local_.set_setting(kRestored, {});
  }
  co_await home.hop();
  co_return noted;
}

Task<Status> Backups::truncated(FlushedThrough note) {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  truncated_[{note.table, note.shard}] = note;
  const Status noted = co_await append_or_break(note);
  co_await home.hop();
  co_return noted;
}

Task<Status> Backups::schema_changes(SchemaRef after) {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  bool drops = false;
  for (const auto& [name, keyspace] : schema_->keyspaces)
    for (const auto& [table_name, table] : keyspace->tables) drops = drops || !after->table(table->id);
  schema_ = std::move(after);
  Status noted;
  if (drops && writer_) {
    written_schema_ = schema_->version;
    noted = co_await append_or_break(schema_);
  }
  co_await home.hop();
  co_return noted;
}

// --- what there is ----------------------------------------------------------------------------------------------------------

namespace {

BackupRunReport report_of(Disk& disk, uint64_t number, const std::set<FileId>& live, BackupReport& sum) {
  BackupRunReport line{.number = number};
  const auto run = read_backup_run(disk, kBackupsFolder, number);
  if (!run) {
    line.damage = run.error().detail;
    return line;
  }
  const BackupBegins& begins = run->begins();
  line.began = run->records.front().at;
  line.last = run->records.back().at;
  line.goes_on = begins.previous.number != 0;
  line.of_restore = begins.of_restore;
  line.missing_since = begins.missing_since;
  line.why = begins.why;
  for (const BackupRecord& record : run->records) {
    const auto* file = std::get_if<SnapshotFile>(&record.what);
    if (file == nullptr) continue;
    ++line.files;
    line.bytes += file->bytes;
    if (live.contains(file->id)) continue;
    ++sum.held_files;
    sum.held_bytes += file->bytes;
  }
  sum.files += line.files;
  sum.bytes += line.bytes;
  return line;
}

}  // namespace

Task<BackupState> Backups::state() {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  BackupState now{on_, writer_ != nullptr, last_, since_, why_};
  if (!waits_.empty()) now.why += "; they cannot begin again: " + waits_;
  co_await home.hop();
  co_return now;
}

Task<Result<BackupReport>> Backups::report() {
  CO_TRY(const ManifestState manifest, co_await local_.manifest());
  std::set<FileId> live;
  for (const ManifestFile& file : manifest.live) live.insert(file.id);
  BackupReport all;
  all.state = co_await state();
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  const auto numbers = backup_run_numbers(env_.disk, kBackupsFolder);
  for (size_t i = 0; numbers && i < numbers->size(); ++i) {
    all.runs.push_back(report_of(env_.disk, (*numbers)[i], live, all));
    co_await env_.background.yield_if_due();
  }
  co_await home.hop();
  if (!numbers) co_return fail(numbers.error());
  co_return all;
}

Task<Result<uint64_t>> Backups::clear(uint64_t before) {
  if (before == 0) before = (co_await begin_next_run()).number;
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  if (before == 0) before = last_.number + 1;  // nothing is linked now
  uint64_t gone = 0;
  Status cleared;
  const auto numbers = backup_run_numbers(env_.disk, kBackupsFolder);
  if (!numbers) cleared = fail(numbers.error());
  for (size_t i = 0; cleared && i < numbers->size(); ++i) {
    if ((*numbers)[i] >= before || (writer_ && (*numbers)[i] == last_.number)) continue;
    cleared = remove_backup_run(env_.disk, (*numbers)[i]);
    gone += cleared ? 1 : 0;
    co_await env_.background.yield_if_due();
  }
  co_await home.hop();
  if (!cleared) co_return fail(cleared.error());
  co_return gone;
}

}  // namespace ringlet
