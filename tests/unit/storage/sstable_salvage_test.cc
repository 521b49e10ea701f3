#include "core/storage/sstable_salvage.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/data/keys.h"
#include "core/storage/compaction_run.h"
#include "core/storage/merge_stream.h"
#include "tests/unit/storage/fragment_kit.h"
#include "tests/unit/storage/memory_disk.h"

namespace ringlet::testing {
namespace {

const TableRef kTable = sample_table();

void write_file(MemoryDisk& disk, FileId id, const std::vector<OwnedFragment>& fragments) {
  SstableOptions options;
  options.id = id;
  options.block_bytes = 300;
  auto writer = SstableWriter::create(disk, kTable, options);
  REQUIRE(writer);
  for (const OwnedFragment& f : fragments) REQUIRE((*writer)->add(f.view()));
  REQUIRE((*writer)->finish());
}

std::shared_ptr<SstableReader> open(MemoryDisk& disk, FileId id) {
  auto reader = SstableReader::open(disk, kTable->id, id, SstableAccess::background, nullptr);
  REQUIRE(reader);
  return *reader;
}

std::vector<OwnedFragment> salvage(MemoryDisk& disk, FileId id, SalvageReport& report) {
  auto stream = open(disk, id)->salvage(report);
  REQUIRE(stream);
  return drain(**stream);
}

// Ascending, and of each partition the markers continue one another.
void check_consistent(const std::vector<OwnedFragment>& fragments) {
  Deletion open;
  Bytes prefix, last;
  for (const OwnedFragment& f : fragments) {
    if (f.kind == Fragment::Kind::partition) {
      REQUIRE_GT(f.prefix, prefix);
      REQUIRE(open.none());
      prefix = f.prefix;
      last.clear();
      continue;
    }
    REQUIRE_EQ(f.prefix, prefix);
    if (f.kind == Fragment::Kind::static_row) continue;
    const bool is_row = f.kind == Fragment::Kind::row;
    const Bytes place = f.position + (is_row ? '\x01' : '\0');
    REQUIRE_GT(place, last);
    last = place;
    if (is_row) continue;
    REQUIRE(f.before == open);
    REQUIRE(f.before != f.after);
    open = f.after;
  }
  REQUIRE(open.none());
}

// Which deletion each row's place has, told by partition and range.
Deletion covering(const std::vector<OwnedFragment>& fragments, const OwnedFragment& row) {
  Deletion partition, open;
  for (const OwnedFragment& f : fragments) {
    if (f.prefix != row.prefix) continue;
    if (f.kind == Fragment::Kind::partition) partition = f.deletion;
    if (f.kind == Fragment::Kind::marker && f.position <= row.position) open = f.after;
  }
  return newer(partition, open);
}

}  // namespace

TEST_SUITE("sstable_salvage") {
  TEST_CASE("of a whole file everything is read") {
    for (uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(seed);
      std::mt19937_64 dice(seed);
      MemoryDisk disk;
      write_file(disk, FileId{1}, fragments_of(random_model(dice, {.partitions = 10, .rows = 20, .ranges = 6}), true));
      const ReadRange everything;
      const auto stream = open(disk, FileId{1})->stream(everything);
      const auto fragments = drain(*stream);
      SalvageReport report;
      CHECK(salvage(disk, FileId{1}, report) == fragments);
      CHECK_FALSE(report.damaged());
    }
  }

  TEST_CASE("what a damaged block takes with it is all that is lost, and no deletion reaches further than before") {
    size_t lost_rows = 0, kept_rows = 0;
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      std::mt19937_64 dice(seed);
      MemoryDisk disk;
      const auto fragments = fragments_of(random_model(dice, {.partitions = 40, .rows = 30, .ranges = 8}), true);
      if (fragments.size() < 100) continue;  // the first quarter is to be data
      write_file(disk, FileId{1}, fragments);
      Bytes& bytes = disk.files.begin()->second->bytes;
      for (uint64_t n = 1 + dice() % 3; n > 0; --n)
        bytes[dice() % (bytes.size() / 4)] ^= static_cast<char>(1 + dice() % 255);
      SalvageReport report;
      const auto saved = salvage(disk, FileId{1}, report);
      CHECK(report.damaged());
      CHECK_GT(report.lost_blocks, 0);
      check_consistent(saved);
      for (const OwnedFragment& f : saved) {
        if (f.kind != Fragment::Kind::row && f.kind != Fragment::Kind::static_row) continue;
        CHECK(std::ranges::find(fragments, f) != fragments.end());
        CHECK(covering(saved, f).at <= covering(fragments, f).at);
        ++kept_rows;
      }
      for (const OwnedFragment& f : fragments)
        lost_rows += f.kind == Fragment::Kind::row && std::ranges::find(saved, f) == saved.end() ? 1 : 0;
    }
    CHECK_GT(lost_rows, 0);
    CHECK_GT(kept_rows, lost_rows);
  }

  TEST_CASE("a partition that is not wanted is passed over") {
    std::mt19937_64 dice(7);
    MemoryDisk disk;
    const auto fragments = fragments_of(random_model(dice, {.partitions = 10, .rows = 30}), true);
    write_file(disk, FileId{1}, fragments);
    SalvageReport report;
    const auto stream = open(disk, FileId{1})->salvage(report);
    REQUIRE(stream);
    std::vector<OwnedFragment> seen, wanted;
    Bytes skipped;
    size_t partitions = 0;
    for (Fragment f;;) {
      const auto step = (*stream)->next(f);
      REQUIRE(step);
      if (*step == Step::end) break;
      seen.emplace_back(f);
      if (f.kind == Fragment::Kind::partition && ++partitions % 2 == 0) (*stream)->skip_partition();
    }
    partitions = 0;
    for (const OwnedFragment& f : fragments) {
      if (f.kind == Fragment::Kind::partition) ++partitions;
      if (f.kind == Fragment::Kind::partition || partitions % 2 != 0) wanted.push_back(f);
    }
    CHECK(seen == wanted);
  }
}

}  // namespace ringlet::testing
