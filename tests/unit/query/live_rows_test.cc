#include "core/query/live_rows.h"

#include <doctest/doctest.h>

#include <deque>

#include "core/base/limits.h"
#include "tests/sim/data_model.h"

namespace ringlet {
namespace {

constexpr Seconds kNow{1000};

class Scripted final : public FragmentStream {
 public:
  Result<Step> next(Fragment& out) override {
    if (skipping_) {
      while (!script.empty() && script.front().kind != Fragment::Kind::partition) script.pop_front();
      skipping_ = false;
    }
    if (script.empty()) return Step::end;
    out = script.front();
    script.pop_front();
    return Step::fragment;
  }
  Task<Status> load(const RequestContext&) override { co_return Status{}; }
  void skip_partition() override { skipping_ = true; }
  std::deque<Fragment> script;

 private:
  bool skipping_ = false;
};

Bytes row_at(int64_t at, Seconds expires = kNoExpiry) {
  Bytes bytes;
  RowBuilder builder(bytes);
  builder.liveness({Timestamp{at}, expires == kNoExpiry ? 0u : 1u, expires, 0});
  builder.finish();
  return bytes;
}

Fragment partition(BytesView prefix, Deletion deletion = {}) {
  return {.kind = Fragment::Kind::partition, .prefix = prefix, .deletion = deletion};
}
Fragment row(BytesView position, BytesView bytes) {
  return {.kind = Fragment::Kind::row, .prefix = "p", .position = position, .row = bytes};
}
Fragment marker(BytesView position, Deletion before, Deletion after) {
  return {.kind = Fragment::Kind::marker, .prefix = "p", .position = position, .before = before, .after = after};
}

struct Cell {
  int64_t at = 50;
  CellKind kind = CellKind::live;
  Seconds local = kNoExpiry;
};
const Cell kDead{50, CellKind::tombstone, Seconds{900}}, kExpired{50, CellKind::expiring, Seconds{999}},
    kExpiring{50, CellKind::expiring, Seconds{2000}};

// A row that UPDATE wrote: no more than its cells.
Bytes row_of(const std::vector<Cell>& cells, Deletion deletion = {}) {
  Bytes bytes;
  RowBuilder builder(bytes);
  builder.deletion(deletion);
  uint32_t column = 1;
  for (const Cell& cell : cells)
    builder.cell({.column = ColumnId{column++},
                  .kind = cell.kind,
                  .at = Timestamp{cell.at},
                  .ttl = cell.kind == CellKind::expiring ? 1u : 0u,
                  .local = cell.local});
  builder.finish();
  return bytes;
}

uint32_t tombstones_of(std::deque<Fragment> fragments) {
  Scripted stream;
  stream.script = std::move(fragments);
  LiveRows rows(stream, kNow, false);
  for (LiveItem item; rows.next(item).value() != Step::end;) {
  }
  return rows.tombstones();
}

std::string told(Scripted& stream, bool reversed = false, std::string_view skip = "") {
  LiveRows rows(stream, kNow, reversed);
  std::string out;
  for (LiveItem item;;) {
    const auto step = rows.next(item);
    if (!step) return out + "error";
    if (*step == Step::end) return out;
    switch (item.kind) {
      case LiveItem::Kind::partition:
        out += "[" + Bytes(item.prefix);
        break;
      case LiveItem::Kind::static_row:
        out += " static";
        break;
      case LiveItem::Kind::row:
        out += " " + Bytes(item.position);
        break;
      case LiveItem::Kind::partition_end:
        out += "]";
        break;
    }
    if (item.kind == LiveItem::Kind::row && item.position == skip) rows.skip_partition();
  }
}

TEST_SUITE("live_rows") {
  const Bytes old_row = row_at(5), new_row = row_at(50), expired = row_at(50, kNow);
  const Deletion deletion{Timestamp{10}, Seconds{900}};

  TEST_CASE("what is expired, or older than the partition's deletion, is not told") {
    Scripted stream;
    stream.script = {partition("p", deletion), row("a", old_row), row("b", new_row), row("c", expired)};
    CHECK_EQ(told(stream), "[p b]");
  }

  TEST_CASE("a range deletion hides what lies between its markers, forwards and backwards") {
    Scripted stream;
    stream.script = {partition("p"),    row("a", old_row),         marker("b", {}, deletion), row("b", old_row),
                     row("c", new_row), marker("d", deletion, {}), row("d", old_row)};
    CHECK_EQ(told(stream), "[p a c d]");
    stream.script = {partition("p"),    row("d", old_row),         marker("d", deletion, {}), row("c", new_row),
                     row("b", old_row), marker("b", {}, deletion), row("a", old_row)};
    CHECK_EQ(told(stream, true), "[p d c a]");
  }

  TEST_CASE("a range that is open at the end of one partition hides nothing in the next") {
    Scripted stream;
    stream.script = {partition("p"), marker("b", {}, deletion), partition("q"), row("c", old_row)};
    CHECK_EQ(told(stream), "[p][q c]");
  }

  TEST_CASE("the static row knows the partition's deletion and no range's") {
    Scripted stream;
    const Fragment fixed{.kind = Fragment::Kind::static_row, .prefix = "p", .row = old_row};
    stream.script = {partition("p"), fixed, partition("q", deletion), fixed};
    CHECK_EQ(told(stream), "[p static][q]");
  }

  TEST_CASE("skipping goes on with the next partition, after the end of this one") {
    Scripted stream;
    stream.script = {partition("p"), row("a", new_row), row("b", new_row), partition("q"), row("c", new_row)};
    CHECK_EQ(told(stream, false, "a"), "[p a][q c]");
  }

  TEST_CASE(
      "a row of which nothing is live counts as many tombstones as it has dead cells, and one where it has none") {
    CHECK_EQ(tombstones_of({partition("p"), row("a", expired)}), 1);
    CHECK_EQ(tombstones_of({partition("p"), row("a", row_of({}, deletion))}), 1);
    CHECK_EQ(tombstones_of({partition("p"), row("a", row_of({kDead}, deletion))}), 1);
    CHECK_EQ(tombstones_of({partition("p"), row("a", row_of({kDead, kExpired, kDead}))}), 3);
  }

  TEST_CASE("of a partition's and a range's deletion the deletion counts, and nothing that it hides") {
    CHECK_EQ(tombstones_of({partition("p", deletion), row("a", old_row), row("b", row_of({{5}, {6}}))}), 1);
    CHECK_EQ(tombstones_of({partition("p"), marker("a", {}, deletion), row("b", old_row), marker("c", deletion, {})}),
             2);
  }

  TEST_CASE("the dead cells of live rows are for the reader of the row to count, within the same bound") {
    Scripted stream;
    const Bytes mixed = row_of({{}, kDead, kExpiring, kExpired});
    stream.script = {partition("p"), row("a", mixed)};
    LiveRows rows(stream, kNow, false, 2);
    LiveItem item;
    REQUIRE_EQ(rows.next(item).value(), Step::fragment);
    REQUIRE_EQ(rows.next(item).value(), Step::fragment);
    CHECK_EQ(item.position, "a");
    CHECK_EQ(rows.tombstones(), 0);
    CHECK(rows.count_tombstones(2).has_value());
    CHECK_EQ(rows.tombstones(), 2);
    const Status over = rows.count_tombstones(1);
    REQUIRE(!over.has_value());
    CHECK_EQ(over.error().code, Errc::tombstones);
  }

  TEST_CASE("a read that meets too many tombstones ends with an error that says so") {
    Scripted stream;
    stream.script = {partition("p")};
    for (uint32_t n = 0; n <= kTombstoneFail; ++n) stream.script.push_back(row("a", expired));
    CHECK_EQ(told(stream), "[perror");
  }
}

}  // namespace
}  // namespace ringlet
