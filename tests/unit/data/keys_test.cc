#include "core/data/keys.h"

#include <doctest/doctest.h>

#include "core/base/murmur3.h"
#include "core/data/value.h"
#include "tests/unit/data/random_values.h"
#include "tests/unit/data/sample_table.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

Bytes prefix(int64_t token, BytesView key) {
  Bytes out;
  append_partition_prefix(Token{token}, key, out);
  return out;
}

Table with_clustering(TypeKind kind, bool descending) {
  Table table = keyed_readings_table();
  table.clustering[0].type = native_type(kind);
  table.clustering[0].descending = descending;
  return table;
}

}  // namespace

TEST_SUITE("keys") {
  TEST_CASE("partitions are ordered by token, then by the key's unsigned bytes, and no prefix begins another") {
    const std::vector<Bytes> rising = {prefix(INT64_MIN + 1, "z"),
                                       prefix(-1, "z"),
                                       prefix(0, Bytes("\0", 1)),
                                       prefix(0, Bytes("\0\0", 2)),
                                       prefix(0, Bytes("\0\xFF", 2)),
                                       prefix(0, "\x01"),
                                       prefix(0, "a"),
                                       prefix(0, Bytes("a\0", 2)),
                                       prefix(0, "a\xFF"),
                                       prefix(0, "\xFF"),
                                       prefix(1, "a"),
                                       prefix(INT64_MAX, "a")};
    for (size_t i = 0; i < rising.size(); ++i) {
      for (size_t j = 0; j < rising.size(); ++j) {
        CAPTURE(i);
        CAPTURE(j);
        CHECK_EQ(rising[i] < rising[j], i < j);
        CHECK_EQ(rising[i].starts_with(rising[j]), i == j);
      }
    }
  }
  TEST_CASE("a prefix reads back from the key that begins with it") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 200; ++i) {
        const Bytes key = random_bytes(dice, 6);
        const Token token{static_cast<int64_t>(dice())};
        const Bytes head = prefix(token.raw, key);
        const Result<PartitionPrefix> back = read_partition_prefix(head + random_bytes(dice, 4));
        REQUIRE(back.has_value());
        CHECK(back->token == token);
        CHECK_EQ(back->partition_key, key);
        CHECK_EQ(back->bytes, head.size());
        for (size_t n = 0; n < head.size(); ++n)
          CHECK_FALSE(read_partition_prefix(BytesView(head).substr(0, n)).has_value());
      }
    }
  }
  TEST_CASE("a composite partition key is what Cassandra hashes, and splits again") {
    const Table table = keyed_readings_table();
    const std::vector<BytesView> components = {"a", BytesView("\0\0\0\x01", 4)};
    const Result<Bytes> key = make_partition_key(table, components);
    REQUIRE(key.has_value());
    CHECK_EQ(to_hex(*key),
             "00016100"
             "00040000000100");
    CHECK(token_of(*key) == Token{8247712171917364652});
    CHECK(split_partition_key(table, *key) == components);
  }
  TEST_CASE("an empty key and a key that is too long are refused with Cassandra's words") {
    Table table = keyed_readings_table();
    table.partition_key.pop_back();
    CHECK_EQ(make_partition_key(table, {""}).error().detail, "Key may not be empty");
    const Bytes large(65536, 'x');
    CHECK_EQ(make_partition_key(table, {large}).error().detail, "Key length of 65536 is longer than maximum of 65535");
    CHECK(make_partition_key(table, {BytesView(large).substr(1)}).has_value());
    CHECK_EQ(make_partition_key(keyed_readings_table(), {"", ""})->size(), 6);  // empty components are legal
  }
  TEST_CASE("positions follow the clustering order of the table") {
    for (const bool descending : {false, true}) {
      const Table table = with_clustering(TypeKind::timestamp, descending);
      const Bytes early = big_bytes(int64_t{-5}), late = big_bytes(int64_t{5});
      CHECK_EQ(make_position(table, {early}) < make_position(table, {late}), !descending);
    }
  }
  TEST_CASE("a position gives the clustering back, as it was written") {
    Dice dice{7};
    for (const TypeKind kind : kNativeKinds) {
      for (int i = 0; i < 40; ++i) {
        const Table table = with_clustering(kind, chance(dice, 50));
        const Bytes value = random_value(dice, *table.clustering[0].type);
        CAPTURE(to_hex(value));
        const Bytes position = make_position(table, {value}), as_written = clustering_as_written(table, {value});
        const Result<std::vector<Bytes>> back = split_position(table, position, as_written);
        REQUIRE(back.has_value());
        CHECK_EQ(back->at(0), value);
        CHECK_EQ(as_written.empty(), round_trips(*table.clustering[0].type, value));
      }
    }
  }
  TEST_CASE("bytes that are no position are corrupt") {
    const Table table = keyed_readings_table();
    CHECK_FALSE(split_position(table, "\x05", "").has_value());
    CHECK_FALSE(split_position(table, make_position(table, {big_bytes(int64_t{1})}) + "x", "").has_value());
    CHECK(split_position(table, "", "").has_value());  // a prefix of no components
  }
}
