#include "core/storage/memtable.h"

#include <doctest/doctest.h>

#include "core/data/keys.h"
#include "core/query/live_rows.h"
#include "tests/sim/data_model.h"

namespace ringlet {
namespace {

using sim::DataModel, sim::Dice, sim::roll, sim::Seen;
constexpr Seconds kNow{1767225600};

Seen read(const Memtable& memtable, const ReadRange& range, Sequence at) {
  const auto stream = memtable.stream(range, at);
  LiveRows rows(*stream, kNow, range.reversed);
  Seen seen;
  bool begun = false;
  for (LiveItem item;;) {
    const auto step = rows.next(item);
    REQUIRE(step);
    REQUIRE((*step != Step::blocked));
    if (*step == Step::end) return seen;
    if (item.kind == LiveItem::Kind::partition) begun = false;
    if (item.kind != LiveItem::Kind::row && item.kind != LiveItem::Kind::static_row) continue;
    if (!std::exchange(begun, true)) seen.push_back("partition " + Bytes(item.prefix));
    const bool is_static = item.kind == LiveItem::Kind::static_row;
    seen.push_back((is_static ? "static" : "row " + Bytes(item.position)) + sim::describe_row(item.row, kNow));
  }
}

struct Pinned {
  Sequence at;
  DataModel model;
};

TEST_SUITE("memtable") {
  TEST_CASE("a reader at a sequence sees exactly what was written up to it, however much is written after") {
    for (uint64_t seed = 1; seed <= 30; ++seed) {
      CAPTURE(seed);
      Dice dice(seed);
      const auto table = std::make_shared<const Table>(sim::model_table(1, "ks", seed % 3 != 0));
      Memtable memtable(table);
      DataModel model;
      std::vector<Pinned> pins;
      Sequence at{0};
      for (int n = 0; n < 200; ++n) {
        sim::WriteDice writes{.dice = dice, .now = kNow};
        const Mutation m = writes.mutation(*table);
        if (m.empty()) continue;
        Bytes prefix;
        append_partition_prefix(m.token, m.partition_key, prefix);
        at = Sequence{at.raw + 1};
        Sequence newest{0};
        for (const Pinned& pin : pins) newest = std::max(newest, pin.at);
        memtable.apply(m, prefix, at, newest);
        model.apply(m);
        if (roll(dice, 8) == 0) pins.push_back({at, model});
        if (pins.empty() || roll(dice, 8) != 0) continue;
        const size_t which = roll(dice, pins.size());
        ReadRange range;
        range.reversed = roll(dice, 2) == 0;
        CHECK((read(memtable, range, pins[which].at) == pins[which].model.read(table->id, range, kNow)));
        pins.erase(pins.begin() + static_cast<std::ptrdiff_t>(which));
      }
      const ReadRange everything;
      CHECK((read(memtable, everything, at) == model.read(table->id, everything, kNow)));
    }
  }

  TEST_CASE("a stream that is half read goes on with what it began with") {
    const auto table = std::make_shared<const Table>(sim::model_table(1, "ks", true));
    Memtable memtable(table);
    const auto write = [&](int32_t c, const char* value, uint64_t at, uint64_t pin) {
      Mutation m;
      m.partition_key = "p";
      Bytes row;
      RowBuilder builder(row);
      CellView cell;
      cell.column = ColumnId{sim::kTextColumn};
      cell.at = Timestamp{static_cast<int64_t>(at)};
      cell.value = value;
      builder.cell(cell);
      builder.finish();
      m.rows.push_back({sim::row_position(*table, c), row});
      memtable.apply(m, Bytes("12345678p\0\1", 11), Sequence{at}, Sequence{pin});
    };
    write(1, "one", 1, 0);
    write(3, "three", 2, 0);
    const ReadRange range;
    const auto stream = memtable.stream(range, Sequence{2});
    Fragment fragment;
    REQUIRE(stream->next(fragment));  // the partition
    REQUIRE(stream->next(fragment));  // row 1
    write(2, "two", 3, 2);
    write(3, "THREE", 4, 2);
    REQUIRE(stream->next(fragment));
    CHECK((fragment.position == sim::row_position(*table, 3)));
    CHECK((sim::describe_row(fragment.row, kNow).find("three") != std::string::npos));
    CHECK((*stream->next(fragment) == Step::end));
  }

  TEST_CASE("deleting the same again and again, with no reader about, takes no more memory and hides as much") {
    const auto table = std::make_shared<const Table>(sim::model_table(1, "ks", true));
    Memtable memtable(table);
    const Bytes prefix("12345678p\0\1", 11);
    size_t bytes = 0;
    for (int64_t n = 1; n <= 1000; ++n) {
      Mutation m;
      m.table = table->id;
      m.partition_key = "p";
      if (n % 2 == 0) m.partition_deletion = {Timestamp{n}, kNow};
      m.ranges.push_back({"", Bytes{static_cast<char>(n / 256), static_cast<char>(n % 256)}, {Timestamp{n}, kNow}});
      memtable.apply(m, prefix, Sequence{static_cast<uint64_t>(n)}, Sequence{0});
      if (n == 2) bytes = memtable.bytes();
    }
    CHECK_EQ(memtable.bytes(), bytes);
    ReadRange range;
    range.first_prefix = prefix;
    range.one_partition = true;
    const auto stream = memtable.stream(range, Sequence{1000});
    Fragment fragment;
    REQUIRE(stream->next(fragment));
    CHECK_EQ(fragment.deletion.at.raw, 1000);
    REQUIRE(stream->next(fragment));
    CHECK_EQ(fragment.after.at.raw, 1000);
    REQUIRE(stream->next(fragment));
    CHECK((fragment.position == Bytes{3, static_cast<char>(1000 % 256)}));
    CHECK((*stream->next(fragment) == Step::end));
  }

  TEST_CASE("it remembers how much of which log segment it needs, and the oldest timestamp in it") {
    const auto table = std::make_shared<const Table>(sim::model_table(1, "ks", true));
    Memtable memtable(table);
    CHECK(memtable.empty());
    memtable.use_log({SegmentId{4}, 100}, 10);
    memtable.use_log({SegmentId{5}, 50}, 20);
    memtable.use_log({SegmentId{4}, 200}, 5);
    REQUIRE_EQ(memtable.log_uses().size(), 2);
    CHECK_EQ(memtable.log_uses()[0].bytes, 15);
    CHECK_EQ(memtable.log_uses()[1].bytes, 20);
    CHECK((memtable.log_through() == LogPosition{SegmentId{5}, 50}));
    Mutation m;
    m.partition_deletion = {Timestamp{-5}, kNow};
    m.ranges.push_back({"a", "b", {Timestamp{-7}, kNow}});
    const size_t before = memtable.bytes();
    memtable.apply(m, Bytes("12345678p\0\1", 11), Sequence{1}, Sequence{0});
    CHECK_EQ(memtable.min_timestamp().raw, -7);
    CHECK_GT(memtable.bytes(), before);
  }
}

}  // namespace
}  // namespace ringlet
