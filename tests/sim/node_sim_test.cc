// A whole node against a model that knows nothing of files: random histories with flushes, compactions, truncations and restarts
// in between, under one and under several shards.
#include <doctest/doctest.h>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "core/query/live_rows.h"
#include "tests/sim/node_driver.h"
#include "tests/sim/random_range.h"

namespace ringlet::sim {
namespace {

constexpr WorldOptions kFourShards{.shards = 4};

std::vector<Table> all_tables() {
  std::vector<Table> tables = {model_table(1, "ks", true), model_table(2, "ks", false), model_table(3, "fast", true)};
  tables[2].durable_writes = false;
  tables[1].options.compression = {};
  return tables;
}

std::string difference(const Seen& got, const Seen& wanted) {
  for (size_t i = 0; i < std::max(got.size(), wanted.size()); ++i) {
    const std::string a = i < got.size() ? got[i] : "(nothing)", b = i < wanted.size() ? wanted[i] : "(nothing)";
    if (a != b) return "line " + std::to_string(i) + ": got  " + a + "\n  wanted  " + b;
  }
  return {};
}

struct HistoryOptions {
  size_t steps = 300;
  std::vector<size_t> shard_counts = {1};  // of each life, in turn
};

// One random history. Returns everything that was seen, for comparison with the same history under other shard counts.
class History {
 public:
  History(SimWorld& world, uint64_t seed, HistoryOptions options)
      : world_(world), options_(options), dice_(seed), driver_(world), tables_(all_tables()) {}

  Task<std::string> run() {
    require_ok(co_await driver_.start(options_.shard_counts.front()));
    require_ok(co_await driver_.make(tables_));
    for (size_t step = 0; step < options_.steps; ++step) co_await one_step();
    co_await behind_.join();
    co_await restart();
    for (const Table& table : tables_) co_await check(table, ReadRange{});
    require_ok(co_await driver_.stop());
    co_return digest_;
  }
  uint64_t compactions() const { return compactions_; }

 private:
  ShardId home() {
    const uint64_t at = roll(dice_, 12);  // the same dice under every shard count
    return ShardId{static_cast<uint16_t>(at % shards())};
  }
  size_t shards() const { return options_.shard_counts[life_ % options_.shard_counts.size()]; }

  Task<void> one_step() {
    const Table& table = tables_[roll(dice_, tables_.size())];
    const uint64_t what = roll(dice_, 1000);
    if (what < 600)
      co_await write(table);
    else if (what < 640)
      co_await write_batch();
    else if (what < 800)
      co_await check(table, random_range(dice_, table, 6, 8));
    else if (what < 860)
      co_await check_paged(table);
    else if (what < 900)
      beside(flush(table));
    else if (what < 930)
      beside(compact(table));
    else if (what < 940)
      co_await truncate(table);
    else if (what < 955)
      pass_time();
    else if (what < 965)
      co_await restart();
    else
      require_ok(co_await driver_.flush(table));
  }

  Mutation mutation(const Table& table) {
    WriteDice writes{dice_, base_, driver_.now()};
    return writes.mutation(table);
  }
  Task<void> write(const Table& table) {
    Mutation m = mutation(table);
    const ShardId at = home();
    if (m.empty()) co_return;
    model_.apply(m);
    require_ok(co_await driver_.write(std::move(m), at));
  }
  Task<void> write_batch() {
    std::vector<Mutation> batch;
    for (uint64_t n = 2 + roll(dice_, 3); n > 0; --n) {
      Mutation m = mutation(tables_[roll(dice_, tables_.size())]);
      if (!m.empty()) batch.push_back(std::move(m));
    }
    for (const Mutation& m : batch) model_.apply(m);
    const ShardId at = home();
    require_ok(co_await driver_.write_batch(std::move(batch), at));
  }
  Task<void> check(const Table& table, ReadRange range) {
    const Seconds now = driver_.now();
    const Seen wanted = model_.read(table.id, range, now);
    const auto got = co_await driver_.read(table, range, now, home());
    note(table, range, got, wanted);
  }
  Task<void> check_paged(const Table& table) {
    const ReadRange range = random_range(dice_, table, 6, 8);
    const Seconds now = driver_.now();
    const Seen wanted = model_.read(table.id, range, now);
    const size_t rows = 1 + roll(dice_, 5);
    const auto got = co_await driver_.read_paged(table, range, now, rows, home());
    note(table, range, got, wanted);
  }
  void note(const Table& table, const ReadRange& range, const Result<Seen>& got, const Seen& wanted) {
    require_ok(got ? Status{} : fail(got.error()));
    const std::string where = difference(*got, wanted);
    CHECK_MESSAGE(where.empty(), table.name, (range.one_partition ? " one partition" : " scan"),
                  (range.reversed ? " reversed" : ""), " slices ", range.slices.size(), " writes ", model_.writes(),
                  " shards ", shards(), "\n  ", where);
    REQUIRE(where.empty());
    for (const std::string& line : *got) digest_ += line + "\n";
    digest_ += "--\n";
  }
  void beside(Task<void> task) { behind_.spawn(std::move(task)); }
  Task<void> flush(const Table& table) { require_ok(co_await driver_.flush(table)); }
  Task<void> compact(const Table& table) { require_ok(co_await driver_.compact(table)); }
  Task<void> truncate(const Table& table) {
    co_await behind_.join();
    require_ok(co_await driver_.truncate(table));
    model_.truncate(table.id);
  }
  // Beyond every grace: tombstones may go. What is written from now on is newer than all that was.
  void pass_time() {
    world_.clock.jump_wall(seconds(static_cast<int64_t>(30 + roll(dice_, 2) * 9000)));
    base_ += 1000;
  }
  Task<void> restart() {
    co_await behind_.join();
    compactions_ += driver_.counts().compactions;
    require_ok(co_await driver_.stop());
    ++life_;
    require_ok(co_await driver_.start(shards()));
  }

  SimWorld& world_;
  const HistoryOptions options_;
  Dice dice_;
  NodeDriver driver_;
  const std::vector<Table> tables_;
  DataModel model_;
  TaskGroup behind_;
  int64_t base_ = 1000;
  size_t life_ = 0;
  uint64_t compactions_ = 0;
  std::string digest_;
};

Task<void> check_all(NodeDriver& driver, const std::vector<Table>& tables, const DataModel& model) {
  for (const Table& table : tables) {
    const Seconds now = driver.now();
    const ReadRange everything;
    const auto got = co_await driver.read(table, everything, now);
    require_ok(got ? Status{} : fail(got.error()));
    const std::string where = difference(*got, model.read(table.id, everything, now));
    CHECK_MESSAGE(where.empty(), where);
  }
}

std::string digest_of(uint64_t seed, HistoryOptions options, uint64_t* compactions = nullptr) {
  std::string digest;
  run_sim(seed, kFourShards, [&](SimWorld& world) -> Task<void> {
    History history(world, seed, options);
    digest = co_await history.run();
    if (compactions != nullptr) *compactions += history.compactions();
  });
  return digest;
}

}  // namespace

TEST_SUITE("node_sim") {
  TEST_CASE("sim: random histories read as a model that knows nothing of files says") {
    uint64_t compactions = 0;
    for (const uint64_t seed : seeds(20)) digest_of(seed, {}, &compactions);
    CHECK_GT(compactions, 0);
  }

  TEST_CASE("sim: the same history gives the same answers with one shard, with four, and moving between them") {
    for (const uint64_t seed : seeds(12)) {
      const std::string one = digest_of(seed, {.shard_counts = {1}});
      CHECK(one == digest_of(seed, {.shard_counts = {4}}));
      CHECK(one == digest_of(seed, {.shard_counts = {1, 4, 2, 3}}));
    }
  }

  TEST_CASE("sim: a read goes on with what it began with through writes, flushes, compactions and a truncation") {
    for (const uint64_t seed : seeds(20)) {
      run_sim(seed, kFourShards, [&](SimWorld& world) -> Task<void> {
        Dice dice(seed);
        DataModel model;
        NodeDriver driver(world);
        const std::vector<Table> tables = {model_table(1, "ks", true)};
        const Table& table = tables.front();
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        const auto write_some = [&](int count) -> Task<void> {
          for (int n = 0; n < count; ++n) {
            WriteDice writes{.dice = dice, .now = driver.now(), .partitions = 20};
            Mutation m = writes.mutation(table);
            if (m.empty()) continue;
            model.apply(m);
            require_ok(co_await driver.write(std::move(m)));
          }
        };
        co_await write_some(60);
        require_ok(co_await driver.flush(table));
        co_await write_some(40);
        const DataModel before = model;
        const Seconds now = driver.now();
        const Keyspace keyspace;
        const RequestContext context{world.clock};
        ReadRange range;
        range.reversed = seed % 2 == 0;
        auto opened =
            co_await driver.node().coordinator(ShardId{0}).read(table, range, keyspace, Consistency::one, 3, context);
        require_ok(opened ? Status{} : fail(opened.error()));
        const std::unique_ptr<CoordinatedRead> read = *std::move(opened);
        LiveRows rows(read->stream(), now, range.reversed);
        Seen seen;
        bool begun = false;
        size_t steps = 0;
        for (LiveItem item;;) {
          const auto step = rows.next(item);
          require_ok(step ? Status{} : fail(step.error()));
          if (*step == Step::end) break;
          if (*step == Step::blocked) {
            require_ok(co_await read->stream().load(context));
            continue;
          }
          if (item.kind == LiveItem::Kind::partition) begun = false;
          const bool is_static = item.kind == LiveItem::Kind::static_row;
          if (is_static || item.kind == LiveItem::Kind::row) {
            if (!std::exchange(begun, true)) seen.push_back("partition " + Bytes(item.prefix));
            seen.push_back((is_static ? "static" : "row " + Bytes(item.position)) + describe_row(item.row, now));
          }
          if (++steps % 10 != 0) continue;
          co_await write_some(10);
          if (steps % 20 == 0) require_ok(co_await driver.flush(table));
          if (steps % 30 == 0) require_ok(co_await driver.compact(table));
          if (steps == 60) require_ok(co_await driver.truncate(table));
        }
        co_await read->close();
        CHECK_GT(steps, 60);
        const std::string where = difference(seen, before.read(table.id, range, now));
        CHECK_MESSAGE(where.empty(), where);
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: a driver's paging continues across restarts with other shard counts") {
    for (const uint64_t seed : seeds(6)) {
      run_sim(seed, kFourShards, [&](SimWorld& world) -> Task<void> {
        NodeDriver driver(world);
        Dice dice(seed);
        size_t shards = 1 + seed % 4;
        require_ok(co_await driver.start(shards));
        ClientState client;
        const RequestContext context{world.clock};
        const auto run = [&](std::string text, std::optional<Bytes> state, int32_t page) -> Task<QueryResult> {
          QueryOptions options;
          options.page_size = page;
          if (state) options.paging_state = *state;
          auto done = co_await driver.node().processor(ShardId{0}).query(text, options, client, context);
          require_ok(done ? Status{} : fail(done.error()));
          co_return *std::move(done);
        };
        const std::string replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
        (void)co_await run("CREATE KEYSPACE k WITH replication = " + replication, {}, -1);
        (void)co_await run("CREATE TABLE k.t (p int, c int, s text STATIC, v text, PRIMARY KEY (p, c))", {}, -1);
        for (int n = 0; n < 150; ++n) {
          const std::string p = std::to_string(roll(dice, 12)), c = std::to_string(roll(dice, 30));
          const std::string v = "'" + std::to_string(n) + "'";
          if (n % 10 == 0)
            (void)co_await run("INSERT INTO k.t (p, s) VALUES (" + std::to_string(n) + ", " + v + ")", {}, -1);
          else
            (void)co_await run("INSERT INTO k.t (p, c, v) VALUES (" + p + ", " + c + ", " + v + ")", {}, -1);
        }
        const std::string queries[] = {"SELECT * FROM k.t",
                                       "SELECT * FROM k.t LIMIT 40",
                                       "SELECT p, c, v FROM k.t PER PARTITION LIMIT 3",
                                       "SELECT DISTINCT p, s FROM k.t",
                                       "SELECT * FROM k.t WHERE p IN (3, 7, 1, 140) AND c > 5",
                                       "SELECT * FROM k.t WHERE p = 4 ORDER BY c DESC",
                                       "SELECT p, COUNT(*) FROM k.t GROUP BY p"};
        for (const std::string& query : queries) {
          const QueryResult whole_result = co_await run(query, {}, -1);
          const auto& whole = std::get<RowsResult>(whole_result.body);
          CHECK_GT(whole.row_count, 0);
          Bytes cells;
          uint32_t rows = 0;
          std::optional<Bytes> state;
          for (int page = 0; page == 0 || state; ++page) {
            const QueryResult result = co_await run(query, state, static_cast<int32_t>(1 + roll(dice, 9)));
            const auto& some = std::get<RowsResult>(result.body);
            cells += some.cells;
            rows += some.row_count;
            state = some.paging_state;
            if (page % 3 != 2) continue;
            require_ok(co_await driver.stop());
            shards = 1 + shards % 4;
            require_ok(co_await driver.start(shards));
          }
          CHECK_MESSAGE(rows == whole.row_count, query);
          CHECK_MESSAGE(cells == whole.cells, query);
        }
        require_ok(co_await driver.stop());
      });
    }
  }

  TEST_CASE("sim: sstables of another shard count are split in the background, and every row stays") {
    for (const uint64_t seed : seeds(8)) {
      run_sim(seed, kFourShards, [&](SimWorld& world) -> Task<void> {
        Dice dice(seed);
        DataModel model;
        NodeDriver driver(world);
        const std::vector<Table> tables = all_tables();
        require_ok(co_await driver.start(1));
        require_ok(co_await driver.make(tables));
        for (const size_t next : {4, 3, 1}) {
          for (int n = 0; n < 60; ++n) {
            WriteDice writes{.dice = dice, .now = driver.now(), .partitions = 30};
            const Table& table = tables[roll(dice, tables.size())];
            Mutation m = writes.mutation(table);
            if (m.empty()) continue;
            model.apply(m);
            require_ok(co_await driver.write(std::move(m)));
          }
          require_ok(co_await driver.stop());
          require_ok(co_await driver.start(next));
          CHECK_GT(driver.foreign_files(), 0);
          // A truncation in the middle of it, and reads meanwhile.
          if (seed % 3 == 0) {
            require_ok(co_await driver.truncate(tables[0]));
            model.truncate(tables[0].id);
          }
          for (int look = 0; driver.foreign_files() != 0 && look < 100; ++look) {
            co_await Executor::current()->sleep_until(world.clock.now() + millis(50));
            co_await check_all(driver, tables, model);
          }
          CHECK_EQ(driver.foreign_files(), 0);
          co_await check_all(driver, tables, model);
        }
        require_ok(co_await driver.stop());
      });
    }
  }
}

}  // namespace ringlet::sim
