#include <doctest/doctest.h>

#include <algorithm>

#include "core/storage/commit_log_format.h"
#include "core/storage/log_segments.h"
#include "tests/sim/log_node.h"

namespace ringlet::sim {
namespace {

constexpr WorldOptions kTwoShards{.shards = 2};

// Some life: writers, flushes that free segments, more writers on recycled ones.
Task<void> live(LogNode& node) {
  for (int round = 0; round < 3; ++round) {
    co_await node.write(2, 6);
    (void)co_await node.flush(ShardId{static_cast<uint16_t>(round % 2)});
  }
  co_await node.write(1, 4);
}

// Opens what `survivors` machines may wake up with, checks each, and lives on for a while in some of them.
Task<void> recover(SimWorld& world, const LogHistory& before, uint64_t survivors, uint64_t salt,
                   SurvivalOptions how = {}) {
  const DiskState frozen = world.disk.state();
  world.disk.clear_faults();
  for (uint64_t n = 0; n < survivors; ++n) {
    const uint64_t survivor = n < 2 ? n : salt * 1000 + n;
    CAPTURE(survivor);
    world.disk.restart(survivor_of(frozen, survivor, how));
    LogHistory history = before;
    LogNode node(world, history, LogNode::small_options());
    const Status opened = co_await node.open();
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().detail));
    if (n % 3 == 0) {
      co_await node.write(1, 3);
      REQUIRE_EQ(node.failed_appends(), 0);
      world.disk.crash();
      (void)co_await node.close();
      world.disk.restart(survivor + 7);
      LogNode again(world, history, LogNode::small_options());
      REQUIRE(co_await again.open());
      REQUIRE(co_await again.close());
    } else {
      REQUIRE(co_await node.close());
    }
  }
}

// Runs live() with `fault` planned after the log is open; then the power goes, if it has not yet.
Task<size_t> live_with(SimWorld& world, LogHistory& history, Fault fault,
                       LogOptions options = LogNode::small_options()) {
  LogNode node(world, history, options);
  if (fault.nth != 0) world.disk.plan(fault);
  const Status opened = co_await node.open();
  if (opened) co_await live(node);
  if (!world.disk.crashed()) world.disk.crash();
  if (opened) history.groups += node.log().counts().groups;
  (void)co_await node.close();
  co_return node.failed_appends();
}

std::string content(SimWorld& world, const std::string& path) {
  auto file = world.disk.open(path, OpenMode::read).value();
  std::string bytes(file->size_now().value(), '\0');
  REQUIRE(file->read_now(0, bytes));
  return bytes;
}

// As a file system leaves it that lost blocks and kept the size.
void zero_from(SimWorld& world, SegmentId segment, uint64_t offset) {
  auto file = world.disk.open(log_segment_path(segment), OpenMode::write).value();
  const uint64_t bytes = file->size_now().value();
  REQUIRE(file->write_now(offset, std::string(bytes - offset, '\0')));
  REQUIRE(file->sync_now());
}

// What LZ4 cannot make smaller.
std::string noise(SimWorld& world, size_t bytes) {
  SeededRng dice(world.seed);
  std::string text;
  while (text.size() < bytes) text.push_back(static_cast<char>(dice.below(256)));
  return text;
}

Task<LogReplayReport> replayed(SimWorld& world) {
  LogReplayReport report;
  auto local = co_await LocalStore::open(world.env);
  REQUIRE(local);
  auto ignore = [](const LogRecord&) -> Result<std::optional<ShardId>> { return std::nullopt; };
  auto log = co_await CommitLog::open(world.env, **local, LogNode::small_options(), ignore, report);
  REQUIRE(log);
  REQUIRE(co_await (*log)->stop());
  REQUIRE(co_await (*local)->close());
  co_return report;
}

TEST_SUITE("commit_log_sim") {
  TEST_CASE("sim: every acknowledged record survives a power cut at any disk operation") {
    constexpr DiskOp kKinds[] = {DiskOp::open,   DiskOp::write,  DiskOp::sync,          DiskOp::reserve,
                                 DiskOp::remove, DiskOp::rename, DiskOp::sync_directory};
    for (const DiskOp kind : kKinds) {
      size_t cuts = 0, acknowledged = 0, groups = 0;
      for (const uint64_t seed : seeds(12)) {
        run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
          LogHistory history;
          const std::string op = name_of(kind);
          CAPTURE(op);
          // Spread over a life; rare kinds are cut at their first few.
          const bool rare = kind != DiskOp::write && kind != DiskOp::sync;
          const uint64_t nth = rare ? 1 + seed % 5 : 1 + seed * 5;
          co_await live_with(world, history,
                             {.kind = FaultKind::crash, .op = kind, .nth = nth, .path_contains = "commitlog"});
          cuts += world.disk.faults_fired();
          acknowledged += history.acknowledged();
          groups += history.groups;
          co_await recover(world, history, 6, seed);
        });
      }
      const std::string op = name_of(kind);
      CAPTURE(op);
      CHECK_GT(cuts, 0);  // a kind that was never cut proves nothing
      CHECK_GT(acknowledged, 0);
      CHECK_GT(groups, 0);  // and neither does a log of single records
    }
  }

  TEST_CASE("sim: a power cut at any moment of a busy life loses nothing acknowledged, in many survivors") {
    size_t groups = 0;
    for (const uint64_t seed : seeds(40)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        co_await live_with(world, history, {.kind = FaultKind::crash, .nth = 20 + seed * 17});
        groups += history.groups;
        co_await recover(world, history, 12, seed);
      });
    }
    CHECK_GT(groups, 0);
  }

  TEST_CASE("sim: after a failed sync the batch is written elsewhere, and what is then acknowledged survives") {
    size_t groups = 0;
    for (const uint64_t seed : seeds(40)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        const size_t failed = co_await live_with(
            world, history,
            {.kind = FaultKind::io_error, .op = DiskOp::sync, .nth = 1 + seed, .path_contains = "commitlog"});
        CHECK_EQ(failed, 0);  // one failure is the log's business, not the writers'
        groups += history.groups;
        co_await recover(world, history, 8, seed);
      });
    }
    CHECK_GT(groups, 0);
  }

  TEST_CASE(
      "sim: any disk operation of the log may fail once: writers see an error or nothing, and no acknowledgement "
      "lies") {
    for (const uint64_t seed : seeds(60)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogNode node(world, history, LogNode::small_options());
        REQUIRE(co_await node.open());
        world.disk.plan({.kind = FaultKind::io_error, .nth = seed * 2, .path_contains = "commitlog"});
        co_await live(node);
        co_await node.write(1, 2);
        const size_t failed_by_then = node.failed_appends();
        co_await node.write(1, 2);
        CHECK_EQ(node.failed_appends(), failed_by_then);  // it recovered without a restart
        world.disk.crash();
        (void)co_await node.close();
        co_await recover(world, history, 4, seed);
      });
    }
  }

  TEST_CASE("sim: while syncs fail for good nothing is acknowledged, and the log resumes by itself afterwards") {
    for (const uint64_t seed : seeds(20)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogNode node(world, history, LogNode::small_options());
        REQUIRE(co_await node.open());
        co_await node.write(1, 4);
        const size_t before = history.acknowledged();
        world.disk.plan(
            {.kind = FaultKind::io_error, .op = DiskOp::sync, .for_good = true, .path_contains = "commitlog"});
        co_await node.write(1, 3);
        CHECK_EQ(history.acknowledged(), before);
        CHECK_EQ(node.failed_appends(), 6);
        world.disk.clear_faults();
        co_await node.write(1, 3);
        CHECK_EQ(node.failed_appends(), 6);
        CHECK_EQ(history.acknowledged(), before + 6);
        world.disk.crash();
        (void)co_await node.close();
        co_await recover(world, history, 8, seed);
      });
    }
  }

  TEST_CASE("sim: a full disk refuses writers with no_space, loses nothing, and is over when there is room again") {
    for (const uint64_t seed : seeds(10)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogNode node(world, history, LogNode::small_options());
        REQUIRE(co_await node.open());
        co_await node.write(1, 2);
        world.disk.set_capacity(world.disk.used_bytes() + (9u << 10));
        Result<LogPosition> last = node.log().end();
        const std::string record = noise(world, 700);
        history.tried.insert(record);
        for (int i = 0; i < 100 && last; ++i)
          last = co_await node.log().append_one(node.table(), ShardId{0}, record, true);
        REQUIRE_FALSE(last);
        CHECK_EQ(last.error().code, Errc::no_space);
        world.disk.set_capacity(uint64_t{1} << 30);
        last = co_await node.log().append_one(node.table(), ShardId{0}, record, true);
        CHECK_MESSAGE(last, (last ? "" : last.error().detail));
        REQUIRE(co_await node.close());
      });
    }
  }

  TEST_CASE("sim: writers that write again as soon as they are answered share every sync, all of them") {
    for (const uint64_t seed : seeds(10)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogOptions options = LogNode::small_options();
        options.segment_bytes = 1u << 20;
        options.bytes_max = 8u << 20;
        LogNode node(world, history, options);
        REQUIRE(co_await node.open());
        constexpr size_t kWriters = 8, kRecords = 30;
        co_await node.write(kWriters, kRecords);
        const CommitLog::Counts counts = node.log().counts();
        CHECK_EQ(counts.records, kWriters * kRecords);
        CHECK_LE(counts.syncs, kRecords + kRecords / 5);
        REQUIRE(co_await node.close());
      });
    }
  }

  TEST_CASE("sim: mode periodic loses at most what the last period brought") {
    for (const uint64_t seed : seeds(20)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        LogHistory history, young;
        LogOptions options = LogNode::small_options();
        options.mode = LogMode::periodic;
        options.period = millis(50);
        LogNode node(world, history, options);
        REQUIRE(co_await node.open());
        co_await node.write(2, 10);
        const Instant later = world.clock.now() + millis(60);
        co_await world.shards[0]->sleep_until(later);
        const LogHistory synced = history;
        co_await node.write(1, 3);
        young = history;
        young.by_shard = synced.by_shard;
        world.disk.crash();
        (void)co_await node.close();
        co_await recover(world, young, 6, seed);
      });
    }
  }

  TEST_CASE("sim: in mode periodic appends go on while a sync hangs, and a sync that fails then loses nothing") {
    for (const uint64_t seed : seeds(20)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogOptions options = LogNode::small_options();
        options.segment_bytes = 64u << 10;
        options.mode = LogMode::periodic;
        options.period = millis(50);
        LogNode node(world, history, options);
        REQUIRE(co_await node.open());
        co_await node.write(1, 2);
        const Instant synced = world.clock.now() + millis(120);
        co_await world.shards[0]->sleep_until(synced);  // the first segment is begun
        world.disk.plan({.kind = FaultKind::stall, .op = DiskOp::sync, .path_contains = "commitlog"});
        if (seed % 2 == 0)
          world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::sync, .path_contains = "commitlog"});
        co_await node.write(1, 1);
        const Instant begun = world.clock.now() + millis(60);
        co_await world.shards[0]->sleep_until(begun);
        CHECK_GT(world.disk.faults_fired(), 0);
        for (int n = 0; n < 5; ++n) {
          const Instant before = world.clock.now();
          co_await node.write(1, 1);
          CHECK_LT(world.clock.now() - before, millis(50));  // the sync hangs for a second
        }
        const Instant landed = world.clock.now() + millis(1200);
        co_await world.shards[0]->sleep_until(landed);
        co_await node.write(2, 4);
        REQUIRE(co_await node.log().sync());
        CHECK_EQ(node.failed_appends(), 0);
        world.disk.crash();
        (void)co_await node.close();
        co_await recover(world, history, 6, seed);
      });
    }
  }

  TEST_CASE("sim: a power cut at any sync of mode periodic takes no more than came in since the last one") {
    for (const uint64_t seed : seeds(30)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogOptions options = LogNode::small_options();
        options.mode = LogMode::periodic;
        options.period = millis(3);
        LogNode node(world, history, options);
        REQUIRE(co_await node.open());
        co_await node.write(2, 6);
        REQUIRE(co_await node.log().sync());
        LogHistory young = history;
        world.disk.plan({.kind = seed % 3 == 0 ? FaultKind::io_error : FaultKind::crash,
                         .op = DiskOp::sync,
                         .nth = 1 + seed / 3,
                         .path_contains = "commitlog"});
        co_await node.write(2, 10);
        young.tried = history.tried;
        young.next = history.next;
        if (!world.disk.crashed()) world.disk.crash();
        (void)co_await node.close();
        co_await recover(world, young, 6, seed);
      });
    }
  }

  TEST_CASE("sim: a segment that is all zeros is reported, though nothing tells what it held") {
    for (const uint64_t seed : seeds(10)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogNode node(world, history, LogNode::small_options());
        REQUIRE(co_await node.open());
        co_await node.write(1, 6);
        const SegmentId last = history.by_shard[0].back().end.segment;
        world.disk.crash();
        (void)co_await node.close();
        world.disk.restart(seed);
        zero_from(world, last, 0);
        const LogReplayReport report = co_await replayed(world);
        CHECK(std::ranges::any_of(report.holes,
                                  [&](const auto& hole) { return hole.starts_with(log_segment_path(last)); }));
      });
    }
  }

  TEST_CASE("sim: a segment that lost its end is reported as far as metadata.db knows what had been synced") {
    for (const uint64_t seed : seeds(10)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogNode node(world, history, LogNode::small_options());
        REQUIRE(co_await node.open());
        LogPosition end;
        for (int n = 0; n < 7; ++n)
          end = (co_await node.log().append_one(node.table(), ShardId{0}, noise(world, 700), true)).value();
        const Instant listed = world.clock.now() + seconds(1);
        co_await world.shards[0]->sleep_until(listed);
        world.disk.crash();
        (void)co_await node.close();
        world.disk.restart(seed);
        zero_from(world, end.segment, 1024);
        const LogReplayReport report = co_await replayed(world);
        CHECK_EQ(report.holes.size(), 1);
      });
    }
  }

  TEST_CASE("sim: a segment's last record is known to have been synced when all segments after it are released") {
    for (const uint64_t lives : {1, 2}) {
      run_sim(lives, [&](SimWorld& world) -> Task<void> {
        CAPTURE(lives);
        LogPosition last;  // of the first segment; all that is in later ones is released at once
        for (uint64_t life = 0; life < lives; ++life) {
          LogReplayReport report;
          auto needed = [](const LogRecord&) -> Result<std::optional<ShardId>> { return ShardId{0}; };
          auto local = co_await LocalStore::open(world.env);
          REQUIRE(local);
          auto log = co_await CommitLog::open(world.env, **local, LogNode::small_options(), needed, report);
          REQUIRE(log);
          for (int n = 0; n < 60; ++n) {
            const Bytes record = noise(world, 700);
            const auto end = co_await (*log)->append_one(LogNode::table(), ShardId{0}, record, true);
            REQUIRE(end);
            if (last.segment == SegmentId{} || last.segment == end->segment)
              last = *end;
            else
              (*log)->release(LogNode::table(), ShardId{0}, {{end->segment, record.size()}});
          }
          world.disk.crash();
          (void)co_await (*log)->stop();
          (void)co_await (*local)->close();
          world.disk.restart(life);
        }
        world.disk.flip_bit(log_segment_path(last.segment), last.offset - 100, 3);
        const LogReplayReport report = co_await replayed(world);
        CHECK_EQ(report.holes.size(), 1);
        if (!report.holes.empty()) CHECK(report.holes[0].starts_with(log_segment_path(last.segment)));
      });
    }
  }

  TEST_CASE("sim: mode periodic keeps what it acknowledged through a failed sync") {
    for (const uint64_t seed : seeds(20)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogOptions options = LogNode::small_options();
        options.mode = LogMode::periodic;
        LogNode node(world, history, options);
        REQUIRE(co_await node.open());
        co_await node.write(2, 3);
        world.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::sync, .path_contains = "commitlog"});
        co_await node.write(2, 10);
        REQUIRE(co_await node.log().sync());
        CHECK_EQ(node.failed_appends(), 0);
        world.disk.crash();
        (void)co_await node.close();
        co_await recover(world, history, 6, seed);
      });
    }
  }

  TEST_CASE("sim: what replay has shown stays, though only the page cache of a killed process held it") {
    for (const uint64_t seed : seeds(5)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogNode first(world, history, LogNode::small_options());
        REQUIRE(co_await first.open());
        const SegmentId segment{(co_await first.local().take_ids("commit log segments", 1)).value()};
        REQUIRE(co_await first.close());
        // What a process leaves that was killed between a batch's write and its sync.
        const std::string record = "written, never synced";
        Bytes bytes;
        log_format::encode({segment, SegmentId{}, 0, 0}, bytes);
        const log_format::RecordHeader header{
            static_cast<uint32_t>(record.size()), 0, ShardId{0}, 1, LogNode::table(), {}};
        log_format::encode(header, record, segment, bytes.size(), bytes);
        {
          auto file = world.disk.open(log_segment_path(segment), OpenMode::create).value();
          REQUIRE(file->write_now(0, bytes));
          REQUIRE(world.disk.sync_directory("commitlog"));
        }
        history.tried.insert(record);
        history.by_shard[0].push_back({record, {segment, bytes.size()}});
        LogNode second(world, history, LogNode::small_options());
        REQUIRE(co_await second.open());  // from here on a client may have read it
        world.disk.crash();
        (void)co_await second.close();
        co_await recover(world, history, 8, seed);
      });
    }
  }

  TEST_CASE(
      "sim: a segment unlinked by a killed process brings nothing back, though its name returns after a power cut") {
    for (const uint64_t seed : seeds(5)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogNode first(world, history, LogNode::small_options());
        REQUIRE(co_await first.open());
        co_await first.write(1, 2);
        REQUIRE(co_await first.flush(ShardId{0}));
        const std::string path = log_segment_path(history.by_shard[0].front().end.segment);
        const std::string bytes = content(world, path);
        const std::string large(20000, 'L');  // ends the first segment
        history.tried.insert(large);
        const auto end = co_await first.log().append_one(LogNode::table(), ShardId{0}, large, true);
        REQUIRE(end);
        history.by_shard[0].push_back({large, *end});
        REQUIRE(co_await first.close());
        {  // the released segment as it was, with its unlink not yet synced
          auto file = world.disk.open(path, OpenMode::create_or_open).value();
          REQUIRE(file->write_now(0, bytes));
          REQUIRE(file->sync_now());
          REQUIRE(world.disk.sync_directory("commitlog"));
        }
        REQUIRE(world.disk.remove(path));
        LogNode second(world, history, LogNode::small_options());
        REQUIRE(co_await second.open());
        world.disk.crash();
        (void)co_await second.close();
        co_await recover(world, history, 8, seed);
      });
    }
  }

  TEST_CASE("sim: a bit that flips in what was synced is reported as a hole, and no other record is lost") {
    for (const uint64_t seed : seeds(60)) {
      run_sim(seed, [&](SimWorld& world) -> Task<void> {
        LogHistory history;
        LogNode node(world, history, LogNode::small_options());
        REQUIRE(co_await node.open());
        co_await node.write(1, 12);
        REQUIRE(co_await node.close());
        const auto [record, end] = history.by_shard[0][seed % 12];
        const LogPosition before = seed % 12 == 0 ? LogPosition{} : history.by_shard[0][seed % 12 - 1].end;
        const uint64_t begin = before.segment == end.segment ? before.offset : log_format::kSegmentHeaderBytes;
        world.disk.flip_bit(log_segment_path(end.segment), begin + (seed * 7919) % (end.offset - begin), seed % 8);
        std::vector<std::string> found;
        auto replay = [&found](const LogRecord& one) -> Result<std::optional<ShardId>> {
          found.emplace_back(one.payload);
          return std::nullopt;
        };
        LogReplayReport report;
        auto local = co_await LocalStore::open(world.env);
        REQUIRE(local);
        auto log = co_await CommitLog::open(world.env, **local, LogNode::small_options(), replay, report);
        REQUIRE(log);
        CHECK_EQ(report.holes.size(), 1);
        CHECK_EQ(found.size(), 11);
        CHECK(std::ranges::find(found, record) == found.end());
        REQUIRE(co_await (*log)->stop());
        REQUIRE(co_await (*local)->close());
      });
    }
  }
}

}  // namespace
}  // namespace ringlet::sim
