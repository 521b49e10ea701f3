#include "core/storage/skip_list.h"

#include <doctest/doctest.h>

#include <map>

#include "core/storage/token_directory.h"
#include "tests/unit/data/random_rows.h"

namespace ringlet {
namespace {

using testing::Dice, testing::roll;
using List = SkipList<int>;

// Short keys over few bytes: prefixes of each other, zeros at the end, equal first eight bytes.
Bytes random_key(Dice& dice) {
  Bytes key(roll(dice, 12), 'k');
  for (char& c : key) c = "\0\1k\xFF"[roll(dice, 4)];
  return key;
}

void check_seeks(const List& list, const std::map<Bytes, int>& model, const Bytes& key) {
  const auto at = model.lower_bound(key);
  const List::Node* node = list.seek(key);
  REQUIRE_EQ(node == nullptr, at == model.end());
  if (node != nullptr) CHECK(node->key() == at->first);
  const List::Node* before = list.seek_before(key);
  REQUIRE_EQ(before == nullptr, at == model.begin());
  if (before != nullptr) CHECK(before->key() == std::prev(at)->first);
}

TEST_SUITE("skip_list") {
  TEST_CASE("it keeps byte strings in memcmp order and finds each, like a std::map") {
    for (const uint64_t seed : testing::kSeeds) {
      CAPTURE(seed);
      Dice dice(seed);
      Arena arena;
      List list(arena);
      std::map<Bytes, int> model;
      for (int n = 0; n < 2000; ++n) {
        const Bytes key = random_key(dice);
        bool made = false;
        List::Node* node = list.insert(key, made);
        REQUIRE_EQ(made, model.emplace(key, n).second);
        if (made) node->payload = n;
        REQUIRE_EQ(node->payload, model[key]);
        check_seeks(list, model, random_key(dice));
      }
      REQUIRE_EQ(list.size(), model.size());
      auto at = model.begin();
      for (const List::Node* node = list.front(); node != nullptr; node = node->next[0], ++at)
        REQUIRE(node->key() == at->first);
      REQUIRE(at == model.end());
    }
  }

  TEST_CASE("keys that come in order, and then some in between, end in order") {
    Arena arena;
    List list(arena);
    bool made = false;
    for (int n = 0; n < 1000; n += 2) list.insert("row " + std::to_string(10000 + n), made);
    for (int n = 1; n < 1000; n += 2) list.insert("row " + std::to_string(10000 + n), made);
    list.insert("row 99999", made);
    int n = 0;
    for (const List::Node* node = list.front(); n < 1000; node = node->next[0], ++n)
      REQUIRE(node->key() == "row " + std::to_string(10000 + n));
  }

  TEST_CASE(
      "begun from what the directory of tokens names, it keeps the same order, for spread and for crowded tokens") {
    for (const uint64_t seed : testing::kSeeds) {
      CAPTURE(seed);
      Dice dice(seed);
      Arena arena;
      List list(arena);
      TokenDirectory<List::Node> directory;
      std::map<Bytes, int> model;
      size_t named = 0;
      for (int n = 0; n < 3000; ++n) {
        const bool crowded = roll(dice, 4) == 0;
        Bytes key;
        ByteWriter out(key);
        const uint64_t token = crowded ? roll(dice, 50) : dice();
        out.big(token);
        out.u8(static_cast<uint8_t>(roll(dice, 3)));
        List::Node* near = directory.below(token);
        named += near != nullptr ? 1 : 0;
        if (near != nullptr) REQUIRE(near->head < token);
        bool made = false;
        List::Node* node = list.insert(key, made, near);
        REQUIRE_EQ(made, model.emplace(key, n).second);
        REQUIRE(node->key() == key);
        if (made) directory.add(node);
      }
      CHECK(named > 2000);
      auto at = model.begin();
      for (const List::Node* node = list.front(); node != nullptr; node = node->next[0], ++at)
        REQUIRE(node->key() == at->first);
      REQUIRE(at == model.end());
    }
  }

  TEST_CASE("a pointer to a node stays good while others come") {
    Arena arena;
    List list(arena);
    bool made = false;
    List::Node* first = list.insert("m", made);
    first->payload = 7;
    for (int n = 0; n < 5000; ++n) list.insert(std::to_string(n * 7919), made);
    CHECK_EQ(list.insert("m", made), first);
    CHECK_FALSE(made);
    CHECK_EQ(first->payload, 7);
  }
}

}  // namespace
}  // namespace ringlet
