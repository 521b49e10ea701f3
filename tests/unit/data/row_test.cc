#include "core/data/row.h"

#include <doctest/doctest.h>

#include "tests/unit/data/random_rows.h"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

void check_reads_back(const RowModel& model, BytesView encoded) {
  RowReader reader{encoded};
  CHECK(reader.liveness() == model.liveness);
  CHECK(reader.deletion() == model.deletion);
  CHECK_EQ(reader.clustering_as_written(), model.clustering);
  CHECK_EQ(reader.complex_deletions().size(), model.complex.size());
  for (const auto& [column, deletion] : model.complex) CHECK(reader.complex_deletion(ColumnId{column}) == deletion);
  CellView cell;
  for (const RowModel::Cell& expected : model.cells) {
    REQUIRE(reader.next(cell));
    CHECK(cell.column == expected.view.column);
    CHECK(cell.kind == expected.view.kind);
    CHECK(cell.at == expected.view.at);
    CHECK_EQ(cell.ttl, expected.view.ttl);
    CHECK(cell.local == expected.view.local);
    CHECK_EQ(cell.boot, expected.view.boot);
    CHECK_EQ(cell.has_path, expected.view.has_path);
    CHECK_EQ(cell.path, expected.path);
    CHECK_EQ(cell.path_as_written, expected.path_as_written);
    CHECK_EQ(cell.value, expected.value);
  }
  CHECK_FALSE(reader.next(cell));
  CHECK_FALSE(reader.bad());
}

// Reads everything a reader offers: under a sanitizer this is what a corrupt row must survive.
void read_all(BytesView row) {
  RowReader reader{row};
  CellView cell;
  while (reader.next(cell)) {
  }
}

}  // namespace

TEST_SUITE("row") {
  TEST_CASE("a reader tells what the builder was told, for random rows") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 300; ++i) {
        const RowModel model = random_row(dice);
        if (model.empty()) continue;
        const Bytes encoded = model.encode();
        check_reads_back(model, encoded);
        CHECK(validate_row(encoded).has_value());
      }
    }
  }

  TEST_CASE("a row to which nothing was added leaves the output as it was") {
    Bytes out = "before";
    RowBuilder builder{out};
    builder.clustering_as_written("1.00");
    CHECK(builder.empty());
    builder.finish();
    CHECK_EQ(out, "before");
  }

  TEST_CASE("a cell of the row's own timestamp does not store it again") {
    Bytes same, other;
    for (Bytes* out : {&same, &other}) {
      RowBuilder builder{*out};
      builder.liveness({.at = Timestamp{1700000000000000}});
      builder.cell(
          {.column = ColumnId{1}, .at = Timestamp{out == &same ? 1700000000000000 : 1700000000000001}, .value = "v"});
      builder.finish();
    }
    CHECK_EQ(same.size() + 8, other.size());
  }

  TEST_CASE("large column ids, extreme timestamps and long values survive") {
    RowModel model;
    model.liveness = {
        .at = Timestamp{INT64_MAX}, .ttl = UINT32_MAX, .expires = Seconds{INT64_MAX - 1}, .boot = UINT32_MAX};
    model.deletion = {Timestamp{INT64_MIN + 1}, Seconds{INT64_MAX}};
    RowModel::Cell cell;
    cell.view = {.column = ColumnId{UINT32_MAX},
                 .kind = CellKind::expiring,
                 .at = Timestamp{INT64_MIN + 1},
                 .ttl = UINT32_MAX,
                 .local = Seconds{INT64_MIN},
                 .boot = 7,
                 .has_path = true};
    cell.path = Bytes(300, 'p');
    cell.value = Bytes(70000, 'v');
    model.cells.push_back(cell);
    check_reads_back(model, model.encode());
  }

  TEST_CASE("every truncation and every changed byte is corrupt or another valid row, never a read outside") {
    for (const uint64_t seed : kSeeds) {
      CAPTURE(seed);
      Dice dice{seed};
      for (int i = 0; i < 20; ++i) {
        const Bytes good = random_encoded_row(dice);
        for (size_t n = 0; n < good.size(); ++n) {
          const std::vector<char> cut(
              good.begin(), good.begin() + static_cast<long>(n));  // exact size: a sanitizer sees one byte more
          const BytesView view{cut.data(), cut.size()};
          read_all(view);
          if (const Status status = validate_row(view); !status) CHECK(status.error().code == Errc::corrupt);
          Bytes changed = good;
          changed[n] = static_cast<char>(changed[n] ^ (1 << roll(dice, 8)));
          read_all(changed);
          if (const Status status = validate_row(changed); !status) CHECK(status.error().code == Errc::corrupt);
        }
      }
    }
  }

  TEST_CASE("reserved bits, cells out of order and empty rows are refused") {
    CHECK_FALSE(validate_row("").has_value());
    CHECK_FALSE(validate_row(BytesView("\x00", 1)).has_value());
    CHECK_FALSE(validate_row("\x20").has_value());                            // a flag of the future
    CHECK_FALSE(validate_row(BytesView("\x00\x01\x40\x02", 4)).has_value());  // a cell bit of the future
    CHECK(validate_row(BytesView("\x00\x02\x00\x02\x03\x00\x02", 7)).has_value());
    CHECK_FALSE(validate_row(BytesView("\x00\x03\x00\x02\x02\x00\x02", 7)).has_value());
    CHECK_FALSE(validate_row(BytesView("\x00\x03\x00\x02\x03\x00\x02", 7)).has_value());
  }

  TEST_CASE("an expiring cell stamped before the clock was trusted does not expire") {
    const CellView trusted{.kind = CellKind::expiring, .local = Seconds{10}};
    const CellView untrusted{.kind = CellKind::expiring, .local = Seconds{10}, .boot = 3};
    CHECK(trusted.live_at(Seconds{9}));
    CHECK_FALSE(trusted.live_at(Seconds{10}));
    CHECK(untrusted.live_at(Seconds{1000}));
  }
}
