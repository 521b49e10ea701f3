// A million operations on one node, under every compaction strategy, rule of tombstone_gc and row caching, against a model with rules of its
// own: writes and deletions of every kind, reads in both directions, in slices and pages, while tables are flushed, compacted,
// scrubbed and restarted.
#include <doctest/doctest.h>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "tests/sim/node_driver.h"
#include "tests/sim/random_range.h"
#include "tests/sim/row_model.h"

namespace ringlet::sim {
namespace {

constexpr WorldOptions kTwoShards{.shards = 2};
constexpr int kPartitions = 6, kRows = 12;
#if defined(__OPTIMIZE__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
constexpr size_t kOperations = 1'000'000;
#else
constexpr size_t kOperations = 40'000;  // a build to find other things with
#endif

std::vector<Table> all_tables() {
  std::vector<Table> tables;
  const auto add = [&](bool clustering, std::map<std::string, std::string> compaction, const char* gc) {
    Table table = model_table(static_cast<uint8_t>(tables.size() + 1), "ks", clustering);
    const char* const kCaching[] = {"NONE", "ALL", "3", "ALL"};
    table.options.caching["rows_per_partition"] = clustering ? kCaching[tables.size() % 4] : "ALL";
    table.options.compaction = std::move(compaction);
    if (gc != nullptr) table.options.tombstone_gc = {{"mode", gc}};
    tables.push_back(std::move(table));
  };
  add(true, {{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "2"}}, nullptr);
  add(true, {{"class", "LeveledCompactionStrategy"}}, "timeout");
  add(true,
      {{"class", "UnifiedCompactionStrategy"},
       {"scaling_parameters", "T3"},
       {"min_sstable_size", "0B"},
       {"unsafe_aggressive_sstable_expiration", "false"}},
      "repair");
  add(true,
      {{"class", "TimeWindowCompactionStrategy"},
       {"timestamp_resolution", "SECONDS"},
       {"compaction_window_unit", "MINUTES"},
       {"compaction_window_size", "30"},
       {"tombstone_compaction_interval", "0"},
       {"tombstone_threshold", "0.05"}},
      "immediate");
  add(true,
      {{"class", "UnifiedCompactionStrategy"}, {"scaling_parameters", "L4"}, {"overlap_inclusion_method", "NONE"}},
      "disabled");
  add(false, {{"class", "SizeTieredCompactionStrategy"}, {"tombstone_compaction_interval", "0"}}, nullptr);
  return tables;
}

class Million {
 public:
  Million(SimWorld& world, uint64_t seed) : world_(world), dice_(seed), driver_(world), tables_(all_tables()) {
    for (const Table& table : tables_) models_.emplace_back(table, kRows);
  }

  Task<void> run(size_t operations) {
    require_ok(co_await driver_.start(1 + roll(dice_, 2)));
    require_ok(co_await driver_.make(tables_));
    while (done_ < operations) co_await one_step(roll(dice_, tables_.size()));
    co_await restart();
    for (size_t t = 0; t < tables_.size(); ++t) co_await check(t, ReadRange{});
    require_ok(co_await driver_.stop());
  }
  size_t done() const { return done_; }
  uint64_t compactions() const { return compactions_; }
  uint64_t lives() const { return lives_; }
  uint64_t row_hits() const { return row_hits_; }

 private:
  Task<void> one_step(size_t t) {
    ++done_;
    const uint64_t what = roll(dice_, 10000);
    if (what < 6100)
      co_await write(t);
    else if (what < 8500)
      co_await check(t, random_range(dice_, tables_[t], kPartitions, kRows));
    else if (what < 9720)
      co_await check_paged(t);
    else if (what < 9820)
      require_ok(co_await driver_.flush(tables_[t]));
    else if (what < 9845)
      behind_.spawn(compact(t));
    else if (what < 9855)
      behind_.spawn(rewrite(t));
    else if (what < 9862)
      co_await truncate(t);
    else if (what < 9994)
      pass_time();
    else
      co_await restart();
  }

  Task<void> write(size_t t) {
    WriteDice writes{.dice = dice_, .base = base_, .now = driver_.now(), .partitions = kPartitions, .rows = kRows};
    Mutation m = writes.mutation(tables_[t]);
    if (m.empty()) co_return;
    models_[t].apply(m);
    require_ok(co_await driver_.write(std::move(m)));
  }
  Task<void> check(size_t t, ReadRange range) {
    const Seconds now = driver_.now();
    const auto got = co_await driver_.read(tables_[t], range, now);
    compare(t, range, got, models_[t].read(range, now));
  }
  Task<void> check_paged(size_t t) {
    const ReadRange range = random_range(dice_, tables_[t], kPartitions, kRows);
    const Seconds now = driver_.now();
    const size_t rows = 1 + roll(dice_, 9);
    const auto got = co_await driver_.read_paged(tables_[t], range, now, rows);
    compare(t, range, got, models_[t].read(range, now));
  }
  void compare(size_t t, const ReadRange& range, const Result<Seen>& got, const Seen& wanted) {
    require_ok(got ? Status{} : fail(got.error()));
    if (*got == wanted) return;
    const auto [a, b] = std::ranges::mismatch(*got, wanted);
    const std::string is = a == got->end() ? "(nothing)" : *a, should = b == wanted.end() ? "(nothing)" : *b;
    CHECK_MESSAGE(false, tables_[t].name, range.one_partition ? " one partition" : " scan",
                  range.reversed ? " reversed" : "", " slices ", range.slices.size(), " operation ", done_,
                  "\n  got    ", is, "\n  wanted ", should);
    REQUIRE(false);
  }
  Task<void> compact(size_t t) { require_ok(co_await driver_.compact(tables_[t])); }
  Task<void> rewrite(size_t t) {
    const FileWork what[] = {FileWork::scrub, FileWork::upgrade_all, FileWork::verify, FileWork::cleanup};
    const auto report = co_await driver_.work_on_files(tables_[t], what[roll(dice_, 4)]);
    require_ok(report ? Status{} : fail(report.error()));
    CHECK(report->damage.empty());
  }
  Task<void> truncate(size_t t) {
    co_await behind_.join();
    require_ok(co_await driver_.truncate(tables_[t]));
    models_[t].truncate();
  }
  // What is written is newer than anything that a grace has passed for since.
  void pass_time() {
    const int64_t by = roll(dice_, 3) == 0 ? 4000 + static_cast<int64_t>(roll(dice_, 4000))
                                           : 1 + static_cast<int64_t>(roll(dice_, 60));
    world_.clock.jump_wall(seconds(by));
    since_ += by;
    if (since_ < 1200) return;
    since_ = 0;
    base_ += 1000;
  }
  Task<void> restart() {
    co_await behind_.join();
    compactions_ += driver_.counts().compactions;
    row_hits_ += driver_.counts().row_cache_hits;
    ++lives_;
    require_ok(co_await driver_.stop());
    require_ok(co_await driver_.start(1 + roll(dice_, 2)));
  }

  SimWorld& world_;
  Dice dice_;
  NodeDriver driver_;
  const std::vector<Table> tables_;
  std::vector<RowModel> models_;
  TaskGroup behind_;
  size_t done_ = 0;
  int64_t base_ = 1000, since_ = 0;
  uint64_t compactions_ = 0, lives_ = 0, row_hits_ = 0;
};

}  // namespace

TEST_SUITE("model_sim") {
  TEST_CASE("sim: a million operations read as a model with rules of its own says") {
    size_t operations = 0;
    uint64_t compactions = 0, lives = 0, row_hits = 0;
    const std::vector<uint64_t> all = seeds(18, 2);
    const size_t wanted = kOperations * (long_run() ? 10 : 1);
    std::string told;
    for (const uint64_t seed : all) told += " " + std::to_string(seed);
    MESSAGE("seeds:", told);
    for (const uint64_t seed : all) {
      run_sim(seed, kTwoShards, [&](SimWorld& world) -> Task<void> {
        Million million(world, seed);
        co_await million.run((wanted + all.size() - 1) / all.size());
        operations += million.done();
        compactions += million.compactions();
        lives += million.lives();
        row_hits += million.row_hits();
      });
    }
    CHECK_GE(operations, wanted);
    CHECK_GT(compactions, operations / 2000);
    CHECK_GT(row_hits, operations / 500);
    MESSAGE("operations: ", operations, ", compactions: ", compactions, ", starts: ", lives);
  }
}

}  // namespace ringlet::sim
