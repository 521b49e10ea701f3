#include "core/node/backup_plan.h"

#include <algorithm>
#include <set>

#include "core/data/time_text.h"

namespace ringlet {

std::string utc_text(Timestamp at) { return timestamp_text(at.raw / 1000); }

namespace {

class Plan {
 public:
  Plan(const SnapshotManifest& snapshot, const std::map<uint64_t, BackupRun>& runs, bool undo_losses)
      : snapshot_(snapshot), runs_(runs), undo_losses_(undo_losses) {}

  BackupPlan make() {
    plan_.through = snapshot_.taken_at;
    for (const SnapshotFile& file : snapshot_.files) take(file, 0);
    for (const auto& [name, keyspace] : snapshot_.schema->keyspaces)
      for (const auto& [table_name, table] : keyspace->tables) wanted_.insert(table->id);
    latest_ = snapshot_.schema;
    if (snapshot_.backups.number == 0)
      missing(snapshot_.taken_at, first_after(), "no backups were made when the snapshot was taken");
    follow();
    settle_schema();
    settle_files();
    return std::move(plan_);
  }

 private:
  struct Taken {
    SnapshotFile file;
    uint64_t order;
  };
  struct Mark {
    FlushedThrough what;
    uint64_t order;
    Timestamp at;
  };

  void missing(Timestamp from, Timestamp to, const std::string& why) {
    const std::string end = to == Timestamp{INT64_MAX} ? "on" : " to " + utc_text(to);
    plan_.missing.push_back("what was flushed from " + utc_text(from) + end + " (" + why + ")");
  }

  bool counts(uint64_t number, const BackupRun& run) const {
    if (run.begins().of_restore) return false;
    return snapshot_.backups.number == 0 ? run.records.back().at >= snapshot_.taken_at
                                         : number >= snapshot_.backups.number;
  }
  Timestamp first_after() const {
    for (const auto& [number, run] : runs_)
      if (counts(number, run)) return run.records.front().at;
    return Timestamp{INT64_MAX};
  }

  // In order. `before`: the run that the next one must go on from.
  void follow() {
    const BackupRun* before = nullptr;
    for (const auto& [number, run] : runs_) {
      if (!counts(number, run)) continue;
      check_link(before, run);
      walk(run);
      before = &run;
      ++plan_.runs;
    }
    if (before == nullptr && snapshot_.backups.number != 0)
      missing(snapshot_.taken_at, Timestamp{INT64_MAX}, "the run of backups that began with the snapshot is not there");
  }

  void check_link(const BackupRun* before, const BackupRun& run) {
    const BackupBegins& begins = run.begins();
    const Timestamp until = run.records.front().at;
    if (before == nullptr) {
      if (snapshot_.backups.number != 0 && begins.place != snapshot_.backups)
        missing(snapshot_.taken_at, until, "the run of backups that began with the snapshot is not there");
      return;
    }
    if (begins.previous.number == 0) {
      missing(begins.missing_since.raw == 0 ? before->records.back().at : begins.missing_since, until, begins.why);
    } else if (begins.previous != before->begins().place) {
      missing(before->records.back().at, until, "a run of backups is not there");
    } else if (begins.previous_records != before->records.size()) {
      missing(before->records.back().at, until, "the log of the run before lost its end");
    }
  }

  void walk(const BackupRun& run) {
    for (const BackupRecord& record : run.records) {
      ++order_;
      plan_.through = std::max(plan_.through, record.at);
      if (const auto* schema = std::get_if<SchemaRef>(&record.what)) learn(*schema, record.at);
      if (const auto* file = std::get_if<SnapshotFile>(&record.what)) take(*file, run.begins().place.number);
      if (const auto* mark = std::get_if<FlushedThrough>(&record.what)) marks_.push_back({*mark, order_, record.at});
      if (const auto* place = std::get_if<BackupPlace>(&record.what)) take_restored(*place, record.at);
    }
  }

  void take_restored(const BackupPlace& place, Timestamp at) {
    const auto run = runs_.find(place.number);
    if (run == runs_.end() || run->second.begins().place != place)
      return missing(at, at, "what a restore brought then is not there");
    for (const BackupRecord& record : run->second.records)
      if (const auto* file = std::get_if<SnapshotFile>(&record.what)) take(*file, place.number);
  }

  void take(const SnapshotFile& file, uint64_t run) {
    if (!taken_ids_.insert(file.id).second) return;  // the snapshot has it, too
    taken_.push_back({file, order_});
    taken_.back().file.run = run;
  }

  // Every table as it was last; of those that the snapshot has not, where it was of everything, what was made since.
  void learn(const SchemaRef& schema, Timestamp at) {
    for (const auto& [name, keyspace] : schema->keyspaces)
      for (const auto& [table_name, table] : keyspace->tables) {
        if (snapshot_.whole) wanted_.insert(table->id);
        seen_[table->id] = {table, keyspace};
      }
    for (const TableId& id : wanted_)
      if (!schema->table(id)) dropped_at_.try_emplace(id, at);
    latest_ = schema;
  }

  void settle_schema() {
    auto schema = std::make_shared<Schema>();
    schema->version = latest_->version;
    for (const bool gone : {false, true})  // one that is there has its name
      for (const TableId& id : wanted_) {
        const bool is_gone = !latest_->table(id);
        if (is_gone == gone) add_table(*schema, id, is_gone);
      }
    plan_.merged = snapshot_;
    plan_.merged.files.clear();
    plan_.merged.schema = std::move(schema);
  }

  void add_table(Schema& schema, const TableId& id, bool is_gone) {
    const auto seen = seen_.find(id);
    const TableRef table = seen != seen_.end() ? seen->second.first : snapshot_.schema->table(id);
    const KeyspaceRef home = seen != seen_.end() ? seen->second.second : snapshot_.schema->keyspace(table->keyspace);
    const bool taken = schema.table(table->keyspace, table->name) != nullptr;
    if (is_gone && (!undo_losses_ || taken)) {
      plan_.left_out.push_back(table->keyspace + "." + table->name + " was dropped" +
                               (dropped_at_.contains(id) ? " before " + utc_text(dropped_at_[id]) : ""));
      return;
    }
    KeyspaceRef& slot = schema.keyspaces[table->keyspace];
    auto keyspace = std::make_shared<Keyspace>(slot ? *slot : *home);
    if (!slot) keyspace->tables.clear();
    keyspace->tables[table->name] = table;
    slot = std::move(keyspace);
  }

  bool is_truncated(const Taken& taken) const {
    std::map<uint16_t, std::set<uint16_t>> shards;  // by how many there were
    for (const Mark& mark : marks_) {
      if (mark.what.table != taken.file.table || mark.order <= taken.order) continue;
      if (mark.what.shard_count == taken.file.shard_count && mark.what.shard == taken.file.shard) return true;
      auto& of_count = shards[mark.what.shard_count];
      of_count.insert(mark.what.shard);
      if (of_count.size() == mark.what.shard_count) return true;
    }
    return false;
  }

  void settle_files() {
    std::set<TableId> told;
    for (const Taken& taken : taken_) {
      const TableRef table = plan_.merged.schema->table(taken.file.table);
      if (!table) continue;
      if (undo_losses_ || !is_truncated(taken)) {
        plan_.merged.files.push_back(taken.file);
      } else if (told.insert(table->id).second) {
        const auto last = std::ranges::find_if(marks_.rbegin(), marks_.rend(),
                                               [&](const Mark& mark) { return mark.what.table == table->id; });
        plan_.left_out.push_back(table->keyspace + "." + table->name + " was truncated at " + utc_text(last->at) +
                                 ": what it held before is not restored");
      }
    }
  }

  const SnapshotManifest& snapshot_;
  const std::map<uint64_t, BackupRun>& runs_;
  const bool undo_losses_;
  BackupPlan plan_;
  uint64_t order_ = 0;
  std::vector<Taken> taken_;
  std::set<FileId> taken_ids_;
  std::vector<Mark> marks_;
  std::set<TableId> wanted_;
  std::map<TableId, std::pair<TableRef, KeyspaceRef>> seen_;
  std::map<TableId, Timestamp> dropped_at_;
  SchemaRef latest_;
};

}  // namespace

BackupPlan plan_backups(const SnapshotManifest& snapshot, const std::map<uint64_t, BackupRun>& runs, bool undo_losses) {
  return Plan(snapshot, runs, undo_losses).make();
}

}  // namespace ringlet
