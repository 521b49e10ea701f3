#include "core/data/mutation.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/murmur3.h"
#include "tests/unit/data/random_rows.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

Mutation random_mutation(Dice& dice) {
  Mutation mutation;
  mutation.table = random_uuid(dice(), dice());
  mutation.schema = SchemaVersion{roll(dice, 1000)};
  mutation.partition_key = "k" + random_bytes(dice, 3);
  mutation.token = token_of(mutation.partition_key);
  mutation.partition_deletion = random_deletion(dice);
  if (chance(dice, 30)) mutation.static_row = random_encoded_row(dice);
  for (uint64_t left = roll(dice, 3); left > 0; --left) {
    Bytes start = random_bytes(dice, 3), end = start + random_bytes(dice, 2) + "z";
    mutation.ranges.push_back({start, end, {random_timestamp(dice), Seconds{3}}});
  }
  std::map<Bytes, Bytes> rows;
  for (uint64_t left = roll(dice, 4); left > 0; --left) rows[random_bytes(dice, 2)] = random_encoded_row(dice);
  for (const auto& [position, row] : rows) mutation.rows.push_back({position, row});
  return mutation;
}

Bytes encoded(const Mutation& mutation) {
  Bytes bytes;
  ByteWriter out{bytes};
  encode_mutation(mutation, out);
  return bytes;
}

}  // namespace

TEST_SUITE("mutation") {
  TEST_CASE("a mutation survives encode then decode, token included") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 100; ++i) {
        const Mutation mutation = random_mutation(dice);
        const Bytes bytes = encoded(mutation);
        const Result<Mutation> back = decode_mutation(bytes);
        REQUIRE(back.has_value());
        CHECK(back->token == mutation.token);
        CHECK_EQ(back->rows.size(), mutation.rows.size());
        CHECK_EQ(encoded(*back), bytes);
        CHECK(mutation.bytes() + 64 >= bytes.size());
      }
    }
  }
  TEST_CASE("every truncation and every changed byte is corrupt or another valid mutation") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 8; ++i) {
        const Bytes good = encoded(random_mutation(dice));
        for (size_t n = 0; n < good.size(); ++n) {
          const std::vector<char> cut(good.begin(), good.begin() + static_cast<long>(n));
          const Result<Mutation> shorter = decode_mutation({cut.data(), cut.size()});
          REQUIRE_FALSE(shorter.has_value());
          CHECK(shorter.error().code == Errc::corrupt);
          Bytes changed = good;
          changed[n] = static_cast<char>(changed[n] ^ (1 << roll(dice, 8)));
          if (const Result<Mutation> other = decode_mutation(changed); !other)
            CHECK(other.error().code == Errc::corrupt);
        }
      }
    }
  }
  TEST_CASE("rows out of order, ranges that hold nothing and trailing bytes are refused") {
    Dice dice{1};
    Mutation mutation{.partition_key = "k"};
    mutation.rows = {{"b", random_encoded_row(dice)}, {"a", random_encoded_row(dice)}};
    CHECK_FALSE(decode_mutation(encoded(mutation)).has_value());
    std::ranges::reverse(mutation.rows);
    CHECK(decode_mutation(encoded(mutation)).has_value());
    CHECK_FALSE(decode_mutation(encoded(mutation) + "x").has_value());
    mutation.ranges = {{"b", "b", {Timestamp{1}, Seconds{1}}}};
    CHECK_FALSE(decode_mutation(encoded(mutation)).has_value());
  }
  TEST_CASE("two writes to one partition become one: rows merged by position, ranges kept, the newer deletion") {
    const auto row = [](ColumnId column, int64_t at, BytesView value) {
      Bytes out;
      RowBuilder builder{out};
      builder.cell({.column = column, .at = Timestamp{at}, .value = value});
      builder.finish();
      return out;
    };
    Mutation into{.partition_key = "k", .partition_deletion = {Timestamp{3}, Seconds{0}}};
    into.rows = {{"a", row(ColumnId{1}, 5, "old")}, {"c", row(ColumnId{1}, 5, "c")}};
    Mutation from{.partition_key = "k", .partition_deletion = {Timestamp{4}, Seconds{0}}};
    from.static_row = row(ColumnId{9}, 5, "s");
    from.ranges = {{"x", "y", {Timestamp{1}, Seconds{0}}}};
    from.rows = {{"a", row(ColumnId{1}, 6, "new")}, {"b", row(ColumnId{1}, 5, "b")}};
    merge_mutation(into, std::move(from));
    CHECK(into.partition_deletion.at == Timestamp{4});
    CHECK_EQ(into.static_row, row(ColumnId{9}, 5, "s"));
    CHECK_EQ(into.ranges.size(), 1);
    REQUIRE_EQ(into.rows.size(), 3);
    CHECK_EQ(into.rows[0].row, row(ColumnId{1}, 6, "new"));
    CHECK_EQ(into.rows[1].position, "b");
    CHECK_EQ(into.rows[2].position, "c");
  }
}
