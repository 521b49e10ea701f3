#include "core/storage/batch_record.h"

#include <doctest/doctest.h>

#include "tests/sim/data_model.h"
#include "tests/unit/data/random_rows.h"

namespace ringlet {
namespace {

std::vector<Mutation> some_mutations(uint64_t seed) {
  sim::Dice dice(seed);
  const Table table = sim::model_table(1, "ks", true);
  sim::WriteDice writes{.dice = dice, .now = Seconds{1000}};
  std::vector<Mutation> all;
  while (all.size() < 3)
    if (Mutation m = writes.mutation(table); !m.empty()) all.push_back(std::move(m));
  return all;
}

Bytes encoded(const Mutation& mutation) {
  Bytes bytes;
  ByteWriter out(bytes);
  encode_mutation(mutation, out);
  return bytes;
}

TEST_SUITE("batch_record") {
  TEST_CASE("a batch comes back from its record as it went in") {
    for (const uint64_t seed : testing::kSeeds) {
      const auto mutations = some_mutations(seed);
      const Uuid id = random_uuid(seed, 99);
      const auto decoded = decode_batch(encode_batch(id, mutations));
      REQUIRE(decoded);
      const auto* begun = std::get_if<BatchBegun>(&*decoded);
      REQUIRE(begun != nullptr);
      CHECK((begun->id == id));
      REQUIRE_EQ(begun->mutations.size(), mutations.size());
      for (size_t n = 0; n < mutations.size(); ++n) CHECK((encoded(begun->mutations[n]) == encoded(mutations[n])));
    }
  }

  TEST_CASE("the record of its end is seventeen frozen bytes") {
    const Uuid id = *parse_uuid("00112233-4455-6677-8899-aabbccddeeff");
    const Bytes record = encode_batch_done(id);
    CHECK((record == Bytes("\xB2\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF", 17)));
    CHECK((encode_batch(id, {}) ==
           Bytes("\xB1\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF\x00", 18)));
    const auto decoded = decode_batch(record);
    REQUIRE(decoded);
    CHECK((std::get<BatchDone>(*decoded).id == id));
  }

  TEST_CASE("cut short, lengthened or of another kind, it is corrupt") {
    const Bytes record = encode_batch(random_uuid(1, 2), some_mutations(1));
    for (size_t bytes = 0; bytes < record.size(); ++bytes)
      CHECK_FALSE(decode_batch(BytesView(record).substr(0, bytes)).has_value());
    CHECK_FALSE(decode_batch(record + "x").has_value());
    Bytes other = record;
    other[0] = '\x01';
    CHECK_FALSE(decode_batch(other).has_value());
  }

  TEST_CASE("damaged bytes are refused or decoded, never read past") {
    for (uint64_t seed = 1; seed <= 2000; ++seed) {
      testing::Dice dice(seed);
      Bytes record = encode_batch(random_uuid(1, 2), some_mutations(1 + seed % 5));
      for (uint64_t n = 1 + testing::roll(dice, 4); n > 0; --n)
        record[testing::roll(dice, record.size())] = static_cast<char>(dice());
      (void)decode_batch(record);
    }
  }
}

}  // namespace
}  // namespace ringlet
