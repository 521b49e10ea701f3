#include "core/data/reconcile.h"

#include <doctest/doctest.h>

#include "core/data/counter.h"
#include "core/data/schema.h"
#include "tests/unit/data/random_rows.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

Bytes merged(std::initializer_list<BytesView> rows) {
  const std::vector<BytesView> inputs(rows);
  Bytes out;
  merge_rows(inputs, out);
  return out;
}

CellView live(int64_t at, BytesView value) { return {.column = ColumnId{1}, .at = Timestamp{at}, .value = value}; }
CellView tombstone(int64_t at, int64_t local = 0) {
  return {.column = ColumnId{1}, .kind = CellKind::tombstone, .at = Timestamp{at}, .local = Seconds{local}};
}
CellView expiring(int64_t at, int64_t local, BytesView value = "x") {
  return {.column = ColumnId{1},
          .kind = CellKind::expiring,
          .at = Timestamp{at},
          .ttl = 5,
          .local = Seconds{local},
          .value = value};
}

Bytes row_of(std::initializer_list<CellView> cells, Deletion deletion = {}, Liveness liveness = {}) {
  Bytes out;
  RowBuilder builder{out};
  builder.liveness(liveness);
  builder.deletion(deletion);
  for (const CellView& cell : cells) builder.cell(cell);
  builder.finish();
  return out;
}

std::vector<Bytes> values_of(BytesView row) {
  std::vector<Bytes> values;
  RowReader reader{row};
  CellView cell;
  while (reader.next(cell)) values.emplace_back(cell.value);
  return values;
}

Bytes purged(BytesView row, const PurgeRule& rule, const Table& table = {}) {
  Bytes out;
  purge_row(row, table, rule, out);
  return out;
}

const Uuid kNodeA{{1}}, kNodeB{{2}};

}  // namespace

TEST_SUITE("reconcile") {
  TEST_CASE("the higher timestamp wins, whatever the cells are") {
    CHECK(first_wins(live(2, "a"), tombstone(1)));
    CHECK_FALSE(first_wins(tombstone(1), live(2, "a")));
  }
  TEST_CASE("at one timestamp a tombstone beats an expiring cell, which beats a plain one") {
    CHECK(first_wins(tombstone(1), expiring(1, 100)));
    CHECK(first_wins(expiring(1, 100, "a"), live(1, "z")));
    CHECK_FALSE(first_wins(live(1, "z"), tombstone(1)));
  }
  TEST_CASE("of two tombstones the later deletion wins, of two expiring cells the later expiry") {
    CHECK(first_wins(tombstone(1, 9), tombstone(1, 8)));
    CHECK(first_wins(expiring(1, 9, "a"), expiring(1, 8, "z")));
  }
  TEST_CASE("otherwise the larger bytes win, compared unsigned") {
    CHECK(first_wins(live(1, "\x80"), live(1, "\x7F")));
    CHECK(first_wins(live(1, "aa"), live(1, "a")));
    CHECK(first_wins(live(1, "a"), live(1, "a")));
  }
  TEST_CASE("a row deletion shadows what was written at its timestamp or before") {
    const Bytes cells = row_of({live(5, "old")}, {}, {.at = Timestamp{5}});
    const Bytes newer_cell = row_of({live(6, "new")});
    const Bytes deletion = row_of({}, {Timestamp{5}, Seconds{1}});
    CHECK_EQ(merged({cells, deletion}), deletion);
    CHECK_EQ(values_of(merged({newer_cell, deletion})), std::vector<Bytes>{"new"});
  }
  TEST_CASE("replacing a collection drops its old elements and keeps those written with it") {
    const auto element = [](int64_t at, BytesView path) {
      return CellView{.column = ColumnId{4}, .at = Timestamp{at}, .has_path = true, .path = path, .value = path};
    };
    const Bytes old = row_of({element(5, "a"), element(5, "b")});
    Bytes replacement;
    RowBuilder builder{replacement};
    builder.complex_deletion(ColumnId{4}, {Timestamp{6}, Seconds{0}});
    builder.cell(element(7, "c"));
    builder.finish();
    CHECK_EQ(values_of(merged({old, replacement})), std::vector<Bytes>{"c"});
    CHECK_EQ(values_of(merged({replacement, old, old})), std::vector<Bytes>{"c"});
  }

  TEST_CASE("merging is commutative, associative and idempotent, for random rows") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 400; ++i) {
        const Bytes a = random_encoded_row(dice), b = random_encoded_row(dice), c = random_encoded_row(dice);
        const Bytes ab = merged({a, b}), bc = merged({b, c}), abc = merged({a, b, c});
        CAPTURE(i);
        CHECK(validate_row(abc).has_value());
        CHECK_EQ(ab, merged({b, a}));
        CHECK_EQ(abc, merged({c, a, b}));
        CHECK_EQ(abc, merged({ab, c}));
        CHECK_EQ(abc, merged({a, bc}));
        CHECK_EQ(abc, merged({abc, abc}));
        CHECK_EQ(abc, merged({abc, b}));
        CHECK_EQ(abc, merged({a, c, ab, bc}));
      }
    }
  }
  TEST_CASE("a covering deletion may be applied before the merge or after it") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 300; ++i) {
        RowModel first = random_row(dice), second = random_row(dice);
        first.clustering = second.clustering = "";
        if (first.empty() || second.empty()) continue;
        const Deletion covering{random_timestamp(dice), Seconds{1}};
        Bytes a, b, late;
        apply_deletion(first.encode(), covering, a);
        apply_deletion(second.encode(), covering, b);
        apply_deletion(merged({first.encode(), second.encode()}), covering, late);
        const Bytes early = a.empty()   ? b.empty() ? Bytes{} : merged({b, b})
                              : b.empty() ? merged({a, a})
                                        : merged({a, b});
        CHECK_EQ(early, late);
      }
    }
  }
  TEST_CASE("one version of a row is copied through") {
    const Bytes row = row_of({live(1, "v")});
    CHECK_EQ(merged({row}), row);
    CHECK_EQ(merged({}), "");
  }

  TEST_CASE("counters add up over replicas, and the later clock of each wins") {
    const Timestamp same{7};  // clocks rise even so
    const Bytes a1 = counter_add("", kNodeA, 5, same), a2 = counter_add(a1, kNodeA, -2, same),
                b1 = counter_add("", kNodeB, 10, same);
    const auto cell = [](int64_t at, BytesView shards) {
      return CellView{.column = ColumnId{1}, .kind = CellKind::counter, .at = Timestamp{at}, .value = shards};
    };
    const Bytes row = merged({row_of({cell(1, a2)}), row_of({cell(9, a1)}), row_of({cell(3, b1)})});
    CHECK_EQ(counter_sum(values_of(row).at(0)), 13);
    CHECK_EQ(row, merged({row_of({cell(9, a1)}), merged({row_of({cell(3, b1)}), row_of({cell(1, a2)})})}));
    CHECK(first_wins(tombstone(1), cell(9, a1)));  // a deleted counter stays deleted
  }

  TEST_CASE("what is counted after a deletion is all that counts, in whatever order versions are merged") {
    const auto counted = [](int64_t at, int64_t delta) {
      const Bytes shards = counter_add("", kNodeA, delta, Timestamp{at});
      return row_of({CellView{.column = ColumnId{1}, .kind = CellKind::counter, .at = Timestamp{at}, .value = shards}});
    };
    const Bytes before = merged({counted(1, 50), counted(2, 60)}), after = counted(9, 3);
    Bytes deletion;
    RowBuilder builder{deletion};
    builder.deletion({Timestamp{5}, Seconds{5}});
    builder.finish();
    const Bytes expected = merged({deletion, after});
    CHECK_EQ(merged({before, deletion, after}), expected);
    CHECK_EQ(merged({merged({before, after}), deletion}), expected);
    CHECK_EQ(merged({before, merged({deletion, after})}), expected);
    CHECK_EQ(counter_sum(values_of(expected).at(0)), 3);
  }

  TEST_CASE("an expired cell stays what it is, and goes when the grace since its writing is over") {
    const Bytes row = row_of({expiring(100, 50)});  // written for 5 seconds
    CHECK_EQ(purged(row, {.now = Seconds{50}, .gc_before = Seconds{45}, .purge_below = Timestamp{1000}}), row);
    CHECK_EQ(purged(row, {.now = Seconds{49}, .gc_before = Seconds{60}, .purge_below = Timestamp{1000}}), row);
    CHECK_EQ(purged(row, {.now = Seconds{50}, .gc_before = Seconds{46}, .purge_below = Timestamp{1000}}), "");
    CHECK_NE(purged(row, {.now = Seconds{50}, .gc_before = Seconds{46}, .purge_below = Timestamp{100}}), "");
  }

  TEST_CASE("purging what has expired brings nothing to an end that was written at the same time and lives longer") {
    const Bytes dead = row_of({expiring(100, 50, "a")}), alive = row_of({expiring(100, 90, "b")});
    const Bytes kept = purged(dead, {.now = Seconds{60}, .gc_before = Seconds{50}, .purge_below = Timestamp{100}});
    CHECK_EQ(values_of(merged({kept, alive})), std::vector<Bytes>{"b"});
  }

  TEST_CASE("a counter's tombstone waits for all data elsewhere: it wins over shards of any timestamp") {
    Table counters;
    counters.is_counter = true;
    const Bytes row = row_of({tombstone(10, 5)});
    CHECK_EQ(purged(row, {.now = Seconds{9}, .gc_before = Seconds{6}, .purge_below = Timestamp{20}}), "");
    CHECK_EQ(purged(row, {.now = Seconds{9}, .gc_before = Seconds{6}, .purge_below = Timestamp{20}}, counters), row);
    const PurgeRule alone{.now = Seconds{9}, .gc_before = Seconds{6}, .purge_below = Timestamp{INT64_MAX}};
    CHECK_EQ(purged(row, alone, counters), "");
  }

  TEST_CASE("tombstones wait for the grace and for older data elsewhere") {
    const Bytes row = row_of({tombstone(10, 5)}, {Timestamp{9}, Seconds{5}});
    CHECK_EQ(purged(row, {.now = Seconds{9}, .gc_before = Seconds{5}, .purge_below = Timestamp{100}}), row);
    CHECK_EQ(purged(row, {.now = Seconds{9}, .gc_before = Seconds{6}, .purge_below = Timestamp{9}}), row);
    CHECK_EQ(purged(row, {.now = Seconds{9}, .gc_before = Seconds{6}, .purge_below = Timestamp{11}}), "");
  }
  TEST_CASE("cells of a dropped column are gone, the row's other cells stay") {
    Table table;
    table.dropped.push_back({.id = ColumnId{1}, .name = "v", .dropped_at = Timestamp{100}});
    const Bytes row = row_of({live(5, "old"), {.column = ColumnId{2}, .at = Timestamp{5}, .value = "kept"}});
    CHECK_EQ(values_of(purged(row, {}, table)), std::vector<Bytes>{"kept"});
  }
  TEST_CASE("a row is seen by its marker or by any live cell") {
    CHECK(row_is_live(row_of({}, {}, {.at = Timestamp{1}}), Seconds{5}));
    CHECK_FALSE(row_is_live(row_of({}, {}, {.at = Timestamp{1}, .ttl = 1, .expires = Seconds{5}}), Seconds{5}));
    CHECK(row_is_live(row_of({expiring(1, 6)}), Seconds{5}));
    CHECK_FALSE(row_is_live(row_of({expiring(1, 5)}), Seconds{5}));
    CHECK_FALSE(row_is_live(row_of({tombstone(1)}, {Timestamp{3}, Seconds{0}}), Seconds{5}));
  }
}
