#include "core/storage/compaction_plan.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/limits.h"
#include "core/storage/compaction_levels.h"

namespace ringlet::testing {
namespace {

constexpr uint64_t kMiB = 1u << 20;

CompactionOptions options_of(std::map<std::string, std::string> given) {
  auto parsed = parse_compaction_options(given);
  if (!parsed) FAIL(parsed.error().detail);
  return *parsed;
}
CompactionOptions tiered() { return options_of({{"class", "SizeTieredCompactionStrategy"}}); }

PlanFile file(uint64_t id, uint64_t bytes, int64_t min_seconds = 0, int64_t max_seconds = 0) {
  return {.id = FileId{id},
          .bytes = bytes,
          .partitions = 1000,
          .first_token = Token{INT64_MIN + 1},
          .last_token = Token{INT64_MAX},
          .min_timestamp = Timestamp{min_seconds * 1000000},
          .max_timestamp = Timestamp{max_seconds * 1000000},
          .cells = 100};
}

std::vector<uint64_t> ids(const CompactionJob& job) {
  std::vector<uint64_t> out;
  for (const FileId id : job.inputs) out.push_back(id.raw);
  return out;
}
using Ids = std::vector<uint64_t>;

PlanContext at(int64_t now) { return {.now = Seconds{now}, .gc_before = Seconds{now - 100}, .flush_bytes = kMiB}; }

}  // namespace

TEST_SUITE("compaction_plan") {
  TEST_CASE("size tiered: four files of a level are merged, three are not") {
    std::vector<PlanFile> files{file(1, 10 * kMiB), file(2, 11 * kMiB), file(3, 12 * kMiB)};
    CHECK(plan_compaction(files, tiered(), at(0)).empty());
    files.push_back(file(4, 9 * kMiB));
    const auto jobs = plan_compaction(files, tiered(), at(0));
    REQUIRE_EQ(jobs.size(), 1);
    CHECK_EQ(ids(jobs[0]), Ids{1, 2, 3, 4});
    CHECK_EQ(jobs[0].bytes, 42 * kMiB);
    CHECK_EQ(jobs[0].level, 3);
    CHECK_EQ(jobs[0].parts, 1);
    CHECK_NE(jobs[0].reason.find("4 files"), std::string::npos);
  }

  TEST_CASE("size tiered: files of other levels are no company, small ones are of one level") {
    const std::vector<PlanFile> unlike{file(1, kMiB), file(2, 10 * kMiB), file(3, 40 * kMiB), file(4, 300 * kMiB)};
    CHECK(plan_compaction(unlike, tiered(), at(0)).empty());
    const std::vector<PlanFile> small{file(1, 100), file(2, 5000), file(3, 80000), file(4, 900000)};
    CHECK_EQ(plan_compaction(small, tiered(), at(0)).size(), 1);
    const auto all_small =
        options_of({{"class", "SizeTieredCompactionStrategy"}, {"min_sstable_size", std::to_string(500 * kMiB)}});
    CHECK_EQ(plan_compaction(unlike, all_small, at(0)).size(), 1);
  }

  TEST_CASE("size tiered: thresholds are the table's") {
    std::vector<PlanFile> files;
    for (uint64_t i = 1; i <= 10; ++i) files.push_back(file(i, (40 + i) * kMiB));
    const auto few =
        options_of({{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "3"}, {"max_threshold", "5"}});
    CHECK_EQ(ids(plan_compaction(files, few, at(0)).at(0)), Ids{1, 2, 3, 4, 5});
    const auto many = options_of({{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "11"}});
    CHECK(plan_compaction(files, many, at(0)).empty());
  }

  TEST_CASE("the fullest group goes first, and jobs never share a file") {
    std::vector<PlanFile> files;
    for (uint64_t i = 1; i <= 4; ++i) files.push_back(file(i, 100 * kMiB));
    for (uint64_t i = 11; i <= 18; ++i) files.push_back(file(i, 4 * kMiB));
    const auto jobs = plan_compaction(files, tiered(), at(0));
    REQUIRE_EQ(jobs.size(), 2);
    CHECK_EQ(jobs[0].inputs.size(), 8);
    CHECK_EQ(ids(jobs[1]), Ids{1, 2, 3, 4});
  }

  TEST_CASE("what merges are behind by: files over one token in merges that are due, not those that may stay") {
    std::vector<PlanFile> files{file(1, 10 * kMiB), file(2, 10 * kMiB), file(3, 10 * kMiB)};
    CHECK_EQ(backlog_of(files, tiered(), at(0)), 0);
    files.push_back(file(4, 10 * kMiB));
    CHECK_EQ(backlog_of(files, tiered(), at(0)), 4);
    for (uint64_t i = 5; i <= 100; ++i) files.push_back(file(i, 10 * kMiB));  // more than one merge takes
    CHECK_EQ(backlog_of(files, tiered(), at(0)), 100);
    for (uint64_t i = 101; i <= 103; ++i) files.push_back(file(i, 1000 * kMiB));
    CHECK_EQ(backlog_of(files, tiered(), at(0)), 100);
    auto off = tiered();
    off.enabled = false;
    CHECK_EQ(backlog_of(files, off, at(0)), 0);
    SUBCASE("a file a window is no backlog, however many windows there are") {
      const auto windows = options_of({{"class", "TimeWindowCompactionStrategy"},
                                       {"compaction_window_unit", "HOURS"},
                                       {"compaction_window_size", "1"}});
      std::vector<PlanFile> week;
      for (int64_t hour = 0; hour < 168; ++hour)
        week.push_back(file(static_cast<uint64_t>(hour) + 1, kMiB, hour * 3600, hour * 3600 + 3599));
      CHECK_EQ(backlog_of(week, windows, at(168 * 3600)), 0);
      week.push_back(file(200, kMiB, 0, 100));
      CHECK_EQ(backlog_of(week, windows, at(168 * 3600)), 2);
    }
    SUBCASE("files side by side count once") {
      std::vector<PlanFile> apart;
      for (uint64_t n = 0; n < 80; ++n) {
        apart.push_back(file(n + 1, 2 * kMiB));
        apart.back().first_token = Token{static_cast<int64_t>(n / 8 * 100)};
        apart.back().last_token = Token{static_cast<int64_t>(n / 8 * 100 + 99)};
        apart.back().partitions = 1;
      }
      CHECK_EQ(backlog_of(apart, tiered(), at(0)), 8);
    }
  }

  TEST_CASE("a merge that has to stay small takes the smallest files, or none") {
    std::vector<PlanFile> files;
    for (uint64_t i = 1; i <= 60; ++i) files.push_back(file(i, kMiB));
    PlanContext small = at(0);
    small.merge_bytes_max = 20 * kMiB;
    const auto jobs = plan_compaction(files, tiered(), small);
    REQUIRE_EQ(jobs.size(), 1);
    CHECK_EQ(jobs[0].bytes, 20 * kMiB);
    CHECK_EQ(jobs[0].deepest, 60);
    CHECK_EQ(plan_compaction(files, tiered(), at(0)).at(0).inputs.size(), 32);
    small.merge_bytes_max = 3 * kMiB;  // fewer than the tier's four
    CHECK(plan_compaction(files, tiered(), small).empty());
  }

  TEST_CASE("no merge holds more files than there is memory for, whatever the table asks for") {
    std::vector<PlanFile> files;
    for (uint64_t i = 1; i <= 300; ++i) files.push_back(file(i, kMiB));
    const auto many = options_of({{"class", "SizeTieredCompactionStrategy"}, {"max_threshold", "1000"}});
    CHECK_EQ(plan_compaction(files, many, at(0)).at(0).inputs.size(), kMergeFilesMax);
  }

  TEST_CASE("a major compaction of very many files goes in passes over the smallest, and ends with all of them") {
    for (const uint64_t count :
         {uint64_t{2}, uint64_t{kMergeFilesMax}, uint64_t{kMergeFilesMax + 1}, uint64_t{100}, uint64_t{700}}) {
      std::vector<PlanFile> files;
      for (uint64_t i = 1; i <= count; ++i) files.push_back(file(i, (i + 3) * kMiB));
      uint64_t all = 0, moved = 0, next = 1000;
      for (const PlanFile& each : files) all += each.bytes;
      size_t passes = 0;
      for (bool more = true; more; ++passes) {
        const auto jobs = plan_major_compaction(files, tiered(), at(0));
        REQUIRE_EQ(jobs.size(), 1);
        REQUIRE_LE(jobs[0].inputs.size(), kMergeFilesMax);
        more = jobs[0].more;
        moved += jobs[0].bytes;
        std::erase_if(files, [&](const PlanFile& each) { return std::ranges::count(jobs[0].inputs, each.id) > 0; });
        files.push_back(file(next++, jobs[0].bytes));
      }
      CHECK_EQ(files.size(), 1);
      CHECK_EQ(files[0].bytes, all);
      CHECK_LE(passes, 1 + count / (kMergeFilesMax - 1));
      CHECK_LE(moved, 2 * all);
      if (count <= kMergeFilesMax) CHECK_EQ(moved, all);
    }
  }

  TEST_CASE(
      "a damaged file keeps no other from being merged, goes when it has expired, and holds back what it overlaps") {
    std::vector<PlanFile> files{file(1, kMiB), file(2, kMiB), file(3, kMiB), file(4, kMiB)};
    files[0].damaged = true;
    CHECK(plan_compaction(files, tiered(), at(0)).empty());
    CHECK_EQ(backlog_of(files, tiered(), at(0)), 0);
    CHECK_EQ(ids(plan_major_compaction(files, tiered(), at(0)).front()), Ids{2, 3, 4});
    files.push_back(file(5, kMiB));
    CHECK_EQ(ids(plan_compaction(files, tiered(), at(0)).front()), Ids{2, 3, 4, 5});
    files.resize(1);
    files[0].all_expire = true;
    files[0].max_expiry = Seconds{10};
    const auto gone = plan_compaction(files, tiered(), at(1000));
    REQUIRE_EQ(gone.size(), 1);
    CHECK_EQ(gone[0].kind, CompactionJob::Kind::drop);
    files.push_back(files[0]);
    files[0].all_expire = false;
    files[1].id = FileId{2};
    files[1].damaged = false;
    CHECK(plan_compaction(files, tiered(), at(1000)).empty());
  }

  TEST_CASE("busy files are left alone, and a table with compaction off plans nothing") {
    std::vector<PlanFile> files{file(1, 10 * kMiB), file(2, 10 * kMiB), file(3, 10 * kMiB), file(4, 10 * kMiB)};
    auto off = tiered();
    off.enabled = false;
    CHECK(plan_compaction(files, off, at(0)).empty());
    files[0].busy = true;
    CHECK(plan_compaction(files, tiered(), at(0)).empty());
    CHECK_EQ(ids(plan_major_compaction(files, tiered(), at(0)).at(0)), Ids{2, 3, 4});
  }

  TEST_CASE("a file of which everything has expired is dropped unless an older write could come back") {
    PlanFile dead = file(1, kMiB, 100, 200);
    dead.all_expire = true;
    dead.max_expiry = Seconds{300};
    std::vector<PlanFile> files{dead, file(2, 50 * kMiB, 500, 600)};
    const auto jobs = plan_compaction(files, tiered(), at(1000));
    REQUIRE_EQ(jobs.size(), 1);
    CHECK_EQ(jobs[0].kind, CompactionJob::Kind::drop);
    CHECK_EQ(ids(jobs[0]), Ids{1});
    SUBCASE("not before its grace is over") { CHECK(plan_compaction(files, tiered(), at(350)).empty()); }
    SUBCASE("not while an overlapping file is as old") {
      files[1].min_timestamp = Timestamp{200 * 1000000};
      CHECK(plan_compaction(files, tiered(), at(1000)).empty());
      files[1].first_token = files[1].last_token = Token{5};
      files[0].first_token = files[0].last_token = Token{6};
      CHECK_EQ(plan_compaction(files, tiered(), at(1000)).size(), 1);
    }
    SUBCASE("not while the memtable holds something as old") {
      PlanContext context = at(1000);
      context.memtable_min_timestamp = Timestamp{150 * 1000000};
      CHECK(plan_compaction(files, tiered(), context).empty());
    }
    SUBCASE("a file that must stay keeps those that could shadow it") {
      PlanFile other = dead;
      other.id = FileId{3};
      other.min_timestamp = Timestamp{50 * 1000000};
      other.max_timestamp = Timestamp{600 * 1000000};  // kept by file 2, and holds what file 1 may shadow
      files.push_back(other);
      CHECK(plan_compaction(files, tiered(), at(1000)).empty());
    }
  }

  TEST_CASE("time windows: only the newest is tiered, an old one becomes one file and rests") {
    const auto options = options_of({{"class", "TimeWindowCompactionStrategy"},
                                     {"compaction_window_unit", "HOURS"},
                                     {"compaction_window_size", "1"}});
    std::vector<PlanFile> files{file(1, kMiB, 0, 100), file(2, kMiB, 0, 3599), file(3, kMiB, 3600, 7000),
                                file(4, kMiB, 7300, 7400), file(5, kMiB, 7300, 7500)};
    const auto jobs = plan_compaction(files, options, at(8000));
    REQUIRE_EQ(jobs.size(), 1);
    CHECK_EQ(ids(jobs[0]), Ids{1, 2});
    CHECK_EQ(plan_major_compaction(files, options, at(8000)).size(), 3);
  }

  TEST_CASE("time windows: a write from the far future does not make each flush rewrite the window of now") {
    const auto options = options_of({{"class", "TimeWindowCompactionStrategy"}});
    constexpr int64_t kDay = 86400, kNow = 20000 * kDay + 1000;
    const std::vector<PlanFile> files{file(1, 100 * kMiB, kNow - 900, kNow - 100), file(2, kMiB, kNow - 90, kNow - 1),
                                      file(3, kMiB, kNow, kNow + 10000 * kDay)};
    CHECK(plan_compaction(files, options, at(kNow)).empty());
    CHECK_EQ(ids(plan_compaction(files, options, at(kNow + kDay)).at(0)), Ids{1, 2});  // today is over
    SUBCASE("nor does a clock that is behind") { CHECK(plan_compaction(files, options, at(0)).empty()); }
    SUBCASE("and with a clock that is ahead the newest window is not over") {
      const std::vector<PlanFile> present{files[0], files[1]};
      for (const int64_t now : {kNow + 10000 * kDay, INT64_MAX})
        CHECK(plan_compaction(present, options, {.now = Seconds{now}, .gc_before = Seconds{0}}).empty());
    }
  }

  TEST_CASE("unified: as many overlapping files as a tier holds; files side by side do not overlap") {
    const auto options = options_of(
        {{"class", "UnifiedCompactionStrategy"}, {"scaling_parameters", "T4"}, {"target_sstable_size", "100MiB"}});
    std::vector<PlanFile> files;
    for (uint64_t i = 0; i < 4; ++i) files.push_back(file(i + 1, 2 * kMiB));
    const auto jobs = plan_compaction(files, options, at(0));
    REQUIRE_EQ(jobs.size(), 1);
    CHECK_EQ(jobs[0].inputs.size(), 4);
    for (int64_t i = 0; i < 4; ++i) {
      files[static_cast<size_t>(i)].first_token = Token{i * 100};
      files[static_cast<size_t>(i)].last_token = Token{i * 100 + 99};
    }
    CHECK(plan_compaction(files, options, at(0)).empty());
  }

  TEST_CASE("unified: which files go along with those over one token is the table's to say") {
    const auto with = [](const char* method) {
      return options_of({{"class", "UnifiedCompactionStrategy"}, {"overlap_inclusion_method", method}});
    };
    std::vector<PlanFile> files;
    const auto add = [&](int64_t first, int64_t last) {
      files.push_back(file(files.size() + 1, 2 * kMiB));
      files.back().first_token = Token{first};
      files.back().last_token = Token{last};
      files.back().partitions = 1;  // of so few the span says nothing
    };
    for (int n = 0; n < 4; ++n) add(0, 100);
    add(90, 200);
    add(150, 300);
    CHECK_EQ(plan_compaction(files, with("TRANSITIVE"), at(0)).at(0).inputs.size(), 6);
    files[0].last_token = Token{89};
    CHECK_EQ(plan_compaction(files, with("SINGLE"), at(0)).at(0).inputs.size(), 5);
    CHECK_EQ(ids(plan_compaction(files, with("NONE"), at(0)).at(0)), Ids{1, 2, 3, 4});
  }

  TEST_CASE("leveled: two overlapping runs of one level are one too many, runs of other levels are not") {
    const auto options = options_of(
        {{"class", "org.apache.cassandra.db.compaction.LeveledCompactionStrategy"}, {"sstable_size_in_mb", "16"}});
    const std::vector<PlanFile> apart{file(1, 2 * kMiB), file(2, 20 * kMiB), file(3, 900 * kMiB)};
    CHECK(plan_compaction(apart, options, at(0)).empty());
    const std::vector<PlanFile> together{file(1, 40 * kMiB), file(2, 50 * kMiB), file(3, 900 * kMiB)};
    const auto jobs = plan_compaction(together, options, at(0));
    REQUIRE_EQ(jobs.size(), 1);
    CHECK_EQ(ids(jobs[0]), Ids{1, 2});
    CHECK_EQ(jobs[0].parts, 4);
    CHECK_EQ(jobs[0].outputs_max, 4);
  }

  TEST_CASE("a piece of a cut run stands where the run stands, however large it is") {
    PlanFile piece = file(1, 10 * kMiB);
    piece.first_token = Token{0};
    piece.last_token = Token{INT64_MAX / 8};
    const PlanFile whole = file(2, 160 * kMiB);
    CHECK(density_of({&piece}) == doctest::Approx(density_of({&whole})).epsilon(0.01));
    piece.partitions = 2;  // of so few the span says nothing
    CHECK_EQ(density_of({&piece}), doctest::Approx(10.0 * kMiB));
  }

  TEST_CASE("the edges of coarsely cut files are edges of finely cut ones, and sizes stay near the target") {
    const auto leveled = options_of({{"class", "LeveledCompactionStrategy"}, {"sstable_size_in_mb", "160"}});
    const auto unified = options_of({{"class", "UnifiedCompactionStrategy"}, {"sstable_growth", "0"}});
    for (double density = 1; density < 1e15; density *= 1.7) {
      for (const CompactionOptions* options : {&leveled, &unified}) {
        const uint32_t parts = parts_of(density, *options), finer = parts_of(density * 10, *options);
        CHECK_EQ(finer % parts, 0);
        const double each = density / parts, target = static_cast<double>(options->target_file_bytes);
        CHECK_LE(each, parts == kPartsMax ? 1e15 : target * 1.5);
        if (parts > options->base_parts) CHECK_GE(each, target / 1.5);
        for (int64_t t : {INT64_MIN, int64_t{-77}, int64_t{0}, int64_t{1} << 60, INT64_MAX})
          CHECK_EQ(part_at(Token{t}, parts), part_at(Token{t}, finer) / (finer / parts));
      }
    }
    CHECK_EQ(part_at(Token{INT64_MAX}, 7), 6);
    CHECK_EQ(part_at(Token{INT64_MIN}, 7), 0);
  }

  TEST_CASE("a file full of old tombstones is rewritten alone, once nothing older overlaps it") {
    PlanFile full = file(1, 10 * kMiB, 100, 200);
    full.tombstones = 80;
    full.min_expiry = Seconds{150};
    full.max_expiry = Seconds{250};
    std::vector<PlanFile> files{full};
    const auto jobs = plan_compaction(files, tiered(), at(200000));
    REQUIRE_EQ(jobs.size(), 1);
    CHECK_EQ(jobs[0].kind, CompactionJob::Kind::purge);
    CHECK(plan_compaction(files, tiered(), at(300)).empty());
    files.push_back(file(2, 50 * kMiB, 0, 50));
    CHECK(plan_compaction(files, tiered(), at(200000)).empty());
    SUBCASE("or all the same, where the table says so, but not time and again") {
      auto unchecked = tiered();
      unchecked.unchecked_tombstone_compaction = true;
      CHECK_EQ(plan_compaction(files, unchecked, at(200000)).size(), 1);
      files[0].purged_at = Seconds{190000};
      CHECK(plan_compaction(files, unchecked, at(200000)).empty());
    }
    SUBCASE("in time windows only where it was asked for") {
      files.pop_back();
      const std::map<std::string, std::string> windows = {{"class", "TimeWindowCompactionStrategy"}};
      CHECK(plan_compaction(files, options_of(windows), at(200000)).empty());
      auto asked = windows;
      asked["tombstone_threshold"] = "0.3";
      CHECK_EQ(plan_compaction(files, options_of(asked), at(200000)).size(), 1);
    }
  }

  TEST_CASE("a file of nothing but counters' tombstones stays while there is anything that they may hide") {
    PlanFile dead = file(1, kMiB, 100, 200);
    dead.all_expire = true;
    dead.cells = dead.tombstones = 50;
    dead.min_expiry = dead.max_expiry = Seconds{300};
    std::vector<PlanFile> files{dead, file(2, 50 * kMiB, 500, 600)};  // a counter's tombstone hides later increments
    PlanContext counters = at(200000);
    CHECK_EQ(plan_compaction(files, tiered(), counters).at(0).kind, CompactionJob::Kind::drop);
    counters.is_counter = true;
    CHECK(plan_compaction(files, tiered(), counters).empty());
    files.pop_back();
    CHECK_EQ(plan_compaction(files, tiered(), counters).at(0).kind, CompactionJob::Kind::drop);
    counters.memtable_min_timestamp = Timestamp{900 * 1000000};
    CHECK(plan_compaction(files, tiered(), counters).empty());
  }

  TEST_CASE("unsafe_aggressive_sstable_expiration drops what has expired whatever overlaps it") {
    PlanFile dead = file(1, kMiB, 100, 200);
    dead.all_expire = true;
    dead.max_expiry = Seconds{300};
    const std::vector<PlanFile> files{dead, file(2, 50 * kMiB, 0, 600)};
    const std::map<std::string, std::string> given = {{"class", "TimeWindowCompactionStrategy"}};
    CHECK(plan_compaction(files, options_of(given), at(1000)).empty());
    auto unsafe = given;
    unsafe["unsafe_aggressive_sstable_expiration"] = "true";
    CHECK_EQ(ids(plan_compaction(files, options_of(unsafe), at(1000)).at(0)), Ids{1});
    CHECK(plan_compaction(files, options_of(unsafe), at(350)).empty());
  }

  TEST_CASE("options that Cassandra refuses are refused, and those it knows are known") {
    const auto error_of = [](std::map<std::string, std::string> given) {
      const auto parsed = parse_compaction_options(given);
      return parsed ? std::string("fine") : parsed.error().detail;
    };
    CHECK_EQ(error_of({}), "Missing sub-option 'class' for the 'compaction' option.");
    CHECK_EQ(
        error_of({{"class", "Nope"}}),
        "Unable to find compaction strategy class 'org.apache.cassandra.db.compaction.Nope': there are SizeTiered-, "
        "Leveled-, TimeWindow- and UnifiedCompactionStrategy");
    CHECK_EQ(error_of({{"class", "UnifiedCompactionStrategy"}, {"sstable_growth", "nan"}}),
             "sstable_growth must be at least 0, but was nan");
    CHECK_NE(error_of({{"class", "SizeTieredCompactionStrategy"}, {"bucket_low", "nan"}}), "fine");
    CHECK_NE(error_of({{"class", "SizeTieredCompactionStrategy"}, {"log_all", "banana"}}), "fine");
    CHECK_NE(error_of({{"class", "LeveledCompactionStrategy"}, {"min_threshold", "x"}}), "fine");
    CHECK_EQ(error_of({{"class", "LeveledCompactionStrategy"}, {"min_threshold", "2"}, {"max_threshold", "4"}}),
             "fine");
    CHECK_EQ(error_of({{"class", "SizeTieredCompactionStrategy"}, {"foo", "1"}}),
             "Properties specified [foo] are not understood by SizeTieredCompactionStrategy");
    CHECK_EQ(error_of({{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "x"}}),
             "x is not a parsable int (base10) for min_threshold");
    CHECK_NE(error_of({{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "1"}}), "fine");
    CHECK_NE(error_of({{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "9"}, {"max_threshold", "8"}}),
             "fine");
    CHECK_NE(error_of({{"class", "TimeWindowCompactionStrategy"}, {"compaction_window_unit", "WEEKS"}}), "fine");
    CHECK_NE(error_of({{"class", "SizeTieredCompactionStrategy"}, {"tombstone_threshold", "nan"}}), "fine");
    CHECK_NE(error_of({{"class", "UnifiedCompactionStrategy"}, {"scaling_parameters", "T1"}}), "fine");
    CHECK_EQ(error_of({{"class", "UnifiedCompactionStrategy"}, {"scaling_parameters", "T4, L10,N, -3"}}), "fine");
    CHECK_EQ(error_of({{"class", "LeveledCompactionStrategy"}, {"sstable_size_in_mb", "160"}, {"enabled", "false"}}),
             "fine");
    const auto unified = [&](const char* name, const char* value) {
      return error_of({{"class", "UnifiedCompactionStrategy"}, {name, value}});
    };
    CHECK_EQ(unified("target_sstable_size", "2GiB"), "fine");
    CHECK_NE(unified("target_sstable_size", "2G"), "fine");
    CHECK_NE(unified("target_sstable_size", "100KiB"), "fine");
    CHECK_EQ(unified("min_sstable_size", "0B"), "fine");
    CHECK_NE(unified("min_sstable_size", "2GiB"), "fine");
    CHECK_NE(unified("base_shard_count", "0"), "fine");
    CHECK_NE(unified("sstable_growth", "1.5"), "fine");
    CHECK_NE(unified("overlap_inclusion_method", "SOME"), "fine");
    CHECK_EQ(unified("parallelize_output_shards", "false"), "fine");
    CHECK_NE(unified("bucket_low", "0.5"), "fine");
  }
}

}  // namespace ringlet::testing
