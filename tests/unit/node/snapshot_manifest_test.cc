#include "core/node/snapshot_manifest.h"

#include <doctest/doctest.h>

#include "core/base/checksum.h"

namespace ringlet {
namespace {

TableId table_id() {
  TableId id;
  for (uint8_t i = 0; i < 16; ++i) id.raw[i] = static_cast<uint8_t>(0xA0 + i);
  return id;
}

SnapshotManifest sample() {
  auto table = std::make_shared<Table>();
  table->id = table_id();
  table->keyspace = "k";
  table->name = "t";
  table->partition_key = {Column{ColumnId{1}, "p", native_type(TypeKind::text), ColumnKind::partition_key, 0}};
  table->next_column_id = ColumnId{2};
  auto keyspace = std::make_shared<Keyspace>();
  keyspace->name = "k";
  keyspace->replication = {{"class", "SimpleStrategy"}};
  keyspace->tables["t"] = table;
  auto schema = std::make_shared<Schema>();
  schema->version = SchemaVersion{7};
  schema->keyspaces["k"] = keyspace;
  return {Timestamp{1700000000000000},
          2,
          true,
          {9, table_id()},
          schema,
          {{table_id(), FileId{300}, 4242, 1, 2, 0x0102030405060708}}};
}

Bytes encoded() {
  Bytes bytes;
  encode_snapshot(sample(), bytes);
  return bytes;
}

}  // namespace

TEST_SUITE("snapshot_manifest") {
  TEST_CASE("a manifest says the same after it was written and read") {
    const auto read = decode_snapshot(encoded(), "m");
    REQUIRE(read);
    CHECK_EQ(read->taken_at, Timestamp{1700000000000000});
    CHECK_EQ(read->shards, 2);
    CHECK(read->whole);
    CHECK_EQ(read->backups, BackupPlace{9, table_id()});
    REQUIRE(read->schema->table("k", "t"));
    CHECK_EQ(read->schema->table("k", "t")->id, table_id());
    REQUIRE_EQ(read->files.size(), 1);
    CHECK_EQ(read->files[0].id, FileId{300});
    CHECK_EQ(read->files[0].bytes, 4242);
    CHECK_EQ(read->files[0].shard, 1);
    CHECK_EQ(read->files[0].shard_count, 2);
    CHECK_EQ(read->files[0].footer_hash, 0x0102030405060708);
    CHECK_EQ(read->bytes(), 4242);
  }

  TEST_CASE("the bytes around the schema are those of version 2") {
    const Bytes bytes = encoded();
    CHECK_EQ(to_hex(BytesView(bytes).substr(0, 39)),
             "52494e47534e415002000000fe0c1448303c800002"
             "0109a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
    const BytesView files = BytesView(bytes).substr(bytes.size() - 8 - 31);
    CHECK_EQ(to_hex(files.substr(0, 31)), "01a0a1a2a3a4a5a6a7a8a9aaabacadaeaf812c909201020807060504030201");
    CHECK_EQ(load_little<uint64_t>(bytes.data() + bytes.size() - 8),
             hash64(BytesView(bytes).substr(0, bytes.size() - 8), load_little<uint64_t>("RINGSNAP")));
  }

  TEST_CASE("every cut and every changed byte of a manifest is corrupt, never a crash and never another manifest") {
    const Bytes whole = encoded();
    for (size_t n = 0; n < whole.size(); ++n) {
      CAPTURE(n);
      const auto cut = decode_snapshot(BytesView(whole).substr(0, n), "m");
      CHECK_EQ(cut.error().code, Errc::corrupt);
      Bytes changed = whole;
      changed[n] = static_cast<char>(changed[n] ^ 0x10);
      const auto other = decode_snapshot(changed, "m");
      CHECK_EQ(other.error().code, Errc::corrupt);
    }
  }

  TEST_CASE("a manifest of a newer version is told from a damaged one") {
    Bytes newer = encoded();
    newer[8] = 3;
    newer.resize(newer.size() - 8);
    ByteWriter out(newer);
    out.little(hash64(newer, load_little<uint64_t>("RINGSNAP")));
    CHECK_EQ(decode_snapshot(newer, "m").error().code, Errc::invalid);
  }

  TEST_CASE("a whole manifest that names a file of no table or of no shard is refused") {
    for (const int wrong : {0, 1}) {
      SnapshotManifest manifest = sample();
      if (wrong == 0) manifest.files[0].table = TableId{};
      if (wrong == 1) manifest.files[0].shard = 2;
      Bytes bytes;
      encode_snapshot(manifest, bytes);
      CHECK_EQ(decode_snapshot(bytes, "m").error().code, Errc::corrupt);
    }
  }
}

}  // namespace ringlet
