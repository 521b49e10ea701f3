#include "tests/sim/sim_disk.h"

#include <doctest/doctest.h>

#include <set>

#include "core/env/task_group.h"
#include "tests/sim/sim_world.h"

namespace ringlet::sim {
namespace {

struct Fixture {
  SimWorld world{7, {}};
  SimDisk& disk = world.disk;

  std::string content(const std::string& path) {
    auto file = disk.open(path, OpenMode::read).value();
    std::string out(file->size_now().value(), '?');
    REQUIRE_EQ(file->read_now(0, out).value(), out.size());
    return out;
  }
  std::unique_ptr<File> durable_file(const std::string& path, BytesView bytes) {
    auto file = disk.open(path, OpenMode::create).value();
    REQUIRE(file->write_now(0, bytes));
    REQUIRE(file->sync_now());
    REQUIRE(disk.sync_directory(""));
    return file;
  }
  // Crashes now and says what `path` may hold afterwards, over many survivors; "-" when it is not there.
  std::set<std::string> outcomes(const std::string& path, SurvivalOptions options = {}) {
    disk.crash();
    const DiskState frozen = disk.state();
    std::set<std::string> seen;
    for (uint64_t seed = 0; seed < 400; ++seed) {
      disk.restart(survivor_of(frozen, seed, options));
      seen.insert(disk.exists(path).value() ? content(path) : "-");
    }
    return seen;
  }
};

TEST_SUITE("sim_disk") {
  TEST_CASE_FIXTURE(Fixture, "what was synced, its folder too, survives every crash") {
    durable_file("a", "kept");
    CHECK_EQ(outcomes("a"), std::set<std::string>{"kept"});
  }

  TEST_CASE_FIXTURE(Fixture, "a file that was synced but whose folder was not may vanish") {
    auto file = disk.open("a", OpenMode::create).value();
    REQUIRE(file->write_now(0, "kept"));
    REQUIRE(file->sync_now());
    CHECK_EQ(outcomes("a"), std::set<std::string>{"-", "kept"});
  }

  TEST_CASE_FIXTURE(Fixture, "a name without a synced file behind it may lead to an empty file, or to zeros") {
    auto file = disk.open("a", OpenMode::create).value();
    REQUIRE(disk.sync_directory(""));
    REQUIRE(file->write_now(0, "ab"));
    SurvivalOptions whole{.tear_last_write = false};
    CHECK_EQ(outcomes("a", whole), std::set<std::string>{"", std::string(2, '\0'), "ab"});
  }

  TEST_CASE_FIXTURE(Fixture, "of unsynced sectors any subset survives, in either version") {
    auto file = durable_file("a", std::string(2 * kSectorBytes, 'o'));
    REQUIRE(file->write_now(0, std::string(2 * kSectorBytes, '1')));
    REQUIRE(file->write_now(0, std::string(2 * kSectorBytes, '2')));
    std::set<std::string> pairs;
    SurvivalOptions whole{.tear_last_write = false};
    for (const std::string& bytes : outcomes("a", whole)) pairs.insert({bytes[0], bytes[kSectorBytes]});
    CHECK_EQ(pairs, std::set<std::string>{"oo", "o1", "o2", "1o", "11", "12", "2o", "21", "22"});
  }

  TEST_CASE_FIXTURE(Fixture, "the last write may be torn within a sector") {
    auto file = durable_file("a", std::string(kSectorBytes, 'o'));
    REQUIRE(file->write_now(0, std::string(kSectorBytes, 'n')));
    const std::set<std::string> seen = outcomes("a");
    CHECK_GT(seen.size(), 10);
    for (const std::string& bytes : seen)
      CHECK_EQ(bytes.find_first_not_of('o', std::min(bytes.find('o'), bytes.size())), std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "a bit may flip in what was being written, and nowhere else") {
    durable_file("b", "safe");
    auto file = durable_file("a", std::string(kSectorBytes, '\0'));
    REQUIRE(file->write_now(0, std::string(kSectorBytes, '\0')));
    SurvivalOptions flips{.tear_last_write = false, .flip_a_bit = true};
    CHECK_GT(outcomes("a", flips).size(), 1);
    CHECK_EQ(content("b"), "safe");
  }

  TEST_CASE_FIXTURE(Fixture, "a rename happens or does not; the replaced file is never half gone") {
    durable_file("old", "old");
    durable_file("new", "new");
    REQUIRE(disk.rename("new", "old"));
    disk.crash();
    const DiskState frozen = disk.state();
    std::set<std::string> seen;
    for (uint64_t seed = 0; seed < 50; ++seed) {
      disk.restart(survivor_of(frozen, seed));
      seen.insert(content("old") + (disk.exists("new").value() ? "+new" : ""));
    }
    CHECK_EQ(seen, std::set<std::string>{"old+new", "new"});
  }

  TEST_CASE_FIXTURE(Fixture, "a removal may be undone until its folder is synced, then never") {
    durable_file("a", "x");
    REQUIRE(disk.remove("a"));
    CHECK_EQ(outcomes("a"), std::set<std::string>{"-", "x"});
    Fixture other;
    other.durable_file("a", "x");
    REQUIRE(other.disk.remove("a"));
    REQUIRE(other.disk.sync_directory(""));
    CHECK_EQ(other.outcomes("a"), std::set<std::string>{"-"});
  }

  TEST_CASE_FIXTURE(Fixture, "a synced file in a folder whose own name was not synced is lost with the folder") {
    REQUIRE(disk.make_directory("f"));
    auto file = disk.open("f/a", OpenMode::create).value();
    REQUIRE(file->sync_now());
    REQUIRE(disk.sync_directory("f"));
    CHECK_EQ(outcomes("f/a"), std::set<std::string>{"-", ""});
  }

  TEST_CASE_FIXTURE(Fixture, "after a failed sync a later one succeeds, and the bytes may be lost all the same") {
    auto file = durable_file("a", std::string(kSectorBytes, 'o'));
    std::set<char> survived;
    for (int n = 0; n < 40; ++n) {
      Fixture one;
      auto again = one.durable_file("a", std::string(kSectorBytes, 'o'));
      SeededRng dice(static_cast<uint64_t>(n));
      for (uint64_t skip = dice.below(10); skip > 0; --skip) one.durable_file("skip" + std::to_string(skip), "x");
      one.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::sync});
      for (int k = 0; k < n % 4; ++k) {  // other failures first, so that the dice fall differently
        CHECK_EQ(again->sync_now().error().code, Errc::io);
        one.disk.plan({.kind = FaultKind::io_error, .op = DiskOp::sync});
        REQUIRE(again->write_now(0, std::string(kSectorBytes, 'm')));
      }
      REQUIRE(again->write_now(0, std::string(kSectorBytes, 'n')));
      CHECK_EQ(again->sync_now().error().code, Errc::io);
      CHECK(again->sync_now());
      CHECK_EQ(one.content("a")[0], 'n');  // the cache still shows it
      one.disk.crash();
      one.disk.restart(1);
      survived.insert(one.content("a")[0]);
    }
    CHECK(survived.contains('n'));
    CHECK((survived.contains('o') || survived.contains('m')));
  }

  TEST_CASE_FIXTURE(Fixture, "an operation fails at the n-th time, once or for good") {
    auto file = durable_file("a", "x");
    disk.plan({.kind = FaultKind::io_error, .op = DiskOp::write, .nth = 2});
    CHECK(file->write_now(0, "1"));
    CHECK_EQ(file->write_now(0, "2").error().code, Errc::io);
    CHECK(file->write_now(0, "3"));
    disk.plan({.kind = FaultKind::no_space, .op = DiskOp::write, .nth = 1, .for_good = true, .path_contains = "a"});
    for (int n = 0; n < 3; ++n) CHECK_EQ(file->write_now(0, "4").error().code, Errc::no_space);
    CHECK_EQ(disk.faults_fired(), 4);
    disk.clear_faults();
    CHECK(file->write_now(0, "5"));
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a full disk refuses growth, keeps what was reserved writable, and recovers when something goes") {
    disk.set_capacity(16 * kBlockBytes);
    auto log = disk.open("log", OpenMode::create).value();
    REQUIRE(log->reserve_now(8 * kBlockBytes));
    auto other = disk.open("other", OpenMode::create).value();
    CHECK_EQ(other->write_now(0, std::string(9 * kBlockBytes, 'x')).error().code, Errc::no_space);
    CHECK_EQ(disk.space().value().free_bytes, 0);
    CHECK_EQ(log->reserve_now(9 * kBlockBytes).error().code, Errc::no_space);
    CHECK(log->write_now(0, std::string(8 * kBlockBytes, 'l')));
    CHECK_EQ(disk.open("third", OpenMode::create).error().code, Errc::no_space);
    REQUIRE(disk.remove("other"));
    CHECK_EQ(disk.space().value().free_bytes, 0);  // it is still open
    other.reset();
    CHECK_EQ(disk.space().value().free_bytes, 8 * kBlockBytes);
  }

  TEST_CASE_FIXTURE(Fixture, "a lost write and a misdirected one look well until the machine restarts") {
    auto file = durable_file("a", std::string(3 * kSectorBytes, 'o'));
    disk.plan({.kind = FaultKind::lose, .op = DiskOp::write});
    REQUIRE(file->write_now(0, std::string(kSectorBytes, 'l')));
    disk.plan({.kind = FaultKind::misdirect, .op = DiskOp::write});
    REQUIRE(file->write_now(kSectorBytes, std::string(kSectorBytes, 'm')));
    REQUIRE(file->sync_now());
    const auto heads = [this] {
      const std::string bytes = content("a");
      return std::string{bytes[0], bytes[kSectorBytes], bytes[2 * kSectorBytes]};
    };
    CHECK_EQ(heads(), "lmo");
    disk.crash();
    disk.restart(1);
    CHECK_EQ(heads(), "oom");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a crash at every kind of operation that changes the medium leaves a disk that opens again") {
    const auto life = [](SimDisk& d) -> Status {
      TRY(const auto lock, d.lock("LOCK"));
      TRY_STATUS(d.make_directory("f"));
      TRY(const auto file, d.open("f/a", OpenMode::create_or_open));
      TRY_STATUS(file->reserve_now(4096));
      TRY_STATUS(file->write_now(0, "hello"));
      TRY_STATUS(file->sync_now());
      TRY_STATUS(file->truncate_now(5));
      TRY(const bool linked, d.exists("b"));
      if (!linked) TRY_STATUS(d.link("f/a", "b"));
      TRY_STATUS(d.rename("b", "c"));
      TRY_STATUS(d.sync_directory(""));
      return d.remove("c");
    };
    for (size_t n = 0; n < kDiskOps; ++n) {
      const auto op = static_cast<DiskOp>(n);
      if (!changes_the_medium(op)) continue;
      CAPTURE(std::string(name_of(op)));
      SimWorld one(n, {});
      one.disk.plan({.kind = FaultKind::crash, .op = op});
      const Status status = life(one.disk);
      REQUIRE_FALSE(status);
      CHECK_NE(status.error().detail.find("the machine has lost power"), std::string::npos);
      CHECK(one.disk.crashed());
      CHECK_FALSE(one.disk.list(""));
      const DiskState frozen = one.disk.state();
      for (uint64_t seed = 0; seed < 20; ++seed) {
        one.disk.restart(survivor_of(frozen, seed));
        CHECK(life(one.disk));
      }
    }
  }

  TEST_CASE_FIXTURE(Fixture, "files and locks of an earlier life are dead, and its lock is free") {
    auto lock = disk.lock("LOCK").value();
    CHECK_EQ(disk.lock("LOCK").error().code, Errc::busy);
    auto file = durable_file("a", "x");
    disk.crash();
    disk.restart(0);
    CHECK_EQ(file->write_now(0, "y").error().code, Errc::io);
    auto next = disk.lock("LOCK");
    CHECK(next);
    lock.reset();  // must not free the new life's lock
    CHECK_EQ(disk.lock("LOCK").error().code, Errc::busy);
    CHECK_EQ(content("a"), "x");
  }

  TEST_CASE("sim: a sync saves what was written before it began, not what arrives while it runs") {
    for (const uint64_t seed : seeds(20)) {
      run_sim(seed, [](SimWorld& world) -> Task<void> {
        auto file = world.disk.open("a", OpenMode::create).value();
        CHECK(world.disk.sync_directory(""));
        const std::string first(kSectorBytes, '1'), second(kSectorBytes, '2');
        Status written = co_await file->write(0, first);
        CHECK(written);
        TaskGroup group;
        auto syncs = [](File& f) -> Task<void> {
          const Status synced = co_await f.sync();
          CHECK(synced);
        };
        group.spawn(syncs(*file));
        CHECK(file->write_now(0, second));
        co_await group.join();
        world.disk.crash();
        CHECK_FALSE(file->sync_now());
        world.restart(0);
        auto again = world.disk.open("a", OpenMode::read).value();
        std::string bytes(kSectorBytes, '?');
        CHECK_EQ(again->read_now(0, bytes).value(), kSectorBytes);
        CHECK_EQ(bytes, first);
      });
    }
  }

  TEST_CASE("sim: write_and_sync makes sure of what it wrote, and not of what was written before it") {
    std::set<std::string> seen;
    for (const uint64_t seed : seeds(40)) {
      run_sim(seed, [&seen, seed](SimWorld& world) -> Task<void> {
        auto file = world.disk.open("a", OpenMode::create).value();
        const std::string old(2 * kSectorBytes, 'o'), first(kSectorBytes, '1'), second(kSectorBytes, '2');
        CHECK(file->write_now(0, old));
        CHECK(file->sync_now());
        CHECK(world.disk.sync_directory(""));
        Status written = co_await file->write(0, first);
        CHECK(written);
        written = co_await file->write_and_sync(kSectorBytes, second);
        CHECK(written);
        world.disk.crash();
        world.restart(seed);
        auto again = world.disk.open("a", OpenMode::read).value();
        std::string bytes(2 * kSectorBytes, '?');
        CHECK_EQ(again->read_now(0, bytes).value(), bytes.size());
        seen.insert({bytes.front(), bytes.back()});
      });
    }
    CHECK_EQ(seen, std::set<std::string>{"o2", "12"});
  }
}

Task<void> stir(SimWorld& world, Executor& home, uint64_t& sum) {
  const std::unique_ptr<Rng> dice = world.rng.stream("stir");
  for (int n = 0; n < 30; ++n) {
    co_await home.hop();
    co_await home.yield_if_due();
    if (dice->below(3) == 0)
      co_await home.sleep_until(world.clock.now() + micros(static_cast<int64_t>(dice->below(50))));
    sum = sum * 31 + dice->below(100);
    co_await world.background.hop();
  }
  co_await world.shards.front()->hop();  // where the group that counts this task lives
}

Task<void> stir_all(SimWorld& world, uint64_t& sum) {
  TaskGroup group;
  for (auto& shard : world.shards) group.spawn(stir(world, *shard, sum));
  co_await group.join();
}

TEST_SUITE("sim_scheduler") {
  TEST_CASE("one seed gives one history, and different seeds give different ones") {
    std::set<uint64_t> histories;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      uint64_t sum = 0, sum_again = 0;
      const WorldOptions options{.shards = 3};
      const uint64_t trace = run_sim(seed, options, [&sum](SimWorld& world) { return stir_all(world, sum); });
      const uint64_t again =
          run_sim(seed, options, [&sum_again](SimWorld& world) { return stir_all(world, sum_again); });
      CHECK_EQ(trace, again);
      CHECK_EQ(sum, sum_again);
      histories.insert(trace);
    }
    CHECK_EQ(histories.size(), 20);
  }

  TEST_CASE("a year passes at once, the wall clock with it, drift and jumps included") {
    run_sim(1, [](SimWorld& world) -> Task<void> {
      const Timestamp before = world.clock.wall();
      const Instant later = world.clock.now() + seconds(365 * 86400);
      co_await world.env.shards.front()->sleep_until(later);
      CHECK_GE(world.clock.wall().raw - before.raw, int64_t{365} * 86400 * 1000000);
      world.clock.set_wall(Timestamp{0});
      CHECK_EQ(world.clock.wall().raw, 0);
      world.clock.jump_wall(seconds(-5));
      CHECK_EQ(world.clock.wall().raw, -5000000);
    });
  }
}

}  // namespace
}  // namespace ringlet::sim
