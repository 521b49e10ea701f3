// Writers that are faster than merges: how many files they may leave behind, what they are told, and that they are never held
// for what merges cannot mend. And reads over very many files.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/limits.h"
#include "core/env/task_group.h"
#include "tests/sim/row_help.h"

namespace ringlet::sim {
namespace {

constexpr uint64_t kSlow = 20000, kStopped = 1;  // bytes a second that all merges may move

// A file for each row, of a few hundred bytes that do not compress.
class Filler {
 public:
  Filler(SimWorld& world, std::map<std::string, std::string> compaction)
      : world_(world), driver_(world), dice_(world.env.rng.stream("filler")) {
    table_.options.compaction = std::move(compaction);
    driver_.options().compaction_bytes_per_second = kSlow;
  }
  NodeDriver& driver() { return driver_; }
  const Table& table() const { return table_; }
  size_t most_files() const { return most_; }
  size_t refused() const { return refused_; }
  size_t rows() const { return static_cast<size_t>(acknowledged_); }
  Instant now() const { return world_.clock.now(); }

  Task<void> start() {
    require_ok(co_await driver_.start(1));
    const std::vector<Table> tables = {table_};
    require_ok(co_await driver_.make(tables));
  }

  // Each write is one row and, once acknowledged, one file. Refused ones are tried again until `until`.
  Task<void> fill(int files, Instant until = kNever) {
    for (int n = 0; n < files && now() < until; ++n) {
      Status done = co_await put();
      while (!done && now() < until) {
        CHECK_EQ(done.error().code, Errc::overloaded);
        CHECK_NE(done.error().detail.find("do not keep up with writing"), std::string::npos);
        ++refused_;
        done = co_await put();
      }
      if (!done) break;
      ++acknowledged_;
      require_ok(co_await driver_.flush(table_));
      most_ = std::max<size_t>(most_, driver_.sstables(table_));
    }
  }

  Task<Status> put() {
    Mutation m = reading();
    co_return co_await driver_.write(std::move(m));
  }

  Mutation reading() {
    Bytes value(300, '\0');
    for (char& c : value) c = static_cast<char>(dice_->next());
    ++at_;
    return text_row(table_, "p", at_, at_, value);  // of one token
  }

  Task<void> check_rows() {
    const size_t found = co_await rows_in(driver_, table_);
    CHECK_GE(found, rows());  // nothing acknowledged is lost
    CHECK_LE(found, static_cast<size_t>(at_));
  }

 private:
  SimWorld& world_;
  NodeDriver driver_;
  Table table_ = model_table(1, "ks", true);
  std::unique_ptr<Rng> dice_;
  int32_t at_ = 0, acknowledged_ = 0;
  size_t most_ = 0, refused_ = 0;
};

const std::map<std::string, std::string> kTiered = {{"class", "SizeTieredCompactionStrategy"}};
const std::map<std::string, std::string> kOff = {{"class", "SizeTieredCompactionStrategy"}, {"enabled", "false"}};

}  // namespace

TEST_SUITE("backlog_sim") {
  TEST_CASE("sim: small merges leave alone what a major compaction has still before it, window by window") {
    run_sim(1, [](SimWorld& world) -> Task<void> {
      constexpr int64_t kHour = 3600'000'000;
      Table table = model_table(1, "ks", true);
      table.options.compaction = {{"class", "TimeWindowCompactionStrategy"},
                                  {"compaction_window_unit", "HOURS"},
                                  {"compaction_window_size", "1"}};
      NodeDriver driver(world);
      driver.options().compaction = false;
      require_ok(co_await driver.start(1));
      const std::vector<Table> tables = {table};
      require_ok(co_await driver.make(tables));
      int32_t rows = 0;
      const auto fill = [&](int64_t window) -> Task<void> {
        for (int n = 0; n < 100; ++n, ++rows)
          require_ok(co_await driver.write(noise_row(table, "p", rows, window * kHour + rows, 300)));
        require_ok(co_await driver.flush(table));
      };
      for (int64_t window = 1; window <= 6; ++window)
        for (int file = 0; file < 2; ++file) co_await fill(window);
      require_ok(co_await driver.stop());
      driver.options().compaction = true;
      driver.options().compaction_bytes_per_second = 20000;
      require_ok(co_await driver.start(1));
      TaskGroup behind;
      const auto compact = [](NodeDriver& on, const Table& what) -> Task<void> {
        require_ok(co_await on.compact(what));
      };
      behind.spawn(compact(driver, table));
      for (int n = 0; n < 12; ++n) {  // each flush has the small merges look
        co_await Executor::current()->sleep_until(world.clock.now() + seconds(3));
        co_await fill(9);
      }
      co_await behind.join();
      CHECK_EQ(co_await rows_in(driver, table), static_cast<size_t>(rows));
      require_ok(co_await driver.stop());
    });
  }

  TEST_CASE("sim: writers that are faster than merges are slowed, and the files over a token stay near their bound") {
    for (const uint64_t seed : seeds(4))
      run_sim(seed, [](SimWorld& world) -> Task<void> {
        Filler filler(world, kTiered);
        co_await filler.start();
        co_await filler.fill(400);
        CHECK_EQ(filler.rows(), 400);
        CHECK_LE(filler.most_files(), kBacklogMost + 8);  // some of them are of higher levels
        CHECK_GT(filler.most_files(), kBacklogSlow);
        CHECK_GT(filler.driver().counts().writes_slowed + filler.refused(), 0);
        co_await filler.check_rows();
        filler.driver().node().compaction_budget().set(0);
        co_await Executor::current()->sleep_until(world.clock.now() + seconds(130));
        CHECK_LE(filler.driver().sstables(filler.table()), 9);
        CHECK_EQ(filler.driver().counts().pending_compactions, 0);
        co_await filler.check_rows();
        require_ok(co_await filler.driver().stop());
      });
  }

  TEST_CASE("sim: at the bound a write waits for a merge, is refused with a clear error, and nothing is lost") {
    run_sim(1, [](SimWorld& world) -> Task<void> {
      Filler filler(world, kTiered);
      filler.driver().options().compaction_bytes_per_second = kStopped;
      co_await filler.start();
      const Instant began = world.clock.now();
      co_await filler.fill(200, began + seconds(kNoMergeSecondsMax - 10));
      CHECK_GE(filler.rows(), kBacklogMost);
      CHECK_LE(filler.rows(), kBacklogMost + 1);
      CHECK_GT(filler.refused(), 0);
      CHECK_EQ(filler.driver().counts().writes_refused_behind, filler.refused() + 1);
      CHECK_GT(filler.driver().counts().pending_compactions, 0);  // one runs
      const auto batch = std::vector{filler.reading()};
      const Status refused_batch = co_await filler.driver().write_batch(batch);
      REQUIRE_FALSE(refused_batch);
      CHECK_EQ(refused_batch.error().code, Errc::overloaded);
      // Whatever merges do, nobody is held for good.
      co_await Executor::current()->sleep_until(began + seconds(2 * kNoMergeSecondsMax));
      const size_t refused = filler.refused();
      co_await filler.fill(30);
      CHECK_EQ(filler.refused(), refused);
      co_await filler.check_rows();
      filler.driver().node().compaction_budget().set(0);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(5));
      CHECK_LE(filler.driver().sstables(filler.table()), 9);
      require_ok(co_await filler.driver().stop());
    });
  }

  TEST_CASE("sim: stopping a node, flushing and dropping a table whose writers wait for merges ends") {
    for (const bool drops : {false, true})
      run_sim(2, [&](SimWorld& world) -> Task<void> {
        Filler filler(world, kTiered);
        filler.driver().options().compaction_bytes_per_second = kStopped;
        co_await filler.start();
        co_await filler.fill(200, world.clock.now() + seconds(20));
        Status waited;
        const auto writer = [&]() -> Task<void> { waited = co_await filler.put(); };
        TaskGroup writers;
        writers.spawn(writer());
        co_await Executor::current()->sleep_until(world.clock.now() + millis(100));
        require_ok(co_await filler.driver().flush(filler.table()));
        if (drops) require_ok(co_await filler.driver().drop(filler.table()));
        co_await writers.join();
        CHECK_FALSE(waited);
        require_ok(co_await filler.driver().stop());
      });
  }

  TEST_CASE("sim: where compaction is off for a table nobody waits for it, and everything can be read") {
    run_sim(3, [](SimWorld& world) -> Task<void> {
      Filler filler(world, kOff);
      co_await filler.start();
      co_await filler.fill(3 * kBacklogMost);
      CHECK_EQ(filler.most_files(), 3 * kBacklogMost);
      CHECK_EQ(filler.driver().counts().writes_slowed, 0);
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(1));
      CHECK_EQ(filler.driver().counts().pending_compactions, 0);
      co_await filler.check_rows();
      require_ok(co_await filler.driver().stop());
    });
  }

  TEST_CASE("sim: writers are not held for merges that fail, nor for those that the day's flash has no bytes for") {
    run_sim(4, [](SimWorld& world) -> Task<void> {
      Filler filler(world, kTiered);
      co_await filler.start();
      co_await filler.fill(3);
      world.disk.plan(
          {.kind = FaultKind::io_error, .op = DiskOp::read, .for_good = true, .path_contains = "0000000000000001.sst"});
      co_await filler.fill(2 * kBacklogMost);
      CHECK_EQ(filler.rows(), 3 + 2 * kBacklogMost);
      CHECK_EQ(filler.driver().counts().compactions, 0);
      CHECK_EQ(filler.refused(), 0);
      world.disk.clear_faults();
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(130));
      CHECK_LE(filler.driver().sstables(filler.table()), 9);
      co_await filler.check_rows();
      require_ok(co_await filler.driver().stop());
    });
    run_sim(5, [](SimWorld& world) -> Task<void> {
      Filler filler(world, kTiered);
      filler.driver().options().flash_write_budget = 1000;
      filler.driver().options().compaction_bytes_per_second = 0;
      co_await filler.start();
      co_await filler.fill(5 * kBacklogMost);
      CHECK_EQ(filler.rows(), 5 * kBacklogMost);
      CHECK_EQ(filler.refused(), 0);
      CHECK_LE(filler.most_files(), kBacklogMost);
      CHECK_GT(filler.driver().counts().compactions_pressed, 0);
      co_await filler.check_rows();
      require_ok(co_await filler.driver().stop());
    });
  }

  TEST_CASE("sim: a start with very many files holds no writer for them; merges begin at once, a major one in passes") {
    run_sim(6, [](SimWorld& world) -> Task<void> {
      Filler filler(world, kTiered);
      filler.driver().options().compaction = false;
      co_await filler.start();
      co_await filler.fill(3 * kBacklogMost);
      CHECK_EQ(filler.most_files(), 3 * kBacklogMost);
      require_ok(co_await filler.driver().stop());
      filler.driver().options().compaction = true;
      filler.driver().options().compaction_bytes_per_second = kStopped;
      co_await filler.start();
      co_await Executor::current()->sleep_until(world.clock.now() + seconds(1));
      CHECK_GT(filler.driver().counts().pending_compactions, 0);
      co_await filler.fill(kBacklogSlow);
      CHECK_EQ(filler.driver().counts().writes_slowed, 0);
      CHECK_EQ(filler.refused(), 0);
      size_t widest = 0, jobs = 0;
      bool done = false;
      const auto watch = [&]() -> Task<void> {
        while (!done) {
          for (const StorageTask& task : filler.driver().node().shards()[ShardId{0}].engine.tasks())
            widest = std::max<size_t>(widest, task.sstables);
          co_await Executor::current()->sleep_until(world.clock.now() + millis(50));
        }
      };
      TaskGroup watchers;
      watchers.spawn(watch());
      filler.driver().node().compaction_budget().set(kSlow * 10);
      jobs = filler.driver().counts().compactions;
      require_ok(co_await filler.driver().compact(filler.table()));
      done = true;
      co_await watchers.join();
      CHECK_EQ(filler.driver().sstables(filler.table()), 1);
      CHECK_GT(filler.driver().counts().compactions, jobs + 1);
      CHECK_LE(widest, kMergeFilesMax);
      co_await filler.check_rows();
      require_ok(co_await filler.driver().stop());
    });
  }

  TEST_CASE("sim: reads over very many files take turns, none waits for ever, and too many files are told") {
    for (const uint64_t seed : seeds(4))
      run_sim(seed, [](SimWorld& world) -> Task<void> {
        ReadTurns turns(1000);
        const RequestContext patient{world.clock};
        const auto dice = world.env.rng.stream("readers");
        size_t reading = 0, most = 0, ended = 0;
        const auto reader = [&](size_t bytes) -> Task<void> {
          require_ok(co_await turns.begin(bytes, 1, patient));
          reading += bytes;
          most = std::max(most, reading);
          co_await Executor::current()->sleep_until(world.clock.now() + millis(1 + static_cast<int64_t>(bytes % 7)));
          reading -= bytes;
          turns.end(bytes);
          ++ended;
        };
        TaskGroup readers;
        for (int n = 0; n < 200; ++n) readers.spawn(reader(1 + dice->next() % 900));
        readers.spawn(reader(3000));  // alone
        co_await readers.join();
        CHECK_EQ(ended, 201);
        CHECK_EQ(most, 3000);
        CHECK_EQ(turns.reads() + turns.waiting(), 0);
        // One that finds no room until its deadline is told so, and holds up nobody behind it.
        require_ok(co_await turns.begin(900, 1, patient));
        RequestContext hasty{world.clock};
        hasty.deadline = world.clock.now() + millis(10);
        const Status late = co_await turns.begin(900, 1, hasty);
        REQUIRE_FALSE(late);
        CHECK_EQ(late.error().code, Errc::overloaded);
        require_ok(co_await turns.begin(100, 1, patient));
        const Status wide = co_await turns.begin(1000 * kReadAloneTimes + 1, 7777, patient);
        REQUIRE_FALSE(wide);
        CHECK_EQ(wide.error().code, Errc::overloaded);
        CHECK_NE(wide.error().detail.find("7777 files"), std::string::npos);
        CHECK_EQ(turns.refused(), 2);
        turns.end(100);
        turns.end(900);
      });
  }
}

}  // namespace ringlet::sim
