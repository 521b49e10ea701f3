// What the plan promises over time: a table that is written to for long, planned and merged again and again by a disk that
// consists of nothing but numbers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "core/storage/compaction_levels.h"

namespace ringlet::testing {
namespace {

constexpr uint64_t kMiB = 1u << 20;
constexpr uint64_t kSeeds[] = {1, 2, 3, 4, 5, 6, 7, 8};

CompactionOptions options_of(std::map<std::string, std::string> given) {
  auto parsed = parse_compaction_options(given);
  if (!parsed) FAIL(parsed.error().detail);
  return *parsed;
}

// Files of numbers. Every flushed byte is new: nothing is ever overwritten, the worst case for writing.
class Table {
 public:
  Table(CompactionOptions options, uint64_t seed) : options_(options), dice_(seed) {}

  void flush() {
    PlanFile file{.id = FileId{next_id_++}, .bytes = kMiB / 2 + dice_() % kMiB, .partitions = 1000, .cells = 1000};
    file.first_token = Token{INT64_MIN + static_cast<int64_t>(dice_() >> 10)};
    file.last_token = Token{INT64_MAX - static_cast<int64_t>(dice_() >> 10)};
    file.min_timestamp = file.max_timestamp = Timestamp{static_cast<int64_t>(next_id_) * 1000000};
    flushed += file.bytes;
    files.push_back(file);
  }
  // Until nothing is due. Returns how many jobs it took.
  size_t settle() {
    for (size_t jobs = 0;; ++jobs) {
      const auto plan = plan_compaction(files, options_, context());
      if (plan.empty()) return jobs;
      check(plan);
      merge(plan.front());
      REQUIRE_LT(jobs, 10000);
    }
  }
  PlanContext context() const { return {.now = Seconds{0}, .gc_before = Seconds{INT64_MIN}, .flush_bytes = kMiB}; }
  size_t depth() const {
    PlanFiles refs;
    for (const PlanFile& file : files) refs.push_back(&file);
    size_t depth = 0;
    for (const OverlapSet& set : overlap_sets(refs)) depth = std::max(depth, set.deepest.size());
    return depth;
  }
  uint64_t bytes() const {
    uint64_t sum = 0;
    for (const PlanFile& file : files) sum += file.bytes;
    return sum;
  }

  std::vector<PlanFile> files;
  uint64_t flushed = 0, written = 0, largest_job = 0;

 private:
  const PlanFile& at(FileId id) const {
    const auto found = std::ranges::find(files, id, &PlanFile::id);
    REQUIRE(found != files.end());
    return *found;
  }

  // Disjoint, of files that are there, and each worth it: it makes fewer files lie over some token.
  void check(const std::vector<CompactionJob>& plan) const {
    std::set<FileId> seen;
    for (const CompactionJob& job : plan) {
      REQUIRE(!job.inputs.empty());
      uint64_t sum = 0;
      PlanFiles inputs;
      for (const FileId id : job.inputs) {
        REQUIRE(seen.insert(id).second);
        inputs.push_back(&at(id));
        sum += inputs.back()->bytes;
      }
      REQUIRE_EQ(job.bytes, sum);
      size_t depth = 0;
      for (const OverlapSet& set : overlap_sets(inputs)) depth = std::max(depth, set.deepest.size());
      REQUIRE_GE(depth, 2);
      REQUIRE_LE(depth, options_.max_runs);
    }
  }

  void merge(const CompactionJob& job) {
    Token first{INT64_MAX}, last{INT64_MIN};
    uint64_t partitions = 0;
    Timestamp newest{INT64_MIN};
    for (const FileId id : job.inputs) {
      const PlanFile& file = at(id);
      first = std::min(first, file.first_token);
      last = std::max(last, file.last_token);
      partitions += file.partitions;
      newest = std::max(newest, file.max_timestamp);
    }
    std::erase_if(files, [&](const PlanFile& f) { return std::ranges::find(job.inputs, f.id) != job.inputs.end(); });
    const uint32_t from = part_at(first, job.parts), to = part_at(last, job.parts);
    REQUIRE_EQ(job.outputs_max, to - from + 1);
    const double width = 18446744073709551616.0 / job.parts;
    const auto token_at = [width](uint32_t part, double shift) {  // about where a part begins
      return Token{static_cast<int64_t>(std::min(part * width - shift, 9.2233e18))};
    };
    for (uint32_t part = from; part <= to; ++part) {
      PlanFile file{.id = FileId{next_id_++}, .level = job.level, .bytes = job.bytes / job.outputs_max, .cells = 1000};
      file.partitions = std::max<uint64_t>(partitions / job.outputs_max, 10);
      file.first_token = part == from ? first : token_at(part, 9.2e18);
      file.last_token = part == to ? last : token_at(part + 1, 9.2233e18);
      if (file.first_token < first) file.first_token = first;
      file.max_timestamp = file.min_timestamp = newest;
      files.push_back(file);
    }
    written += job.bytes;
    largest_job = std::max(largest_job, job.bytes);
  }

  const CompactionOptions options_;
  std::mt19937_64 dice_;
  uint64_t next_id_ = 1;
};

double levels_of(const Table& table, double fanout) {
  return std::ceil(std::log(static_cast<double>(table.flushed) / kMiB) / std::log(fanout)) + 1;
}

}  // namespace

TEST_SUITE("compaction_plan_properties") {
  TEST_CASE("tiered: every byte is written about once a level, and few files lie over one token") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      for (const char* threshold : {"4", "8"}) {
        const double fanout = std::stod(threshold);
        Table table(options_of({{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", threshold}}), seed);
        for (int n = 0; n < 1500; ++n) {
          table.flush();
          table.settle();
          REQUIRE_LE(static_cast<double>(table.depth()), levels_of(table, fanout) * (fanout - 1));
        }
        CHECK_LE(static_cast<double>(table.written) / static_cast<double>(table.flushed), levels_of(table, fanout));
        CHECK_EQ(table.bytes(), table.flushed);
      }
    }
  }

  TEST_CASE("leveled: one run a level lies over any token, and bytes are written at most fanout times a level") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Table table(options_of({{"class", "LeveledCompactionStrategy"}, {"sstable_size_in_mb", "8"}}), seed);
      for (int n = 0; n < 1500; ++n) {
        table.flush();
        table.settle();
        REQUIRE_LE(static_cast<double>(table.depth()), levels_of(table, 10) + 1);  // pieces at a level's edge
      }
      CHECK_LE(static_cast<double>(table.written) / static_cast<double>(table.flushed), levels_of(table, 10) * 10);
      CHECK_LE(table.largest_job, table.flushed / 2);  // cut finely, a level is merged piece by piece
      for (const PlanFile& file : table.files) CHECK_LE(file.bytes, 16 * kMiB);
    }
  }

  TEST_CASE("unified: tiers below and levels above, each with its own fanout, and outputs that stay within bounds") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Table table(options_of({{"class", "UnifiedCompactionStrategy"},
                              {"scaling_parameters", "T8, T4, N, L4"},
                              {"target_sstable_size", "16MiB"},
                              {"min_sstable_size", "1MiB"}}),
                  seed);
      for (int n = 0; n < 1500; ++n) {
        table.flush();
        table.settle();
      }
      CHECK_LE(table.depth(), 7 + 3 + 1 + 3);
      CHECK_EQ(table.bytes() / kMiB, doctest::Approx(table.flushed / kMiB).epsilon(0.01));
    }
  }

  TEST_CASE("whatever files there are, under whatever options, planning ends and loses none") {
    const std::map<std::string, std::string> all[] = {
        {{"class", "SizeTieredCompactionStrategy"}, {"max_threshold", "6"}},
        {{"class", "LeveledCompactionStrategy"}, {"sstable_size_in_mb", "2"}},
        {{"class", "TimeWindowCompactionStrategy"}, {"compaction_window_unit", "MINUTES"}},
        {{"class", "UnifiedCompactionStrategy"},
         {"overlap_inclusion_method", "NONE"},
         {"max_sstables_to_compact", "3"}},
        {{"class", "UnifiedCompactionStrategy"}, {"overlap_inclusion_method", "SINGLE"}, {"scaling_parameters", "N"}},
        {{"class", "UnifiedCompactionStrategy"}, {"scaling_parameters", "L100, T2"}, {"base_shard_count", "3"}}};
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      std::mt19937_64 dice(seed);
      for (const auto& given : all) {
        Table table(options_of(given), seed);
        for (int n = 0; n < 60; ++n) {
          table.flush();
          PlanFile& file = table.files.back();
          file.bytes = uint64_t{1} << (10 + dice() % 24);
          file.partitions = 1 + dice() % 50;
          const Token a{static_cast<int64_t>(dice())}, b{static_cast<int64_t>(dice())};
          file.first_token = std::min(a, b);
          file.last_token = std::max(a, b);
        }
        const uint64_t before = table.bytes();
        table.settle();
        CHECK_LE(before - table.bytes(), before / 100);  // only what dividing rounds away
        CHECK_EQ(table.settle(), 0);
      }
    }
  }
}

}  // namespace ringlet::testing
