// A disk that fills up under a node: what is refused, what goes on, and how it ends.
#include <doctest/doctest.h>

#include <set>

#include "core/base/murmur3.h"
#include "tests/sim/node_driver.h"

namespace ringlet::sim {
namespace {

constexpr WorldOptions kTwoShards{.shards = 2};
constexpr size_t kPartitions = 4;

// One row a write: column c of partition c % 4. Values are long enough to fill log and memtables.
class FullDisk {
 public:
  FullDisk(SimWorld& world, uint64_t seed) : world_(world), driver_(world), seed_(seed) {
    driver_.options().memory_bytes = kMemoryBytesMin + (8u << 20);
  }
  NodeDriver& driver() { return driver_; }
  const std::set<int32_t>& rows() const { return rows_; }

  Task<void> begin() {
    require_ok(co_await driver_.start(2));
    require_ok(co_await driver_.make({kept_, given_up_}));
    for (int32_t c = 0; c < 40; ++c) require_ok(co_await put(c));
    for (int32_t c = 0; c < 60; ++c) require_ok(co_await write(given_up_, c, noise(c, 20000)));
    for (const Table& table : {kept_, given_up_}) require_ok(co_await driver_.flush(table));
  }
  // Until ordinary writes are refused for want of space.
  Task<void> fill() {
    world_.disk.set_capacity(world_.disk.used_bytes() + (200u << 10));
    Status last;
    for (int32_t c = 1000; c < 3000 && last; ++c) last = co_await put(c);
    REQUIRE_FALSE(last);
    CHECK_EQ(last.error().code, Errc::no_space);
    CHECK_NE(last.error().detail.find("the disk of the data directory is full"), std::string::npos);
  }
  Task<Status> put(int32_t c) {
    const Status done = co_await write(kept_, c, noise(c, 4000));
    if (done)
      rows_.insert(c);
    else
      unknown_.insert(c);
    co_return done;
  }
  Task<Status> remove(int32_t c) {
    Mutation m = at(kept_, c);
    Bytes row;
    RowBuilder builder(row);
    builder.deletion({Timestamp{++stamp_}, Seconds{1}});
    builder.finish();
    m.rows.push_back({row_position(kept_, c), std::move(row)});
    const Status done = co_await driver_.write(std::move(m), home(c));
    if (done) rows_.erase(c);
    co_return done;
  }
  Task<void> check() {
    const ReadRange everything;
    const auto seen = co_await driver_.read(kept_, everything, driver_.now());
    require_ok(seen ? Status{} : fail(seen.error()));
    std::set<std::string> found;
    for (const std::string& line : *seen)
      if (line.starts_with("row ")) found.insert(line.substr(4, place(0).size()));
    size_t missing = 0, back = 0;
    for (const int32_t c : rows_) missing += found.contains(place(c)) ? 0 : 1;
    for (int32_t c = 0; c < 4000; ++c)
      back += found.contains(place(c)) && !rows_.contains(c) && !unknown_.contains(c) ? 1 : 0;
    CHECK_EQ(missing, 0);
    CHECK_EQ(back, 0);
  }
  Task<void> deletions_go_on() {
    for (int round = 0; round < 8; ++round)
      for (int32_t c = 0; c < 40; ++c) {
        const Status removed = co_await remove(c);
        CHECK_MESSAGE(removed, (removed ? "" : removed.error().detail));
      }
    co_await check();
  }
  Task<void> writes_resume() {
    co_await Executor::current()->sleep_until(world_.clock.now() + seconds(2));
    for (int32_t c = 3000; c < 3020; ++c) {
      const Status done = co_await put(c);
      CHECK_MESSAGE(done, (done ? "" : done.error().detail));
    }
    co_await check();
  }
  const Table& given_up() const { return given_up_; }

 private:
  static ShardId home(int32_t c) { return ShardId{static_cast<uint16_t>(c / 7 % 2)}; }
  Bytes place(int32_t c) const { return row_position(kept_, c); }
  Bytes noise(int32_t c, size_t bytes) const {  // that no compression makes smaller
    Dice dice(seed_ * 100000 + static_cast<uint64_t>(c));
    Bytes value;
    while (value.size() < bytes) value.push_back(static_cast<char>(dice()));
    return value;
  }
  static Mutation at(const Table& table, int32_t c) {
    Mutation m;
    m.table = table.id;
    m.partition_key = "p" + std::to_string(static_cast<size_t>(c) % kPartitions);
    m.token = token_of(m.partition_key);
    return m;
  }
  Task<Status> write(const Table& table, int32_t c, Bytes value) {
    Mutation m = at(table, c);
    const Timestamp stamp{++stamp_};
    Bytes row;
    RowBuilder builder(row);
    builder.liveness({stamp, 0, kNoExpiry, 0});
    CellView cell;
    cell.column = ColumnId{kTextColumn};
    cell.at = stamp;
    cell.value = value;
    builder.cell(cell);
    builder.finish();
    m.rows.push_back({row_position(table, c), std::move(row)});
    co_return co_await driver_.write(std::move(m), home(c));
  }

  SimWorld& world_;
  NodeDriver driver_;
  const uint64_t seed_;
  const Table kept_ = model_table(1, "ks", true), given_up_ = model_table(2, "ks", true);
  int64_t stamp_ = 1000;
  std::set<int32_t> rows_, unknown_;  // acknowledged and not deleted; refused, perhaps after all written
};

TEST_SUITE("full_disk_sim") {
  TEST_CASE("sim: on a full disk writes are refused, reads and deletions go on, and room ends it without a restart") {
    for (const uint64_t seed : seeds(4)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        FullDisk node(world, seed);
        co_await node.begin();
        co_await node.fill();
        co_await node.check();
        co_await node.deletions_go_on();
        CHECK_FALSE(co_await node.put(999));
        world.disk.set_capacity(uint64_t{1} << 30);
        co_await node.writes_resume();
        require_ok(co_await node.driver().stop());
      });
    }
  }

  TEST_CASE("sim: on a full disk a table can be emptied or dropped, and the room it had lets writes in again") {
    for (const uint64_t seed : seeds(4)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        FullDisk node(world, seed);
        co_await node.begin();
        co_await node.fill();
        require_ok(seed % 2 == 0 ? co_await node.driver().truncate(node.given_up())
                                 : co_await node.driver().drop(node.given_up()));
        co_await node.writes_resume();
        require_ok(co_await node.driver().stop());
      });
    }
  }

  TEST_CASE("sim: a power cut on a full disk loses nothing acknowledged, and the node starts on it") {
    for (const uint64_t seed : seeds(4)) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        FullDisk node(world, seed);
        co_await node.begin();
        co_await node.fill();
        co_await node.deletions_go_on();
        world.disk.crash();
        (void)co_await node.driver().stop(world.clock.now());
        const DiskState frozen = world.disk.state();
        for (uint64_t survivor = 0; survivor < 6; ++survivor) {
          CAPTURE(survivor);
          world.disk.restart(survivor_of(frozen, survivor));
          require_ok(co_await node.driver().start(2));
          co_await node.check();
          if (survivor == 5) {
            world.disk.set_capacity(uint64_t{1} << 30);
            co_await node.writes_resume();
          }
          (void)co_await node.driver().stop(world.clock.now());
        }
      });
    }
  }
}

}  // namespace
}  // namespace ringlet::sim
