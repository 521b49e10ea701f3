#include "core/node/backup_log.h"

#include <doctest/doctest.h>

namespace ringlet {
namespace {

Uuid id_of(uint8_t first) {
  Uuid id;
  for (uint8_t i = 0; i < 16; ++i) id.raw[i] = static_cast<uint8_t>(first + i);
  return id;
}

std::vector<BackupRecord> sample() {
  BackupBegins begins;
  begins.place = {3, id_of(0x10)};
  begins.manifest = id_of(0x20);
  begins.shards = 2;
  begins.previous = {2, id_of(0x30)};
  begins.previous_records = 7;
  begins.missing_since = Timestamp{5};
  begins.why = "why";
  begins.truncated = {{id_of(0x40), 1, 2, 8, 300}};
  auto schema = std::make_shared<Schema>();
  schema->version = SchemaVersion{4};
  SnapshotFile file;
  file.table = id_of(0x40);
  file.id = FileId{300};
  file.bytes = 4242;
  file.shard = 1;
  file.shard_count = 2;
  file.footer_hash = 0x0102030405060708;
  return {{Timestamp{1700000000000000}, begins},
          {Timestamp{1700000000000001}, SchemaRef(schema)},
          {Timestamp{1700000000000002}, file},
          {Timestamp{1700000000000003}, FlushedThrough{id_of(0x40), 1, 2, 9, 400}},
          {Timestamp{1700000000000004}, BackupPlace{5, id_of(0x50)}}};
}

void add(const BackupRecord& record, Bytes& bytes) {
  Bytes payload;
  encode_logged_record(encode_backup_record(record, payload), bytes.size(), bytes);
}

Bytes encoded() {
  Bytes bytes = encode_backup_header();
  for (const BackupRecord& record : sample()) add(record, bytes);
  return bytes;
}

}  // namespace

TEST_SUITE("backup_log") {
  TEST_CASE("a log of backups says the same after it was written and read") {
    const auto run = decode_backup_run(encoded(), "log");
    REQUIRE(run);
    REQUIRE_EQ(run->records.size(), 5);
    CHECK_EQ(run->torn_bytes, 0);
    const BackupBegins& begins = run->begins();
    CHECK_EQ(begins.place, BackupPlace{3, id_of(0x10)});
    CHECK_EQ(begins.manifest, id_of(0x20));
    CHECK_EQ(begins.shards, 2);
    CHECK_EQ(begins.previous, BackupPlace{2, id_of(0x30)});
    CHECK_EQ(begins.previous_records, 7);
    CHECK_EQ(begins.missing_since, Timestamp{5});
    CHECK_EQ(begins.why, "why");
    REQUIRE_EQ(begins.truncated.size(), 1);
    CHECK_EQ(begins.truncated[0].offset, 300);
    CHECK_EQ(std::get<SchemaRef>(run->records[1].what)->version, SchemaVersion{4});
    const auto& file = std::get<SnapshotFile>(run->records[2].what);
    CHECK_EQ(file.id, FileId{300});
    CHECK_EQ(file.footer_hash, 0x0102030405060708);
    CHECK_EQ(run->records[2].at, Timestamp{1700000000000002});
    CHECK_EQ(std::get<FlushedThrough>(run->records[3].what).segment, 9);
    CHECK_EQ(std::get<BackupPlace>(run->records[4].what), BackupPlace{5, id_of(0x50)});
  }

  TEST_CASE("the bytes are those of version 1") {
    Bytes bytes = encode_backup_header();
    CHECK_EQ(to_hex(BytesView(bytes).substr(0, 12)), "52494e474241434b01000000");
    CHECK_EQ(bytes.size(), 16);
    add(sample()[3], bytes);
    CHECK_EQ(to_hex(BytesView(bytes).substr(24, 16)),
             "15000000"
             "04000000"
             "03401e18240a0600");
    CHECK_EQ(to_hex(BytesView(bytes).substr(40)),
             "404142434445464748494a4b4c4d4e4f"
             "0102098190");
    Bytes begins;
    add(sample()[0], begins);
    CHECK_EQ(to_hex(BytesView(begins).substr(24)),
             "03101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f0200"
             "02303132333435363738393a3b3c3d3e3f070a0377687901"
             "404142434445464748494a4b4c4d4e4f010208812c");
  }

  TEST_CASE("a log that was cut anywhere is a shorter one, or corrupt before its first record is whole") {
    const Bytes whole = encoded();
    size_t last = 0;
    for (size_t n = 0; n < whole.size(); ++n) {
      const auto cut = decode_backup_run(BytesView(whole).substr(0, n), "log");
      if (!cut) {
        CHECK_EQ(cut.error().code, Errc::corrupt);
        CHECK_EQ(last, 0);
        continue;
      }
      CHECK_GE(cut->records.size(), last);
      CHECK_LT(cut->records.size(), 5);
      last = cut->records.size();
    }
    CHECK_EQ(last, 4);
  }

  TEST_CASE("a changed byte is corrupt, or, in the last record alone, a torn end") {
    const Bytes whole = encoded();
    for (size_t n = 0; n < whole.size(); ++n) {
      CAPTURE(n);
      Bytes changed = whole;
      changed[n] = static_cast<char>(changed[n] ^ 0x10);
      const auto other = decode_backup_run(changed, "log");
      if (other) {
        CHECK_EQ(other->records.size(), 4);
        CHECK_GT(other->torn_bytes, 0);
      } else {
        CHECK_EQ(other.error().code, Errc::corrupt);
      }
    }
  }

  TEST_CASE("a second beginning, or none, is corrupt") {
    Bytes twice = encoded();
    add(sample()[0], twice);
    CHECK_EQ(decode_backup_run(twice, "log").error().code, Errc::corrupt);
    Bytes none = encode_backup_header();
    add(sample()[3], none);
    CHECK_EQ(decode_backup_run(none, "log").error().code, Errc::corrupt);
  }
}

}  // namespace ringlet
