#include "core/storage/compaction_run.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "core/data/reconcile.h"
#include "core/storage/compaction_input.h"
#include "core/storage/compaction_levels.h"
#include "core/storage/merge_stream.h"
#include "core/storage/tombstone_gc.h"
#include "tests/unit/storage/fragment_kit.h"
#include "tests/unit/storage/memory_disk.h"

namespace ringlet::testing {
namespace {

const TableRef kTable = sample_table();

class StillClock final : public Clock {
 public:
  Instant now() const override { return {}; }
  Timestamp wall() const override { return Timestamp{0}; }
  uint64_t boot() const override { return 1; }
};

SstableStatistics write_file(MemoryDisk& disk, FileId id, const std::vector<OwnedFragment>& fragments) {
  SstableOptions options;
  options.id = id;
  options.block_bytes = 400;
  auto writer = SstableWriter::create(disk, kTable, options);
  REQUIRE(writer);
  for (const OwnedFragment& f : fragments) REQUIRE((*writer)->add(f.view()));
  auto done = (*writer)->finish();
  REQUIRE(done);
  return *done;
}

std::vector<OwnedFragment> read_file(MemoryDisk& disk, FileId id) {
  auto reader = SstableReader::open(disk, kTable->id, id, SstableAccess::background, nullptr);
  REQUIRE(reader);
  const Status verified = (*reader)->verify();
  if (!verified) FAIL(verified.error().detail);
  const ReadRange everything;
  const auto stream = (*reader)->stream(everything);
  return drain(*stream);
}

Task<void> compact_into(Disk& disk, const Clock& clock, CompactionWork work, Result<CompactionResult>& result) {
  result = co_await run_compaction(disk, clock, std::move(work));
}
Result<CompactionResult> compact(Disk& disk, CompactionWork work) {
  static const StillClock clock;
  Result<CompactionResult> result;
  run_now(compact_into(disk, clock, std::move(work), result));
  return result;
}

CompactionWork work_on(std::vector<FileId> inputs) {
  CompactionWork work;
  work.table = kTable;
  work.inputs = std::move(inputs);
  work.output.block_bytes = 300;
  for (uint64_t i = 0; i < 200; ++i) work.output_ids.push_back(FileId{100 + i});
  work.now = Seconds{0};
  work.gc_before = Seconds{INT64_MIN};
  return work;
}

std::unique_ptr<FragmentStream> union_of(const std::vector<std::vector<OwnedFragment>>& files) {
  std::vector<std::unique_ptr<FragmentStream>> streams;
  for (const auto& file : files) streams.push_back(std::make_unique<VectorStream>(file));
  streams.push_back(std::make_unique<VectorStream>(std::vector<OwnedFragment>{}));
  return streams.size() == 2 ? apply_own_deletions(std::move(streams.front()), false)
                             : merge_streams(std::move(streams), false);
}

// What a client would see: live rows, and their live cells.
std::vector<std::string> visible(const std::vector<std::vector<OwnedFragment>>& files, Seconds now) {
  std::vector<std::string> out;
  const auto merged = union_of(files);
  for (const OwnedFragment& f : drain(*merged)) {
    if (f.row.empty() || !row_is_live(f.row, now)) continue;
    std::string line = to_hex(f.prefix) + "/" + to_hex(f.position) + ":";
    RowReader reader(f.row);
    if (reader.liveness().live_at(now)) line += " row";
    for (CellView cell; reader.next(cell);) {
      if (cell.live_at(now))
        line +=
            " " + std::to_string(cell.column.raw) + "=" + std::string(cell.value) + "@" + std::to_string(cell.at.raw);
    }
    out.push_back(line);
  }
  return out;
}

}  // namespace

TEST_SUITE("compaction_run") {
  TEST_CASE("no merge and no purge changes what a client sees, whatever else there is") {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      std::mt19937_64 dice(seed);
      MemoryDisk disk;
      std::vector<FileId> inputs;
      std::vector<std::vector<OwnedFragment>> before, after;
      CompactionWork work = work_on({});
      const uint64_t count = dice() % 4 + 1;
      for (uint64_t i = 1; i <= count + 2; ++i) {
        const auto fragments = fragments_of(random_model(dice, {}), dice() % 2 == 0);
        before.push_back(fragments);
        if (i <= count) {
          write_file(disk, FileId{i}, fragments);
          work.inputs.push_back(FileId{i});
        } else {
          const SstableStatistics s = write_file(disk, FileId{i}, fragments);
          work.elsewhere.push_back({s.first_prefix, s.last_prefix, s.min_timestamp});
          after.push_back(fragments);
        }
      }
      work.now = Seconds{static_cast<int64_t>(dice() % 120)};
      work.gc_before = Seconds{static_cast<int64_t>(dice() % 120)};
      work.parts = dice() % 3 == 0 ? 8 : 1;
      const auto result = compact(disk, work);
      if (!result) FAIL(result.error().detail);
      Bytes last;
      for (const CompactionOutput& output : result->outputs) {
        CHECK_GT(output.statistics.first_prefix, last);
        last = output.statistics.last_prefix;
        after.push_back(read_file(disk, output.id));
      }
      const auto expected = visible(before, work.now), got = visible(after, work.now);
      for (size_t i = 0; i < std::min(got.size(), expected.size()); ++i) REQUIRE_EQ(got[i], expected[i]);
      REQUIRE_EQ(got.size(), expected.size());
    }
  }

  TEST_CASE("deletions past their grace go, and take the partition with them when it was all there was") {
    Bytes prefix;
    append_partition_prefix(token_of("k"), "k", prefix);
    PartitionModel partition;
    partition.deletion = {Timestamp{10}, Seconds{10}};
    partition.ranges.push_back({Slice{Bytes("\x02", 1), Bytes("\x03", 1)}, {Timestamp{11}, Seconds{11}}});
    std::vector<OwnedFragment> fragments;
    partition.fragments(prefix, true, fragments);
    MemoryDisk disk;
    write_file(disk, FileId{1}, fragments);
    CompactionWork work = work_on({FileId{1}});
    work.gc_before = Seconds{12};
    SUBCASE("nothing is left, not even a file") {
      CHECK(compact(disk, work).value().outputs.empty());
      CHECK_EQ(disk.files.size(), 1);
    }
    SUBCASE("not within the grace") {
      work.gc_before = Seconds{11};
      CHECK_EQ(read_file(disk, compact(disk, work).value().outputs.at(0).id).size(),
               3);  // partition, the range's two ends
    }
    SUBCASE("not while a memtable may hold what they hide") {
      work.purge_below = Timestamp{11};
      const auto left = read_file(disk, compact(disk, work).value().outputs.at(0).id);
      CHECK_EQ(left.size(), 3);
      CHECK(left[0].deletion.none());
    }
    SUBCASE("not while another file may, if it reaches this partition") {
      work.elsewhere.push_back({Bytes("\x00", 1), Bytes("\xFF", 1), Timestamp{5}});
      CHECK_EQ(compact(disk, work).value().outputs.size(), 1);
      work.elsewhere[0].last_prefix = Bytes("\x01", 1);
      work.output_ids[0] = FileId{300};
      CHECK(compact(disk, work).value().outputs.empty());
    }
  }

  TEST_CASE("outputs are cut where parts of the ring meet, and what is outside the kept spans is left out") {
    std::mt19937_64 dice(1);
    Model model;
    for (int i = 0; i < 300; ++i) {
      PartitionModel& partition = model[random_prefix(dice, 100000)];
      for (int n = 0; n < 20; ++n) partition.rows.emplace_back(random_position(dice, 200), random_row(dice, 50));
    }
    const auto fragments = fragments_of(model, true);
    MemoryDisk disk;
    const uint64_t input_bytes = write_file(disk, FileId{1}, fragments).file_bytes;
    CompactionWork work = work_on({FileId{1}});
    work.parts = 5;
    work.output_ids.resize(5);
    CompactionProgress progress;
    work.progress = &progress;
    std::vector<OwnedFragment> expected = fragments;
    SUBCASE("all of them") {}
    SUBCASE("a few") {
      work.keep = std::vector<TokenSpan>{{Token{INT64_MIN}, Token{-1}}, {Token{INT64_MAX / 2}, Token{INT64_MAX}}};
      std::erase_if(expected, [](const OwnedFragment& f) {
        const Token token = token_of_prefix(f.prefix);
        return token >= Token{0} && token < Token{INT64_MAX / 2};
      });
    }
    const auto result = compact(disk, work);
    REQUIRE(result);
    std::vector<OwnedFragment> all;
    uint64_t written = 0;
    for (const CompactionOutput& output : result->outputs) {
      CHECK_EQ(part_at(token_of_prefix(output.statistics.first_prefix), 5),
               part_at(token_of_prefix(output.statistics.last_prefix), 5));
      written += output.statistics.file_bytes;
      for (OwnedFragment& f : read_file(disk, output.id)) all.push_back(std::move(f));
    }
    CHECK(all == expected);
    CHECK_EQ(result->bytes_written, written);
    CHECK_EQ(result->bytes_read, input_bytes);
    CHECK_GT(progress.bytes_done, 0);
  }

  TEST_CASE("files side by side are read one after the other, whatever order they are named in") {
    std::mt19937_64 dice(4);
    Model model;
    for (int i = 0; i < 100; ++i)
      model[random_prefix(dice, 100000)].rows.emplace_back(random_position(dice, 200), random_row(dice, 50));
    const auto fragments = fragments_of(model, true);
    MemoryDisk disk;
    write_file(disk, FileId{1}, fragments);
    CompactionWork work = work_on({FileId{1}});
    work.parts = 16;
    const auto cut = compact(disk, work);
    REQUIRE(cut);
    REQUIRE_GT(cut->outputs.size(), 8);
    std::vector<FileId> pieces;
    for (const CompactionOutput& output : cut->outputs) pieces.push_back(output.id);
    std::ranges::shuffle(pieces, dice);
    const ReadRange everything;
    CHECK_EQ(open_inputs(disk, kTable->id, pieces, everything)->runs.size(), 1);
    pieces.push_back(FileId{1});
    CHECK_EQ(open_inputs(disk, kTable->id, pieces, everything)->runs.size(), 2);
    work = work_on(pieces);
    for (FileId& id : work.output_ids) id.raw += 1000;
    const auto whole = compact(disk, work);
    REQUIRE(whole);
    REQUIRE_EQ(whole->outputs.size(), 1);
    CHECK(read_file(disk, whole->outputs[0].id) == fragments);
  }

  TEST_CASE("cancelled, or failed at any call, it leaves the inputs and nothing else") {
    std::mt19937_64 dice(2);
    const auto fragments = fragments_of(random_model(dice, {.partitions = 30, .rows = 30}), true);
    MemoryDisk disk;
    write_file(disk, FileId{1}, fragments);
    write_file(disk, FileId{2}, fragments);
    CompactionWork work = work_on({FileId{1}, FileId{2}});
    work.parts = 8;
    const std::atomic<bool> cancelled = true;
    work.cancelled = &cancelled;
    CHECK_EQ(compact(disk, work).error().code, Errc::cancelled);
    CHECK_EQ(disk.files.size(), 2);
    work.cancelled = nullptr;
    for (int n = 1;; ++n) {
      CAPTURE(n);
      disk.calls_until_failure = n;
      const auto result = compact(disk, work);
      const bool failed = disk.calls_until_failure == 0;
      disk.calls_until_failure = -1;
      REQUIRE_EQ(result.has_value(), !failed);
      if (!failed) break;
      REQUIRE_EQ(disk.files.size(), 2);
    }
    CHECK_GT(disk.files.size(), 3);
  }

  TEST_CASE("a damaged input is an error, and the inputs stay") {
    std::mt19937_64 dice(3);
    MemoryDisk disk;
    write_file(disk, FileId{1}, fragments_of(random_model(dice, {}), true));
    disk.files.begin()->second->bytes[20] ^= 4;
    CHECK_EQ(compact(disk, work_on({FileId{1}})).error().code, Errc::corrupt);
    CHECK_EQ(disk.files.size(), 1);
  }

  TEST_CASE("the budget spreads bytes over time, for all who take from it") {
    CompactionBudget budget(1000);
    const Instant start{5};
    CHECK_EQ(budget.take(500, start), start + millis(500));
    CHECK_EQ(budget.take(500, start), start + millis(1000));
    CHECK_EQ(budget.take(1000, start + seconds(10)), start + seconds(11));
    CHECK_EQ(CompactionBudget(0).take(1u << 30, start), start);
    budget.set(2000);
    CHECK_EQ(budget.take(2000, start + seconds(20)), start + seconds(21));
  }

  TEST_CASE("a large merge waits while a small one runs") {
    CompactionBudget budget;
    budget.begin(false);
    CHECK_FALSE(budget.must_wait(false));
    budget.begin(true);
    CHECK(budget.must_wait(false));
    CHECK_FALSE(budget.must_wait(true));
    budget.end(true);
    CHECK_FALSE(budget.must_wait(false));
  }

  TEST_CASE("tombstone_gc says when deletions may go") {
    using Mode = TombstoneGcMode;
    CHECK_EQ(parse_tombstone_gc({}, true)->mode, Mode::repair);
    CHECK_EQ(parse_tombstone_gc({}, false)->mode, Mode::immediate);
    CHECK_EQ(parse_tombstone_gc({{"mode", "timeout"}}, true)->mode, Mode::timeout);
    CHECK_EQ(parse_tombstone_gc({{"propagation_delay_in_seconds", "10"}}, true)->propagation_delay_seconds, 10);
    CHECK_FALSE(parse_tombstone_gc({{"mode", "never"}}, true));
    CHECK_FALSE(parse_tombstone_gc({{"moed", "timeout"}}, true));
    CHECK_FALSE(parse_tombstone_gc({{"propagation_delay_in_seconds", "soon"}}, true));
    const Seconds now{100000};
    CHECK_EQ(gc_before({Mode::timeout, 60}, now, 1000, {}), Seconds{99000});
    CHECK_EQ(gc_before({Mode::immediate}, now, 1000, {}), Seconds{96400});
    CHECK_EQ(gc_before({Mode::immediate, 60}, now, 1000, {}), Seconds{99940});
    CHECK_EQ(gc_before({Mode::repair}, now, 1000, {}), Seconds{INT64_MIN});
    CHECK_EQ(gc_before({Mode::repair}, now, 1000, Seconds{50000}), Seconds{46400});
    CHECK_EQ(gc_before({Mode::disabled}, now, 1000, now), Seconds{INT64_MIN});
  }
}

}  // namespace ringlet::testing
