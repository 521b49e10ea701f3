#include "core/node/backup_plan.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace ringlet {
namespace {

TableId table_id(uint8_t number) {
  TableId id;
  id.raw[15] = number;
  return id;
}

SchemaRef schema_of(std::vector<std::pair<std::string, uint8_t>> tables, uint64_t version = 1) {
  auto keyspace = std::make_shared<Keyspace>();
  keyspace->name = "k";
  for (const auto& [name, number] : tables) {
    auto table = std::make_shared<Table>();
    table->id = table_id(number);
    table->keyspace = "k";
    table->name = name;
    keyspace->tables[name] = table;
  }
  auto schema = std::make_shared<Schema>();
  schema->version = SchemaVersion{version};
  schema->keyspaces["k"] = keyspace;
  return schema;
}

SnapshotFile file(uint8_t table, uint64_t id, uint16_t shard = 0, uint16_t count = 1) {
  SnapshotFile one;
  one.table = table_id(table);
  one.id = FileId{id};
  one.shard = shard;
  one.shard_count = count;
  return one;
}

FlushedThrough truncation(uint8_t table, uint16_t shard = 0, uint16_t count = 1) {
  return {table_id(table), shard, count, 1, 1};
}

// Table 1 is t, with file 10.
SnapshotManifest snapshot() {
  return {Timestamp{1000}, 1, true, {5, table_id(105)}, schema_of({{"t", 1}}), {file(1, 10)}};
}

struct Runs {
  std::map<uint64_t, BackupRun> runs;
  int64_t clock = 1000000000;

  BackupBegins begins(uint8_t number) {
    BackupBegins b;
    b.place = {number, table_id(static_cast<uint8_t>(100 + number))};
    return b;
  }
  void add(BackupBegins b, std::vector<BackupEvent> events) {
    BackupRun& run = runs[b.place.number];
    run.records.push_back({Timestamp{clock += 1000000}, b});
    run.records.push_back({Timestamp{clock += 1000000}, schema_of({{"t", 1}})});
    for (BackupEvent& event : events) run.records.push_back({Timestamp{clock += 1000000}, std::move(event)});
  }
  BackupBegins after(uint8_t number) {
    BackupBegins b = begins(number);
    const BackupRun& last = runs.rbegin()->second;
    b.previous = last.begins().place;
    b.previous_records = last.records.size();
    return b;
  }
};

std::vector<uint64_t> ids(const BackupPlan& plan) {
  std::vector<uint64_t> found;
  for (const SnapshotFile& one : plan.merged.files) found.push_back(one.id.raw);
  std::ranges::sort(found);
  return found;
}
using Ids = std::vector<uint64_t>;

}  // namespace

TEST_SUITE("backup_plan") {
  TEST_CASE("the files of all runs since the snapshot are added, each with where it lies, and none twice") {
    Runs all;
    all.add(all.begins(5), {file(1, 10), file(1, 11)});
    all.add(all.after(6), {file(1, 12)});
    const BackupPlan plan = plan_backups(snapshot(), all.runs, false);
    CHECK(plan.missing.empty());
    CHECK(plan.left_out.empty());
    CHECK_EQ(ids(plan), Ids{10, 11, 12});
    CHECK_EQ(plan.merged.files[0].run, 0);
    CHECK_EQ(plan.merged.files[1].run, 5);
    CHECK_EQ(plan.merged.files[2].run, 6);
    CHECK_EQ(plan.through, Timestamp{all.clock});
    CHECK_EQ(plan.runs, 2);
  }

  TEST_CASE("runs from before the snapshot count for nothing") {
    Runs all;
    all.add(all.begins(4), {file(1, 9)});
    all.add(all.after(5), {file(1, 11)});
    const BackupPlan plan = plan_backups(snapshot(), all.runs, false);
    CHECK(plan.missing.empty());
    CHECK_EQ(ids(plan), Ids{10, 11});
  }

  TEST_CASE("a gap is told with its times and its reason") {
    Runs all;
    all.add(all.begins(5), {file(1, 11)});
    BackupBegins later = all.begins(6);
    later.missing_since = Timestamp{2000000000};
    later.why = "they were switched off";
    all.add(later, {file(1, 12)});
    const BackupPlan plan = plan_backups(snapshot(), all.runs, false);
    REQUIRE_EQ(plan.missing.size(), 1);
    CHECK_NE(plan.missing[0].find("1970-01-01 00:33:20"), std::string::npos);
    CHECK_NE(plan.missing[0].find("they were switched off"), std::string::npos);
    CHECK_EQ(ids(plan), Ids{10, 11, 12});
  }

  TEST_CASE("a run that is not there, at the beginning, between or at all, is missed; so is the lost end of a log") {
    Runs all;
    all.add(all.begins(5), {file(1, 11)});
    all.add(all.after(6), {file(1, 12)});
    all.add(all.after(7), {file(1, 13)});
    CHECK(plan_backups(snapshot(), all.runs, false).missing.empty());
    for (const uint64_t gone : {5, 6}) {
      auto runs = all.runs;
      runs.erase(gone);
      CHECK_EQ(plan_backups(snapshot(), runs, false).missing.size(), 1);
    }
    auto runs = all.runs;
    runs.at(6).records.pop_back();
    CHECK_EQ(plan_backups(snapshot(), runs, false).missing.size(), 1);
    CHECK_EQ(plan_backups(snapshot(), {}, false).missing.size(), 1);
    SnapshotManifest without = snapshot();
    without.backups = {};
    CHECK_EQ(plan_backups(without, all.runs, false).missing.size(), 1);
    SnapshotManifest of_another_node = snapshot();
    of_another_node.backups.id = table_id(99);
    CHECK_EQ(plan_backups(of_another_node, all.runs, false).missing.size(), 1);
  }

  TEST_CASE("what a table held before TRUNCATE is left out, and said; asked for, it comes") {
    Runs all;
    all.add(all.begins(5), {file(1, 11), truncation(1), file(1, 12)});
    const BackupPlan plan = plan_backups(snapshot(), all.runs, false);
    CHECK_EQ(ids(plan), Ids{12});
    REQUIRE_EQ(plan.left_out.size(), 1);
    CHECK_NE(plan.left_out[0].find("k.t was truncated"), std::string::npos);
    CHECK_EQ(ids(plan_backups(snapshot(), all.runs, true)), Ids{10, 11, 12});
  }

  TEST_CASE("a truncation that reached one shard of two hides the files of that one; both together hide all") {
    Runs half, whole;
    half.add(half.begins(5), {file(1, 11, 0, 2), file(1, 12, 1, 2), truncation(1, 0, 2), file(1, 13, 0, 2)});
    CHECK_EQ(ids(plan_backups(snapshot(), half.runs, false)), Ids{10, 12, 13});
    whole.add(whole.begins(5), {file(1, 11, 0, 2), file(1, 12, 1, 2), truncation(1, 0, 2), truncation(1, 1, 2)});
    CHECK_EQ(ids(plan_backups(snapshot(), whole.runs, false)), Ids{});
  }

  TEST_CASE("a table that was dropped is left out, one that was made is there, under the last schema") {
    Runs all;
    all.add(all.begins(5), {schema_of({{"t", 1}, {"new", 2}}, 2), file(2, 11), schema_of({{"new", 2}}, 3)});
    const BackupPlan plan = plan_backups(snapshot(), all.runs, false);
    CHECK_EQ(ids(plan), Ids{11});
    CHECK_EQ(plan.merged.schema->table("k", "t"), nullptr);
    REQUIRE(plan.merged.schema->table("k", "new"));
    CHECK_EQ(plan.left_out.size(), 1);
    const BackupPlan undone = plan_backups(snapshot(), all.runs, true);
    CHECK_EQ(ids(undone), Ids{10, 11});
    CHECK(undone.merged.schema->table("k", "t"));
  }

  TEST_CASE("a snapshot of some tables gets no others") {
    Runs all;
    all.add(all.begins(5), {schema_of({{"t", 1}, {"new", 2}}, 2), file(2, 11), file(1, 12)});
    SnapshotManifest some = snapshot();
    some.whole = false;
    const BackupPlan plan = plan_backups(some, all.runs, false);
    CHECK_EQ(ids(plan), Ids{10, 12});
    CHECK_EQ(plan.merged.schema->table("k", "new"), nullptr);
  }

  TEST_CASE("a table that was dropped and made anew under its name is the new one, whatever is asked for") {
    Runs all;
    all.add(all.begins(5), {schema_of({{"t", 2}}, 3), file(2, 11)});
    for (const bool undo : {false, true}) {
      const BackupPlan plan = plan_backups(snapshot(), all.runs, undo);
      CHECK_EQ(ids(plan), Ids{11});
      CHECK_EQ(plan.merged.schema->table("k", "t")->id, table_id(2));
      CHECK_EQ(plan.left_out.size(), 1);
    }
  }

  TEST_CASE("what a restore brought counts from where the log tells of it, and is missed where it is gone") {
    Runs all;
    BackupBegins restored = all.begins(6);
    restored.of_restore = true;
    all.add(restored, {file(1, 20)});
    all.add(all.begins(5), {file(1, 11)});
    CHECK_EQ(ids(plan_backups(snapshot(), all.runs, false)), Ids{10, 11});
    all.runs.at(5).records.push_back({Timestamp{1}, restored.place});
    CHECK_EQ(ids(plan_backups(snapshot(), all.runs, false)), Ids{10, 11, 20});
    all.runs.erase(6);
    CHECK_EQ(plan_backups(snapshot(), all.runs, false).missing.size(), 1);
  }
}

}  // namespace ringlet
