#include "core/local/schema_log.h"

#include <doctest/doctest.h>

#include "tests/unit/storage/memory_disk.h"

namespace ringlet {
namespace {

CatalogRecord record(uint64_t version, std::string command) { return {SchemaVersion{version}, std::move(command)}; }

FlushedThrough truncation() {
  FlushedThrough one;
  one.table.raw[0] = 7;
  one.shard = 1, one.shard_count = 2, one.segment = 300, one.offset = 4096;
  return one;
}

SchemaLog::Content content() { return {{record(5, "schema"), {record(6, "six")}}, {truncation()}, {FileId{300}}}; }

std::string bytes_of(Disk& disk) {
  const auto file = disk.open(std::string(SchemaLog::kFile), OpenMode::read).value();
  std::string bytes(file->size_now().value(), '\0');
  REQUIRE(file->read_now(0, bytes));
  return bytes;
}

void replace(Disk& disk, const std::string& bytes) {
  const auto file = disk.open(std::string(SchemaLog::kFile), OpenMode::create_or_open).value();
  REQUIRE(file->truncate_now(0));
  REQUIRE(file->write_now(0, bytes));
}

bool same(const CatalogRecord& a, const CatalogRecord& b) {
  return a.index.raw == b.index.raw && a.command == b.command;
}

TEST_SUITE("schema_log") {
  TEST_CASE("what was written and appended is read again") {
    testing::MemoryDisk disk;
    CHECK_FALSE(SchemaLog::read(disk).value());
    SchemaLog log(disk);
    CHECK_FALSE(log.appendable());
    REQUIRE(log.rewrite(content()));
    REQUIRE(log.append(record(7, "seven")));
    REQUIRE(log.append({truncation()}, {}));
    REQUIRE(log.append({}, {FileId{7}, FileId{8}}));
    const auto found = SchemaLog::read(disk).value();
    REQUIRE(found);
    CHECK_EQ(found->version().raw, 7);
    CHECK(same(*found->catalog.snapshot, record(5, "schema")));
    REQUIRE_EQ(found->catalog.commands.size(), 2);
    CHECK(same(found->catalog.commands[1], record(7, "seven")));
    REQUIRE_EQ(found->flushed.size(), 2);
    CHECK(found->flushed[1].table == truncation().table);
    CHECK_EQ(found->flushed[1].shard, 1);
    CHECK_EQ(found->flushed[1].shard_count, 2);
    CHECK_EQ(found->flushed[1].segment, 300);
    CHECK_EQ(found->flushed[1].offset, 4096);
    CHECK(found->dead == std::vector{FileId{300}, FileId{7}, FileId{8}});
  }

  TEST_CASE("the bytes of version 2 stay as they are") {
    testing::MemoryDisk disk;
    SchemaLog log(disk);
    REQUIRE(log.rewrite({{record(1, "s"), {}}, {truncation()}, {FileId{300}}}));
    std::string hex;
    for (const char c : bytes_of(disk)) {
      char two[3];
      std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(c));
      hex += two;
    }
    CHECK_EQ(hex,
             "52494e475343484d0200000068f4dd8e"
             "f13f3623ae8fe2da0100000001000000010000000000000073"
             "1336ec4e463845541a000000030000000000000000000000"
             "01070000000000000000000000000000000102812c9000"
             "01812c");
  }

  TEST_CASE("an append that was cut off is passed over, wherever it was cut") {
    testing::MemoryDisk disk;
    SchemaLog log(disk);
    REQUIRE(log.rewrite(content()));
    const size_t before = bytes_of(disk).size();
    REQUIRE(log.append(record(7, "seven")));
    const std::string whole = bytes_of(disk);
    for (size_t cut = before; cut < whole.size(); ++cut) {
      CAPTURE(cut);
      replace(disk, whole.substr(0, cut));
      CHECK_EQ(SchemaLog::read(disk).value()->version().raw, 6);
    }
  }

  TEST_CASE("any single bit that flips is found, but in the last record, which then counts as cut off") {
    testing::MemoryDisk disk;
    SchemaLog log(disk);
    REQUIRE(log.rewrite(content()));
    const size_t last = bytes_of(disk).size();
    REQUIRE(log.append(record(7, "seven")));
    const std::string whole = bytes_of(disk);
    for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
      CAPTURE(bit);
      std::string bad = whole;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
      replace(disk, bad);
      const auto found = SchemaLog::read(disk);
      if (bit / 8 < last) {
        REQUIRE_FALSE(found);
        CHECK_EQ(found.error().code, Errc::corrupt);
      } else {
        REQUIRE(found);
        CHECK_EQ((*found)->version().raw, 6);
      }
    }
  }
}

}  // namespace
}  // namespace ringlet
