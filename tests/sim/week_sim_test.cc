// A gateway's week: sensors that write a reading a second each into a table with a time to live and windows of time. What that
// costs in bytes of flash, by cause, and what the disk holds at the end. Always a small one; RINGLET_LONG=1 runs the real thing.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "tests/sim/node_driver.h"

namespace ringlet::sim {
namespace {

struct Scale {
  int sensors;
  int64_t window_seconds, windows_kept, windows_run;
  size_t memory_bytes;
  int32_t flush_period_ms;
  int64_t ttl_seconds() const { return window_seconds * windows_kept; }
};
constexpr Scale kWeek{100, 86400, 7, 9, 64u << 20, 0};  // a week until the first readings expire, and two days beyond
constexpr Scale kSmall{100, 1800, 7, 13, 64u << 20, 1800 * 1000 / 12};
constexpr int64_t kGraceSeconds = 3600;  // of tombstone_gc `immediate`, for late retries

Table readings_table(const Scale& scale) {
  Table table = model_table(1, "gateway", true);
  table.options.compaction = {{"class", "TimeWindowCompactionStrategy"},
                              {"compaction_window_unit", "MINUTES"},
                              {"compaction_window_size", std::to_string(scale.window_seconds / 60)}};
  table.options.memtable_flush_period_in_ms = scale.flush_period_ms;
  table.options.default_time_to_live = static_cast<int32_t>(scale.ttl_seconds());
  return table;
}

// Waits for all readings of a second together.
class AllWritten final : public WriteWaiter {
 public:
  void written(const Status& status) override {
    require_ok(status);
    if (--left_ == 0 && waiting_) Executor::current()->post(waiting_);
  }
  void expect(int writes) { left_ = writes; }
  bool await_ready() const { return left_ == 0; }
  void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
  void await_resume() { waiting_ = {}; }

 private:
  int left_ = 0;
  std::coroutine_handle<> waiting_;
};

class Gateway {
 public:
  Gateway(SimWorld& world, NodeDriver& driver, const Scale& scale)
      : world_(world),
        driver_(driver),
        scale_(scale),
        table_(readings_table(scale)),
        dice_(world.env.rng.stream("sensors")),
        temperatures_(static_cast<size_t>(scale.sensors), 20.0) {}

  const Table& table() const { return table_; }
  Engine& engine() { return driver_.node().shards()[ShardId{0}].engine; }

  // All sensors' readings of one second: they ride on one sync.
  Task<void> second() {
    const int64_t at = second_++;
    AllWritten all;
    all.expect(scale_.sensors);
    for (int sensor = 0; sensor < scale_.sensors; ++sensor) {
      write_reading(sensor, at);
      require_ok(engine().enter(mutation_, all));
    }
    co_await all;
    co_await Executor::current()->sleep_until(began_ + seconds(second_));
  }
  void begin() { began_ = world_.clock.now(); }

  // A sensor's partition holds one window, as a sensible schema has it.
  Bytes partition(int sensor, int64_t at) const {
    return "sensor-" + std::to_string(sensor) + "/" + std::to_string(at / scale_.window_seconds);
  }
  Task<size_t> rows_of(int sensor, int64_t at) {
    ReadRange range;
    range.one_partition = true;
    const Bytes key = partition(sensor, at);
    append_partition_prefix(token_of(key), key, range.first_prefix);
    const auto seen = co_await driver_.read(table_, range, driver_.now());
    require_ok(seen ? Status{} : fail(seen.error()));
    co_return std::ranges::count_if(*seen, [](const std::string& line) { return line.starts_with("row"); });
  }
  // Of the table, as the manifest has them.
  Task<std::set<FileId>> files() {
    const auto manifest = co_await driver_.node().local().manifest();
    require_ok(manifest ? Status{} : fail(manifest.error()));
    std::set<FileId> ids;
    for (const ManifestFile& file : manifest->live)
      if (file.table == table_.id) ids.insert(file.id);
    co_return ids;
  }
  TableCounts counts() { return engine().table_counts().at(table_.id); }
  int64_t seconds_run() const { return second_; }

 private:
  void write_reading(int sensor, int64_t at) {
    double& temperature = temperatures_[static_cast<size_t>(sensor)];
    temperature += static_cast<double>(static_cast<int64_t>(dice_->below(11)) - 5) / 100;
    const Timestamp now = world_.clock.wall();
    const Seconds expires{to_seconds(now).raw + scale_.ttl_seconds()};
    const auto ttl = static_cast<uint32_t>(scale_.ttl_seconds());
    mutation_.table = table_.id;
    mutation_.partition_key = partition(sensor, at);
    mutation_.token = token_of(mutation_.partition_key);
    mutation_.rows.resize(1);
    mutation_.rows[0].position = row_position(table_, static_cast<int32_t>(at));
    mutation_.rows[0].row.clear();
    RowBuilder builder(mutation_.rows[0].row);
    builder.liveness({now, ttl, expires, 0});
    char value[8];
    store_big(value, static_cast<int64_t>(temperature * 100));
    CellView cell;
    cell.column = ColumnId{kTextColumn};
    cell.kind = CellKind::expiring;
    cell.at = now;
    cell.ttl = ttl;
    cell.local = expires;
    cell.value = {value, sizeof value};
    builder.cell(cell);
    builder.finish();
  }

  SimWorld& world_;
  NodeDriver& driver_;
  const Scale scale_;
  const Table table_;
  const std::unique_ptr<Rng> dice_;
  std::vector<double> temperatures_;
  Mutation mutation_;
  Instant began_{};
  int64_t second_ = 0;
};

constexpr double kMiB = 1 << 20;

void print_window(int64_t window, const WrittenBytes& wrote, uint64_t user, const TableCounts& counts, uint64_t used) {
  std::printf("window %2lld: %7.1f MiB of users;", static_cast<long long>(window), static_cast<double>(user) / kMiB);
  for (size_t cause = 0; cause < kWriteCauses - 1; ++cause)
    std::printf(" %s %.1f (%.2f),", kWriteCauseNames[cause], static_cast<double>(wrote.by[cause]) / kMiB,
                static_cast<double>(wrote.by[cause]) / static_cast<double>(user));
  std::printf(" all %.1f (%.2f a byte); on disk %.1f MiB in %llu files, with log and metadata %.1f\n",
              static_cast<double>(wrote.total()) / kMiB, static_cast<double>(wrote.total()) / static_cast<double>(user),
              static_cast<double>(counts.sstable_bytes) / kMiB, static_cast<unsigned long long>(counts.sstables),
              static_cast<double>(used) / kMiB);
  std::fflush(stdout);
}

// Runs all windows; looks at the end of each, and says so where `print`.
Task<void> run_windows(SimWorld& world, NodeDriver& driver, const Scale& scale, bool print) {
  Gateway gateway(world, driver, scale);
  require_ok(co_await driver.start(1));
  const std::vector<Table> tables = {gateway.table()};
  require_ok(co_await driver.make(tables));
  // Each look comes late enough in the next window for the last one to have been made one file.
  const int64_t into_window = scale.window_seconds / 4;
  WrittenBytes before;
  uint64_t user_before = 0;
  std::set<FileId> known, old;
  std::vector<uint64_t> held, compacted;
  gateway.begin();
  // The windows of the world's clock begin at whole multiples, as the simulated year does.
  for (int64_t window = 0; window < scale.windows_run; ++window) {
    const int64_t until = (window + 1) * scale.window_seconds + into_window;
    while (gateway.seconds_run() < until) co_await gateway.second();
    world.disk.forget_removed();
    const EngineCounts engine = driver.counts();
    const WrittenBytes written = driver.node().flash().written(engine);
    const TableCounts counts = gateway.counts();
    if (print) print_window(window, written - before, engine.user_bytes - user_before, counts, world.disk.used_bytes());
    held.push_back(counts.sstable_bytes);
    compacted.push_back(written[WriteCause::compaction] - before[WriteCause::compaction]);
    before = written;
    user_before = engine.user_bytes;
    // A window that is over is one file, which stays as it is until it goes as a whole.
    const std::set<FileId> now = co_await gateway.files();
    size_t gone = 0;
    for (const FileId id : old) gone += now.contains(id) ? 0 : 1;
    CHECK_LE(gone, 1);
    if (gone == 1) CHECK_FALSE(now.contains(*old.begin()));
    const int64_t expired = until - scale.ttl_seconds() - kGraceSeconds - 120;
    const auto dropped = std::max<int64_t>(0, expired / scale.window_seconds);
    std::set<FileId> still;
    for (const FileId id : now)
      if (known.contains(id)) still.insert(id);
    CHECK_GE(still.size(), static_cast<size_t>(std::max<int64_t>(0, window - dropped - 1)));
    CHECK_LE(still.size(), static_cast<size_t>(window - dropped + 2));
    old = still;
    known = now;
  }
  // It has levelled off: what comes goes, and what is compacted does not grow with what is kept.
  const size_t last = held.size() - 1;
  CHECK_LT(held[last], held[last - 1] + held[last - 1] / 10);
  CHECK_LT(compacted[last], compacted[2] + compacted[2] / 2);
  CHECK_EQ(co_await gateway.rows_of(3, gateway.seconds_run() - scale.window_seconds),
           static_cast<size_t>(scale.window_seconds));
  CHECK_EQ(co_await gateway.rows_of(3, 0), 0);
  require_ok(co_await driver.stop());
}

}  // namespace

TEST_SUITE("week_sim") {
  TEST_CASE(
      "sim: with windows of time and a time to live the disk levels off, and what expires goes in whole files unread") {
    run_sim(1, [](SimWorld& world) -> Task<void> {
      const Scale& scale = long_run() ? kWeek : kSmall;
      NodeDriver driver(world);
      driver.options().memory_bytes = scale.memory_bytes;
      driver.set_log_segment_bytes(LogOptions{}.segment_bytes);
      co_await run_windows(world, driver, scale, true);
    });
  }
}

}  // namespace ringlet::sim
