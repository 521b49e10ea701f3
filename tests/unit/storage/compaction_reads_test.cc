#include "core/storage/compaction_reads.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <random>

#include "core/storage/compaction_levels.h"

namespace ringlet::testing {
namespace {

constexpr uint64_t kMiB = 1u << 20;
constexpr uint64_t kEnough = 1ull << 40;
constexpr uint64_t kSeeds[] = {1, 2, 3, 4, 5, 6, 7, 8};

CompactionOptions options_of(std::map<std::string, std::string> given) {
  auto parsed = parse_compaction_options(given);
  if (!parsed) FAIL(parsed.error().detail);
  return *parsed;
}
CompactionOptions tiered() { return options_of({{"class", "SizeTieredCompactionStrategy"}}); }

PlanContext context() { return {.now = Seconds{1000}, .gc_before = Seconds{1000}, .flush_bytes = kMiB}; }

PlanFile file(uint64_t id, uint64_t bytes, int64_t seconds = 0) {
  return {.id = FileId{id},
          .bytes = bytes,
          .partitions = 1000,
          .first_token = Token{INT64_MIN + 1},
          .last_token = Token{INT64_MAX},
          .min_timestamp = Timestamp{seconds * 1000000},
          .max_timestamp = Timestamp{seconds * 1000000},
          .cells = 100};
}

std::vector<PlanFile> files_of(std::initializer_list<uint64_t> mebibytes) {
  std::vector<PlanFile> files;
  for (const uint64_t each : mebibytes) files.push_back(file(files.size() + 1, each * kMiB));
  return files;
}

using Ids = std::vector<uint64_t>;
Ids ids(const ReadPlan& plan) {
  Ids out;
  if (plan.job)
    for (const FileId id : plan.job->inputs) out.push_back(id.raw);
  return out;
}

// A table of numbers that is read at random and not written to any more.
class Table {
 public:
  Table(CompactionOptions options, uint64_t seed) : options_(std::move(options)), dice_(seed) {}

  void add(uint64_t bytes) {
    PlanFile added = file(next_id_++, bytes);
    if (dice_() % 3 == 0) {  // a piece of something
      const Token a{static_cast<int64_t>(dice_())}, b{static_cast<int64_t>(dice_())};
      added.first_token = std::min(a, b);
      added.last_token = std::max(a, b);
    }
    files.push_back(added);
  }
  // What writing asks for, first.
  void settle() {
    for (auto jobs = plan_compaction(files, options_, context()); !jobs.empty();
         jobs = plan_compaction(files, options_, context()))
      merge(jobs.front());
  }
  // So many point reads of a token each.
  void read(uint64_t reads) {
    const Token token{static_cast<int64_t>(dice_())};
    const auto covers = [&](const PlanFile& f) { return f.first_token <= token && token <= f.last_token; };
    const auto asked = static_cast<uint64_t>(std::ranges::count_if(files, covers));
    if (asked < 2) return;
    looks += reads * (asked - 1);
    credits.looks += reads * (asked - 1);
  }
  bool adapt() {
    const ReadPlan plan = plan_for_reads(files, options_, context(), credits.looks);
    REQUIRE_EQ(plan.job.has_value(), plan.looks_needed <= credits.looks);
    if (!plan.job) return false;
    const uint64_t before = credits.looks;
    credits.spend(plan.job->bytes);
    REQUIRE_GE((before - credits.looks) * kRewrittenBytesPerLook, plan.job->bytes);
    written += plan.job->bytes;
    merge(*plan.job);
    return true;
  }
  size_t depth() const {
    PlanFiles all;
    for (const PlanFile& each : files) all.push_back(&each);
    return depth_of(all);
  }
  uint64_t bytes() const {
    uint64_t sum = 0;
    for (const PlanFile& each : files) sum += each.bytes;
    return sum;
  }

  std::vector<PlanFile> files;
  ReadCredits credits;
  uint64_t looks = 0, written = 0;

 private:
  void merge(const CompactionJob& job) {
    const auto is_input = [&](const PlanFile& f) { return std::ranges::find(job.inputs, f.id) != job.inputs.end(); };
    PlanFile whole = file(0, 0);
    whole.first_token = Token{INT64_MAX};
    whole.last_token = Token{INT64_MIN};
    for (const PlanFile& each : files) {
      if (!is_input(each)) continue;
      whole.bytes += each.bytes;
      whole.first_token = std::min(whole.first_token, each.first_token);
      whole.last_token = std::max(whole.last_token, each.last_token);
    }
    REQUIRE_EQ(whole.bytes, job.bytes);
    std::erase_if(files, is_input);
    REQUIRE(std::has_single_bit(job.parts));
    const int bits = 64 - std::countr_zero(job.parts);
    const auto edge = [bits](uint64_t part) {
      return Token{bits == 64 ? INT64_MIN : static_cast<int64_t>((part << bits) ^ (uint64_t{1} << 63))};
    };
    const uint32_t from = part_at(whole.first_token, job.parts), to = part_at(whole.last_token, job.parts);
    REQUIRE_EQ(job.outputs_max, to - from + 1);
    for (uint32_t part = from; part <= to; ++part) {
      PlanFile output = whole;
      output.id = FileId{next_id_++};
      output.level = job.level;
      output.bytes = whole.bytes / (to - from + 1);
      if (part > from) output.first_token = edge(part);
      if (part < to) output.last_token = Token{edge(part + 1).raw - 1};
      files.push_back(output);
    }
  }

  const CompactionOptions options_;
  std::mt19937_64 dice_;
  uint64_t next_id_ = 1;
};

}  // namespace

TEST_SUITE("compaction_reads") {
  TEST_CASE("a merge is planned once the looks that it would have spared pay for its bytes, and not before") {
    const auto files = files_of({20, 20, 20});
    const uint64_t needed = plan_for_reads(files, tiered(), context(), 0).looks_needed;
    CHECK_GE(needed, 60 * kMiB / kRewrittenBytesPerLook);
    CHECK_LE(needed, 61 * kMiB / kRewrittenBytesPerLook);
    CHECK_FALSE(plan_for_reads(files, tiered(), context(), needed - 1).job);
    const ReadPlan plan = plan_for_reads(files, tiered(), context(), needed);
    CHECK_EQ(ids(plan), Ids{1, 2, 3});
    CHECK_EQ(plan.job->kind, CompactionJob::Kind::merge);
    CHECK_NE(plan.job->reason.find("reads"), std::string::npos);
  }

  TEST_CASE("small files are not merged for a handful of reads: a merge costs more than its bytes") {
    auto files = files_of({0, 0, 0});
    for (PlanFile& each : files) each.bytes = 700;
    CHECK_GE(plan_for_reads(files, tiered(), context(), 0).looks_needed,
             kMergeForReadsBytesLeast / kRewrittenBytesPerLook);
  }

  TEST_CASE("where reads meet one run there is nothing to do, however many they are") {
    CHECK_FALSE(plan_for_reads({}, tiered(), context(), kEnough).job);
    CHECK_FALSE(plan_for_reads(files_of({20}), tiered(), context(), kEnough).job);
    auto files = files_of({20, 20, 20});
    for (int64_t i = 0; i < 3; ++i) {
      files[static_cast<size_t>(i)].first_token = Token{i * 100};
      files[static_cast<size_t>(i)].last_token = Token{i * 100 + 99};
    }
    const ReadPlan plan = plan_for_reads(files, tiered(), context(), kEnough);
    CHECK_FALSE(plan.job);
    CHECK_EQ(plan.looks_needed, UINT64_MAX);
  }

  TEST_CASE("small files are merged long before a large one below them is worth it") {
    const auto files = files_of({2, 2, 400});
    const uint64_t needed = plan_for_reads(files, tiered(), context(), 0).looks_needed;
    CHECK_LE(needed, 9 * kMiB / kRewrittenBytesPerLook);  // twice its bytes: it spares half of the looks
    CHECK_EQ(ids(plan_for_reads(files, tiered(), context(), needed)), Ids{1, 2});
    CHECK_EQ(ids(plan_for_reads(files, tiered(), context(), 405 * kMiB / kRewrittenBytesPerLook)), Ids{1, 2, 3});
  }

  TEST_CASE("files whose merge would be larger than the next ones wait, and are merged together with them") {
    const auto files = files_of({21, 21, 21, 78, 78, 78, 300});
    std::vector<Ids> seen;
    for (uint64_t mebibytes = 1; mebibytes < 1200; ++mebibytes) {
      const Ids now = ids(plan_for_reads(files, tiered(), context(), mebibytes * kMiB / kRewrittenBytesPerLook));
      if (!now.empty() && (seen.empty() || seen.back() != now)) seen.push_back(now);
    }
    CHECK_EQ(seen, std::vector<Ids>{{1, 2, 3}, {1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6, 7}});
    const auto alike = files_of({30, 30, 30, 65, 65, 65});
    CHECK_EQ(plan_for_reads(alike, tiered(), context(), 0).looks_needed,
             285 * kMiB / kRewrittenBytesPerLook + 1);  // all or none
  }

  TEST_CASE("a table with compaction off, or that is not to adapt, is left as it is") {
    const auto files = files_of({20, 20, 20});
    for (const char* name : {"enabled", "adapt_to_reads"}) {
      const auto off = options_of({{"class", "SizeTieredCompactionStrategy"}, {name, "false"}});
      const ReadPlan plan = plan_for_reads(files, off, context(), kEnough);
      CHECK_FALSE(plan.job);
      CHECK_EQ(plan.looks_needed, UINT64_MAX);
    }
    CHECK_FALSE(parse_compaction_options({{"class", "UnifiedCompactionStrategy"}, {"adapt_to_reads", "some"}}));
    CHECK(parse_compaction_options({{"class", "UnifiedCompactionStrategy"}, {"adapt_to_reads", "True"}}));
  }

  TEST_CASE("busy files are not merged, and no more at once than the table allows") {
    auto files = files_of({20, 20, 20});
    files[1].busy = true;
    CHECK_EQ(ids(plan_for_reads(files, tiered(), context(), kEnough)), Ids{1, 3});
    files = files_of({20, 20, 20, 90, 90, 90});
    const auto four =
        options_of({{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "4"}, {"max_threshold", "4"}});
    CHECK_EQ(ids(plan_for_reads(files, four, context(), kEnough)), Ids{1, 2, 3, 4});
  }

  TEST_CASE("time windows are kept apart, and what soon expires as a whole is not written again") {
    const auto options = options_of({{"class", "TimeWindowCompactionStrategy"},
                                     {"compaction_window_unit", "HOURS"},
                                     {"compaction_window_size", "1"}});
    std::vector<PlanFile> files{file(1, 20 * kMiB, 100), file(2, 20 * kMiB, 3700), file(3, 20 * kMiB, 3800),
                                file(4, 20 * kMiB, 7300)};
    CHECK_EQ(ids(plan_for_reads(files, options, context(), kEnough)), Ids{2, 3});
    CHECK_EQ(plan_for_reads(files, options, context(), 0).looks_needed,
             3 * 40 * kMiB / kRewrittenBytesPerLook + 1);  // reads look into three files too many, two of them for good
    files[1].all_expire = true;
    files[1].max_expiry = Seconds{1000 + 2 * 3600};
    CHECK_EQ(ids(plan_for_reads(files, options, context(), kEnough)), Ids{2, 3});
    files[1].max_expiry = Seconds{1000 + 1800};
    CHECK_FALSE(plan_for_reads(files, options, context(), kEnough).job);
  }

  TEST_CASE("credits: a stream opened counts for many filters asked, and writes take back what reads left") {
    ReadCredits credits;
    credits.plan_at = 20;
    CHECK_FALSE(credits.add(4, 0));
    CHECK_FALSE(credits.add(4, 1));
    CHECK_EQ(credits.looks, 6);
    CHECK(credits.add(3, 3));
    CHECK_EQ(credits.looks, 6 + 2 + 2 * kLooksPerStream);
    credits.take_back(10 * kWrittenBytesPerLook);
    CHECK_EQ(credits.looks, 30);
    credits.take_back(kMiB);
    CHECK_EQ(credits.looks, 0);
    credits.looks = 10;
    credits.spend(kRewrittenBytesPerLook + 1);
    CHECK_EQ(credits.looks, 8);
  }

  TEST_CASE("under steady reads any table ends as one run, and no more is rewritten than the reads have paid for") {
    const std::map<std::string, std::string> all[] = {
        {{"class", "SizeTieredCompactionStrategy"}},
        {{"class", "SizeTieredCompactionStrategy"}, {"max_threshold", "6"}},
        {{"class", "LeveledCompactionStrategy"}, {"sstable_size_in_mb", "2"}},
        {{"class", "UnifiedCompactionStrategy"}, {"scaling_parameters", "T4"}, {"min_sstable_size", "1MiB"}},
        {{"class", "UnifiedCompactionStrategy"}, {"scaling_parameters", "T8, N, L4"}}};
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      std::mt19937_64 dice(seed);
      for (const auto& given : all) {
        Table table(options_of(given), seed);
        const uint64_t count = 2 + dice() % 40;
        for (uint64_t n = 0; n < count; ++n) {
          table.add(kMiB / 2 + (dice() % kMiB) * (dice() % 20 == 0 ? 40 : 1));
          table.settle();
        }
        const uint64_t before = table.bytes();
        for (int n = 0; n < 20000 && table.depth() > 1; ++n) {
          table.read(10000);
          while (table.adapt()) {
          }
          REQUIRE_LE(table.written, table.looks * kRewrittenBytesPerLook);
        }
        CHECK_LE(table.written, 4 * before);
        const uint64_t looks = table.looks, written = table.written;
        for (int n = 0; n < 1000; ++n) table.read(1);
        CHECK_LE(table.looks - looks,
                 table.depth() == 1 ? 0 : 20);  // a seam that hardly a read comes across may be left
        if (table.depth() > 1) continue;
        table.credits.looks = kEnough;
        CHECK_FALSE(table.adapt());
        CHECK_EQ(table.written, written);
      }
    }
  }
}

}  // namespace ringlet::testing
