#include "core/storage/block_cache.h"

#include <doctest/doctest.h>

#include <random>

namespace ringlet::testing {
namespace {

CacheKey key(uint64_t n) { return {FileId{1}, n * 4096}; }
Bytes block(uint64_t n) { return Bytes(4000, static_cast<char>('a' + n % 26)); }

void forget(BlockCache& cache, FileId file) {
  for (size_t at = 0; cache.forget(file, at);) {
  }
}

}  // namespace

TEST_SUITE("block_cache") {
  TEST_CASE("what is inserted is found, and an insert of what is there gives the one that is there") {
    BlockCache cache(1u << 20);
    CHECK_FALSE(cache.find(key(1)));
    const auto first = cache.insert(key(1), block(1));
    const auto second = cache.insert(key(1), block(2));
    CHECK_EQ(first.bytes(), second.bytes());
    CHECK_EQ(cache.find(key(1)).bytes(), block(1));
    CHECK_EQ(cache.counts().hits, 1);
    CHECK_EQ(cache.counts().misses, 1);
  }

  TEST_CASE("a block filled in memory of the cache's is what is found, and none where another one is there") {
    BlockCache cache(20000);
    for (uint64_t n = 0; n < 100; ++n) {
      auto fresh = cache.fresh(4000);
      CHECK_FALSE(cache.find(key(n)));
      block(n).copy(fresh.room(), 4000);
      cache.insert(key(n), std::move(fresh));
      CHECK_EQ(cache.find(key(n)).bytes(), block(n));
      auto second = cache.fresh(4000);
      block(n + 1).copy(second.room(), 4000);
      CHECK_EQ(cache.insert(key(n), std::move(second)).bytes(), block(n));
      CHECK_LE(cache.counts().bytes, 20000);
    }
  }

  TEST_CASE("the budget holds, bookkeeping included, whatever is inserted") {
    for (const size_t capacity : {size_t{0}, size_t{5000}, size_t{100000}, size_t{4u << 20}}) {
      BlockCache cache(capacity);
      for (uint64_t n = 0; n < 3000; ++n) {
        cache.insert(key(n), block(n));
        CHECK((cache.counts().bytes <= capacity || cache.counts().blocks == 0));
      }
      cache.resize(capacity / 2);
      CHECK((cache.counts().bytes <= capacity / 2 || cache.counts().blocks == 0));
    }
  }

  TEST_CASE("a pinned block outlives its place in the cache, and the cache") {
    BlockCache::Handle pinned;
    {
      BlockCache cache(20000);
      pinned = cache.insert(key(0), block(0));
      for (uint64_t n = 1; n < 100; ++n) cache.insert(key(n), block(n));
      CHECK_FALSE(cache.find(key(0)));
    }
    CHECK_EQ(pinned.bytes(), block(0));
  }

  TEST_CASE("a scan of far more than fits leaves the blocks in use where they are") {
    BlockCache cache(1u << 20);
    const auto touch_hot = [&] {
      uint64_t hits = 0;
      for (uint64_t n = 0; n < 50; ++n) {
        if (cache.find(key(n)))
          ++hits;
        else
          cache.insert(key(n), block(n));
      }
      return hits;
    };
    for (int i = 0; i < 5; ++i) touch_hot();
    for (uint64_t n = 1000; n < 20000; ++n) {
      if (!cache.find(key(n))) cache.insert(key(n), block(n));
    }
    CHECK_EQ(touch_hot(), 50);
  }

  TEST_CASE(
      "of blocks seen once a tenth of the budget stays where the medium gave them, and little where the page cache has "
      "them") {
    constexpr size_t kBudget = 16u << 20;
    using From = BlockCache::From;
    BlockCache cache(kBudget);
    uint64_t next = 0;
    const auto bring = [&](uint64_t count, From from) {
      for (const uint64_t end = next + count; next < end; ++next) {
        auto fresh = cache.fresh(4000);
        block(next).copy(fresh.room(), 4000);
        cache.insert(key(next), std::move(fresh), from);
      }
    };
    const auto stayed = [&](uint64_t count) {
      uint64_t found = 0;
      for (uint64_t n = next - count; n < next; ++n) found += cache.find(key(n)) ? 1 : 0;
      return found * 4000;
    };
    const auto twice = [&](uint64_t from, uint64_t end) {
      for (uint64_t n = from; n < end; ++n)
        for (int i = 0; i < 3; ++i) cache.find(key(n));
    };
    bring(kBudget / 4000, From::page_cache);  // as long as there is room, all stay
    CHECK_GT(stayed(3000), 3000u * 4000 * 9 / 10);
    twice(0, next);
    bring(2000, From::page_cache);
    CHECK_LT(stayed(2000), 300u << 10);
    CHECK_GT(stayed(2000), 200u << 10);
    bring(2000, From::medium);
    CHECK_GT(stayed(2000), kBudget / 11);
    CHECK_LT(stayed(2000), kBudget / 9);
    CHECK_LE(cache.counts().bytes, kBudget);
  }

  TEST_CASE("what a fresh block had too much at either end is no part of it") {
    BlockCache cache(1u << 20);
    auto fresh = cache.fresh(300);
    Bytes("headbody!").copy(fresh.room() + 200, 9);
    fresh.trim(204, 300 - 208);
    const auto kept = cache.insert(key(1), std::move(fresh));
    CHECK_EQ(kept.bytes(), "body");
    CHECK_EQ(cache.find(key(1)).bytes(), "body");
  }

  TEST_CASE("a dead file's blocks are forgotten") {
    BlockCache cache(1u << 20);
    for (uint64_t n = 0; n < 20; ++n) {
      cache.insert(key(n), block(n));
      cache.insert({FileId{2}, n}, block(n));
    }
    forget(cache, FileId{1});
    CHECK_FALSE(cache.find(key(3)));
    CHECK(cache.find({FileId{2}, 3}));
    CHECK_EQ(cache.counts().blocks, 20);
  }

  TEST_CASE("a quarter of the budget is granted to those who keep blocks, and counts until it is given back") {
    BlockCache cache(100000);
    CHECK_FALSE(cache.grant(26000));
    CHECK(cache.grant(20000));
    const auto kept = cache.insert(key(1), block(1));
    const size_t granted = cache.keep(kept);
    CHECK_GT(granted, 4000);
    CHECK_FALSE(cache.find(key(1)));
    CHECK_EQ(kept.bytes(), block(1));
    CHECK_EQ(cache.keep(cache.insert(key(2), block(2))), 0);
    CHECK(cache.find(key(2)));
    for (uint64_t n = 3; n < 100; ++n) cache.insert(key(n), block(n));
    CHECK_LE(cache.counts().bytes, 100000);
    const uint64_t blocks = cache.counts().blocks;
    cache.give_back(granted + 20000);
    for (uint64_t n = 3; n < 100; ++n) cache.insert(key(n), block(n));
    CHECK_GT(cache.counts().blocks, blocks);
  }

  TEST_CASE("under random use the cache gives back what was put in, and nothing else") {
    std::mt19937_64 dice(5);
    BlockCache cache(200000);
    for (int i = 0; i < 20000; ++i) {
      const uint64_t n = dice() % 100 * (dice() % 4 + 1);
      if (const auto found = cache.find(key(n)))
        CHECK_EQ(found.bytes(), block(n));
      else
        cache.insert(key(n), block(n));
      if (dice() % 500 == 0) cache.resize(dice() % 400000);
    }
  }

  TEST_CASE("the blocks of a pinned file stay, whatever else comes, until it is unpinned or dead") {
    BlockCache cache(1u << 20);
    const auto there = [&](uint64_t file, uint64_t count) {
      uint64_t found = 0;
      for (uint64_t n = 0; n < count; ++n) found += cache.find({FileId{file}, n * 4096}) ? 1 : 0;
      return found;
    };
    for (uint64_t n = 0; n < 20; ++n) cache.insert({FileId{7}, n * 4096}, block(n));
    cache.pin(FileId{7});  // what is here already stays too
    for (uint64_t n = 20; n < 40; ++n) cache.insert({FileId{7}, n * 4096}, block(n));
    for (uint64_t n = 0; n < 5000; ++n) {
      cache.insert(key(n), block(n));
      CHECK_LE(cache.counts().bytes, 1u << 20);
    }
    CHECK_EQ(there(7, 40), 40);
    CHECK_GT(cache.counts().pinned_bytes, 40 * 4000);
    cache.unpin(FileId{7});
    CHECK_EQ(cache.counts().pinned_bytes, 0);
    CHECK_EQ(there(7, 40), 40);
    for (uint64_t round = 0; round < 5; ++round)
      for (uint64_t n = 0; n < 5000; ++n) {
        cache.insert(key(n), block(n));
        cache.find(key(n));
        cache.find(key(n));
      }
    CHECK_EQ(there(7, 40), 0);
    cache.pin(FileId{7});
    cache.insert({FileId{7}, 0}, block(0));
    forget(cache, FileId{7});
    CHECK_EQ(cache.counts().pinned_bytes, 0);
    CHECK_FALSE(cache.pinned(FileId{7}));
  }

  TEST_CASE("pinned blocks take half of the budget, and no more; what is beyond is cached like the rest, and counted") {
    constexpr size_t kBudget = 1u << 20;
    BlockCache cache(kBudget);
    cache.pin(FileId{7});
    for (uint64_t n = 0; n < 1000; ++n) {
      cache.insert({FileId{7}, n * 4096}, block(n));
      CHECK_LE(cache.counts().bytes, kBudget);
      CHECK_LE(cache.counts().pinned_bytes, kBudget / BlockCache::kPinnedShare);
    }
    CHECK_GT(cache.counts().pinned_bytes, kBudget / BlockCache::kPinnedShare - 5000);
    CHECK_GT(cache.counts().pins_refused, 800);
    CHECK_FALSE(cache.has_room_to_pin());
    cache.resize(kBudget / 4);
    CHECK_LE(cache.counts().bytes, kBudget / 4);
    CHECK_LE(cache.counts().pinned_bytes, kBudget / 4 / BlockCache::kPinnedShare);
  }
}

}  // namespace ringlet::testing
