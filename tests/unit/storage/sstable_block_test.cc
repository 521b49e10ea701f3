#include "core/storage/sstable_block.h"

#include <doctest/doctest.h>

#include <map>
#include <random>

namespace ringlet::testing {
namespace {

using Model = std::map<Bytes, Bytes>;

// Keys that share much, little and nothing, with zeros where a search fills up short keys.
Bytes random_key(std::mt19937_64& dice, BytesView prefix) {
  Bytes key(dice() % 5 == 0 ? BytesView{} : prefix);
  for (size_t i = dice() % 6; i > 0; --i) key += dice() % 3 == 0 ? '\0' : dice() % 4 == 0 ? '\xff' : '\1';
  if (dice() % 3 == 0) key.append(dice() % 9, 'q');
  return key;
}

Bytes prepared(const BlockLayout& layout) {
  Bytes out(layout.head_bytes(), '\0');
  layout.write_head(out.data());
  return out.append(layout.entries());
}

Bytes block_of(const Model& model, size_t interval) {
  BlockBuilder builder(interval);
  for (const auto& [key, value] : model) builder.add(key, value);
  BlockLayout layout;
  REQUIRE(layout.take(builder.finish()));
  return prepared(layout);
}

void stands_on(const BlockCursor& cursor, bool moved, const Model& model, Model::const_iterator expected) {
  REQUIRE_FALSE(cursor.bad());
  REQUIRE_EQ(moved, expected != model.end());
  if (!moved) return;
  REQUIRE_EQ(cursor.key(), expected->first);
  REQUIRE_EQ(cursor.value(), expected->second);
}

Model::const_iterator before(const Model& model, Model::const_iterator at) {
  return at == model.begin() ? model.end() : std::prev(at);
}

}  // namespace

TEST_SUITE("sstable_block") {
  TEST_CASE("every search in a block of any keys finds what a map finds, and goes on from there") {
    for (uint64_t seed = 1; seed <= 3000; ++seed) {
      CAPTURE(seed);
      std::mt19937_64 dice(seed);
      const Bytes prefix(dice() % 14, 'p');
      Model model;
      for (size_t i = dice() % 30 + 1; i > 0; --i) model[random_key(dice, prefix)] = Bytes(dice() % 5, 'v');
      const Bytes block = block_of(model, dice() % 2 == 0 ? kDataRestartInterval : kIndexRestartInterval);
      for (int i = 0; i < 20; ++i) {
        const Bytes target = random_key(dice, prefix);
        const auto above = model.upper_bound(target), at_or_above = model.lower_bound(target);
        BlockCursor cursor;
        REQUIRE(cursor.open(block));
        const bool found = cursor.seek_at_most(target);
        stands_on(cursor, found, model, before(model, above));
        if (found) stands_on(cursor, cursor.next(), model, above);
        const bool sought = cursor.open(block) && cursor.seek(target);
        stands_on(cursor, sought, model, at_or_above);
        if (sought) stands_on(cursor, cursor.previous(), model, before(model, at_or_above));
        const bool below = cursor.open(block) && cursor.seek_below(target);
        stands_on(cursor, below, model, before(model, at_or_above));
      }
    }
  }

  TEST_CASE("bytes that are no block are told before anything is looked for in them") {
    BlockLayout layout;
    for (const Bytes& bytes : {Bytes{}, Bytes(1, '\0'), Bytes("\0\1\1kv\2", 6), Bytes("\1\1\1kv\0", 6),
                               Bytes("\0\1\2kv\0", 6), Bytes("\0\1\1kv\0\1", 7)})
      CHECK_FALSE(layout.take(bytes));
    CHECK(layout.take(Bytes("\0\1\1kv\0", 6)));
  }

  TEST_CASE("a layout that was used for a larger block lays out the next one as a new one would") {
    Model large, small;
    for (char c = 'a'; c < 'z'; ++c) large[Bytes(3, c)] = Bytes(3000, c);
    small["k"] = "v";
    BlockLayout used;
    for (const Model& model : {large, small, large}) {
      BlockBuilder builder(kDataRestartInterval);
      for (const auto& [key, value] : model) builder.add(key, value);
      const Bytes stored(builder.finish());
      BlockLayout fresh;
      REQUIRE(used.take(stored));
      REQUIRE(fresh.take(stored));
      CHECK_EQ(prepared(used), prepared(fresh));
    }
  }
}

}  // namespace ringlet::testing
