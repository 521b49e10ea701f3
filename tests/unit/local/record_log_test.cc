#include "core/local/record_log.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/env/read_file.h"
#include "tests/unit/storage/memory_disk.h"

namespace ringlet {
namespace {

constexpr RecordLogFormat kFormat{"RINGTEST", 7};
const std::string kPath = "folder/log";

struct Found {
  std::vector<std::pair<uint64_t, Bytes>> records;  // number and payload
  uint64_t torn_bytes = 0;
};

Result<Found> read_all(BytesView bytes) {
  TRY(auto reader, RecordLogReader::open(kFormat, bytes, kPath));
  Found found;
  for (;;) {
    TRY(const auto record, reader.next());
    if (!record) break;
    found.records.emplace_back(record->number, record->payload);
  }
  found.torn_bytes = reader.torn_bytes();
  return found;
}

Bytes three_records(std::vector<size_t>* ends = nullptr) {
  Bytes bytes = encode_record_log_header(kFormat);
  for (const uint64_t n : {1, 2, 3}) {
    const Bytes payload(n * 10, static_cast<char>('a' + n));
    encode_logged_record({4, n, payload}, bytes.size(), bytes);
    if (ends != nullptr) ends->push_back(bytes.size());
  }
  return bytes;
}

TEST_SUITE("record_log") {
  TEST_CASE("what was written and appended is read again, from a file of that name") {
    testing::MemoryDisk disk;
    REQUIRE(disk.make_directory("folder"));
    Bytes whole = encode_record_log_header(kFormat);
    encode_logged_record({4, 1, "one"}, whole.size(), whole);
    auto writer = RecordLogWriter::create(disk, kPath, whole).value();
    REQUIRE(writer->append({4, 2, "two"}));
    REQUIRE(writer->append({4, 3, ""}));
    const Bytes bytes = read_file_now(disk, kPath).value();
    CHECK_EQ(writer->bytes(), bytes.size());
    CHECK_EQ(disk.files.at(kPath)->synced_bytes, bytes.size());
    CHECK_EQ(disk.synced_folders["folder"], 1);
    const auto found = read_all(bytes).value();
    REQUIRE_EQ(found.records.size(), 3);
    CHECK_EQ(found.records[1], std::pair<uint64_t, Bytes>{2, "two"});
    CHECK_EQ(found.torn_bytes, 0);
  }

  TEST_CASE("a cut at any byte leaves the whole records before it, and says how much is torn") {
    std::vector<size_t> ends;
    const Bytes whole = three_records(&ends);
    for (size_t cut = kRecordLogHeaderBytes; cut < whole.size(); ++cut) {
      CAPTURE(cut);
      const auto found = read_all(BytesView(whole).substr(0, cut));
      REQUIRE(found);
      size_t before = 0, end = kRecordLogHeaderBytes;
      while (ends[before] <= cut) end = ends[before++];
      CHECK_EQ(found->records.size(), before);
      CHECK_EQ(found->torn_bytes, cut - end);
    }
  }

  TEST_CASE("a bit that flips before the last record is damage, in the last one a torn end") {
    std::vector<size_t> ends;
    const Bytes whole = three_records(&ends);
    for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
      CAPTURE(bit);
      Bytes bad = whole;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
      const auto found = read_all(bad);
      CHECK_EQ(found.has_value(), bit / 8 >= ends[1]);
      if (found)
        CHECK_EQ(found->records.size(), 2);
      else
        CHECK_EQ(found.error().code, Errc::corrupt);
    }
  }

  TEST_CASE("a record that was moved is none") {
    Bytes bytes = encode_record_log_header(kFormat);
    encode_logged_record({4, 1, "one"}, bytes.size() + 1, bytes);
    CHECK(read_all(bytes).value().records.empty());
  }

  TEST_CASE("another version is refused with both numbers, another kind of file is damage") {
    CHECK_EQ(read_all(encode_record_log_header({kFormat.magic, 8})).error().code, Errc::invalid);
    CHECK_EQ(read_all(encode_record_log_header({kFormat.magic, 8})).error().detail,
             "folder/log: format version 8, this program reads version 7");
    CHECK_EQ(read_all(encode_record_log_header({"RINGELSE", 7})).error().code, Errc::corrupt);
    CHECK_EQ(read_all("").error().code, Errc::corrupt);
  }

  TEST_CASE("after an append that failed the file is given up") {
    testing::MemoryDisk disk;
    auto writer = RecordLogWriter::create(disk, "log", encode_record_log_header(kFormat)).value();
    disk.calls_until_failure = 1;  // the write is done, the sync fails
    CHECK_FALSE(writer->append({4, 1, "one"}));
    disk.calls_until_failure = -1;
    CHECK_FALSE(writer->append({4, 1, "one"}));
    CHECK_EQ(writer->bytes(), kRecordLogHeaderBytes);
  }

  TEST_CASE("what an earlier attempt left does not keep a new file from being made") {
    testing::MemoryDisk disk;
    REQUIRE(disk.open("log.unfinished", OpenMode::create));
    CHECK(RecordLogWriter::create(disk, "log", encode_record_log_header(kFormat)));
    CHECK_FALSE(disk.exists("log.unfinished").value());
  }

  TEST_CASE("a file larger than its bound is not read") {
    testing::MemoryDisk disk;
    REQUIRE(RecordLogWriter::create(disk, "log", three_records()));
    CHECK_EQ(read_file_now(disk, "log", 100).error().code, Errc::corrupt);
    CHECK_EQ(disk.reads, 0);
    CHECK(read_file_now(disk, "log", three_records().size()));
  }
}

}  // namespace
}  // namespace ringlet
