#include "core/local/sqlite_log.h"

#include <doctest/doctest.h>

#include "core/base/checksum.h"
#include "tests/unit/os_world.h"

namespace ringlet {
namespace {

constexpr const char* kName = "metadata.db-wal";

void add_checksum(const SqliteLogChecksum& sum, Bytes& out) {
  ByteWriter writer(out);
  writer.big(sum.first);
  writer.big(sum.second);
}

constexpr uint32_t kFrames = 4;

// Frames as SQLite writes them on machines of little-endian words, each a transaction of its own.
Bytes sound_log() {
  Bytes log;
  ByteWriter writer(log);
  for (const uint32_t word : {0x377F0682u, 3007000u, uint32_t{kSqlitePageBytes}, 1u, 0xABCDEF01u, 0x12345678u})
    writer.big(word);
  SqliteLogChecksum sum;
  sum.add(log, false);
  add_checksum(sum, log);
  for (uint32_t page = 1; page <= kFrames; ++page) {
    Bytes header, content;
    ByteWriter(header).big(page);
    ByteWriter(header).big(2u);  // a transaction of its own
    while (content.size() < kSqlitePageBytes) ByteWriter(content).big(hash64("page", content.size() + page));
    sum.add(header, false);
    sum.add(content, false);
    log += header;
    log += BytesView(log).substr(16, 8);
    add_checksum(sum, log);
    log += content;
  }
  return log;
}

struct Fixture {
  OsWorld world;
  Status mend(BytesView before, Bytes& after) {
    (void)world.disk().remove(kName);
    auto file = world.disk().open(kName, OpenMode::create).value();
    REQUIRE(file->write_now(0, before));
    const Status status = mend_sqlite_log(world.disk(), kName);
    after.resize(before.size());
    REQUIRE(file->read_now(0, after));
    return status;
  }
};

TEST_SUITE("sqlite_log") {
  const Bytes sound = sound_log();

  TEST_CASE_FIXTURE(Fixture, "a log in which nothing has flipped stays as it is") {
    Bytes after;
    CHECK(mend(sound, after));
    CHECK(after == sound);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a bit that flipped is put right, or the log said to be corrupt; no other bit is changed") {
    size_t mended = 0, unclear = 0;
    for (size_t at = 59; at < kSqliteLogHeaderBytes + kSqliteFrameBytes; at += 997) {
      for (const unsigned bit : {0u, 5u, 6u, 7u}) {
        CAPTURE(at);
        CAPTURE(bit);
        Bytes flipped = sound, after;
        flipped[at] ^= static_cast<char>(1u << bit);
        const Status status = mend(flipped, after);
        ++(status ? mended : unclear);
        CHECK(after == (status ? sound : flipped));
        if (!status) CHECK_EQ(status.error().code, Errc::corrupt);
        if (at % 4 == 0) CHECK(status.has_value());  // low bits of a word count differently in each
      }
    }
    CHECK_GT(mended, unclear);
    CHECK_GT(unclear, 0);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "bytes that were lost below a later transaction are damage, and behind the last one its end") {
    constexpr size_t kSector = 512;
    for (size_t at = 0; at + kSector <= sound.size(); at += kSector) {
      CAPTURE(at);
      Bytes damaged = sound, after;
      for (size_t i = at; i < at + kSector; ++i) damaged[i] = static_cast<char>(hash64("decay", i));
      // Of the last frame but one, only the last tells.
      const size_t last = kSqliteLogHeaderBytes + (kFrames - 1) * kSqliteFrameBytes;
      const bool told =
          at + kSector <= last - kSqliteFrameBytes || (at >= last - kSqliteFrameBytes + 24 && at + kSector <= last);
      const Status status = mend(damaged, after);
      CHECK_EQ(status.has_value(), !told);
      if (!status) CHECK_EQ(status.error().code, Errc::corrupt);
      CHECK(after == damaged);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a header that was torn when the log began again is no damage") {
    for (size_t written = 20; written < kSqliteLogHeaderBytes; ++written) {
      CAPTURE(written);
      Bytes torn = sound, after;  // magic, version and page size are those of every round
      for (size_t i = 12; i < written; ++i) torn[i] = static_cast<char>(hash64("next round", i));
      CHECK(mend(torn, after).has_value());
      CHECK(after == torn);
    }
  }
}

}  // namespace
}  // namespace ringlet
