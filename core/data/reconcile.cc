#include "core/data/reconcile.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/base/must.h"
#include "core/data/counter.h"
#include "core/data/schema.h"

namespace ringlet {
namespace {

int rank(CellKind kind) { return kind == CellKind::tombstone ? 2 : kind == CellKind::expiring ? 1 : 0; }

// (column, path), the order of cells in a row; no path comes before any.
int compare_place(const CellView& a, const CellView& b) {
  if (a.column != b.column) return a.column < b.column ? -1 : 1;
  if (a.has_path != b.has_path) return a.has_path ? 1 : -1;
  return a.has_path ? a.path.compare(b.path) : 0;
}

// One row being read: its next cell, and whether there is one.
struct Cursor {
  RowReader reader;
  CellView cell{};
  bool live = false;

  explicit Cursor(BytesView row) : reader(row) { advance(); }
  void advance() {
    live = reader.next(cell);
    MUST(!reader.bad());  // rows are checked where they come in (validate_row) and under a checksum where they rest
  }
};

// Passes on the cells that no deletion shadows. Columns rise, so the collections' deletions are walked once.
class Sink {
 public:
  Sink(RowBuilder& out, const Deletion& row, const std::vector<ComplexDeletion>& complex)
      : out_(out), row_(row), complex_(complex) {}
  void put(const CellView& cell) {
    if (row_.covers(cell.at) || shadowed_by_collection(cell)) return;
    out_.cell(cell);
  }

 private:
  bool shadowed_by_collection(const CellView& cell) {
    while (at_ < complex_.size() && complex_[at_].column < cell.column) ++at_;
    return at_ < complex_.size() && complex_[at_].column == cell.column && complex_[at_].deletion.covers(cell.at);
  }
  RowBuilder& out_;
  const Deletion& row_;
  const std::vector<ComplexDeletion>& complex_;
  size_t at_ = 0;
};

// What rows say before their cells, joined: what the merged row says.
struct Head {
  Liveness liveness;
  Deletion deletion;
  BytesView clustering;
  std::vector<ComplexDeletion> complex;

  void add(const RowReader& row) {
    liveness = winner(liveness, row.liveness());
    deletion = newer(deletion, row.deletion());
    // Equal values in other bytes (1.0 and 1.00): any one will do, as long as all replicas choose the same.
    clustering = std::max(clustering, row.clustering_as_written());
    if (!row.complex_deletions().empty()) add_complex(row.complex_deletions());
  }
  void write(RowBuilder& out) {
    std::erase_if(complex, [this](const ComplexDeletion& each) { return deletion.covers(each.deletion.at); });
    if (!deletion.covers(liveness.at)) out.liveness(liveness);
    out.deletion(deletion);
    out.clustering_as_written(clustering);
    for (const ComplexDeletion& each : complex) out.complex_deletion(each.column, each.deletion);
  }

 private:
  void add_complex(const std::vector<ComplexDeletion>& more) {
    for (const ComplexDeletion& each : more) {
      const auto at = std::ranges::lower_bound(complex, each.column, {}, &ComplexDeletion::column);
      if (at == complex.end() || at->column != each.column)
        complex.insert(at, each);
      else
        at->deletion = newer(at->deletion, each.deletion);
    }
  }
};

void put_winner(Sink& sink, const CellView& a, const CellView& b) {
  if (a.kind != CellKind::counter || b.kind != CellKind::counter) return sink.put(first_wins(a, b) ? a : b);
  CellView merged = a;
  merged.at = std::max(a.at, b.at);
  const Bytes shards = counter_merge(a.value, b.value);
  merged.value = shards;
  sink.put(merged);
}

void merge_two(Cursor& a, Cursor& b, Sink& sink) {
  while (a.live && b.live) {
    const int order = compare_place(a.cell, b.cell);
    if (order < 0)
      sink.put(a.cell);
    else if (order > 0)
      sink.put(b.cell);
    else
      put_winner(sink, a.cell, b.cell);
    if (order <= 0) a.advance();
    if (order >= 0) b.advance();
  }
  for (; a.live; a.advance()) sink.put(a.cell);
  for (; b.live; b.advance()) sink.put(b.cell);
}

// Versions of one row are few: a scan of the cursors beats a heap.
void merge_many(std::vector<Cursor>& cursors, Sink& sink) {
  Bytes shards;  // outlives the cell that shows it
  while (true) {
    const Cursor* least = nullptr;
    for (const Cursor& cursor : cursors) {
      if (cursor.live && (!least || compare_place(cursor.cell, least->cell) < 0)) least = &cursor;
    }
    if (!least) return;
    CellView best = least->cell;
    for (Cursor& cursor : cursors) {
      if (!cursor.live || compare_place(cursor.cell, best) != 0) continue;
      if (cursor.cell.kind == CellKind::counter && best.kind == CellKind::counter) {
        best.at = std::max(best.at, cursor.cell.at);
        shards = counter_merge(best.value, cursor.cell.value);
        best.value = shards;
      } else if (!first_wins(best, cursor.cell)) {
        best = cursor.cell;
      }
      cursor.advance();
    }
    sink.put(best);
  }
}

}  // namespace

bool first_wins(const CellView& a, const CellView& b) {
  // A counter's deletion is for good, whatever its timestamp: shards that come late must not bring it back.
  if ((a.kind == CellKind::counter) != (b.kind == CellKind::counter) &&
      (a.kind == CellKind::tombstone || b.kind == CellKind::tombstone)) {
    return a.kind == CellKind::tombstone;
  }
  if (a.at != b.at) return a.at > b.at;
  if (a.kind != b.kind && rank(a.kind) != rank(b.kind)) return rank(a.kind) > rank(b.kind);
  if (a.local != b.local) return a.local > b.local;
  if (const int order = a.value.compare(b.value); order != 0) return order > 0;
  // The same value by the same clock: what is left decides nothing a reader sees, but replicas must agree on the bytes.
  if (a.ttl != b.ttl) return a.ttl > b.ttl;
  if (a.boot != b.boot) return a.boot > b.boot;
  return a.path_as_written >= b.path_as_written;
}

const Liveness& winner(const Liveness& a, const Liveness& b) {
  if (a.at != b.at) return a.at > b.at ? a : b;
  if (a.expiring() != b.expiring()) return a.expiring() ? a : b;
  if (a.expires != b.expires) return a.expires > b.expires ? a : b;
  if (a.ttl != b.ttl) return a.ttl > b.ttl ? a : b;
  return a.boot >= b.boot ? a : b;
}

void merge_rows(std::span<const BytesView> rows, Bytes& out) {
  if (rows.empty()) return;
  if (rows.size() == 1) {
    out.append(rows[0]);
    return;
  }
  Head head;
  RowBuilder builder{out};
  Sink sink{builder, head.deletion, head.complex};
  if (rows.size() == 2) {
    Cursor a{rows[0]}, b{rows[1]};
    head.add(a.reader);
    head.add(b.reader);
    head.write(builder);
    merge_two(a, b, sink);
  } else {
    std::vector<Cursor> cursors;
    cursors.reserve(rows.size());
    for (const BytesView row : rows) head.add(cursors.emplace_back(row).reader);
    head.write(builder);
    merge_many(cursors, sink);
  }
  builder.finish();
}

void apply_deletion(BytesView row, const Deletion& covering, Bytes& out) {
  if (covering.none()) {
    out.append(row);
    return;
  }
  Cursor cursor{row};
  const RowReader& reader = cursor.reader;
  RowBuilder builder{out};
  if (!covering.covers(reader.liveness().at)) builder.liveness(reader.liveness());
  if (!covering.covers(reader.deletion().at)) builder.deletion(reader.deletion());
  builder.clustering_as_written(reader.clustering_as_written());
  for (const ComplexDeletion& each : reader.complex_deletions()) {
    if (!covering.covers(each.deletion.at)) builder.complex_deletion(each.column, each.deletion);
  }
  for (; cursor.live; cursor.advance()) {
    if (!covering.covers(cursor.cell.at)) builder.cell(cursor.cell);
  }
  builder.finish();
}

bool purgeable(const Deletion& deletion, const PurgeRule& rule) {
  return deletion.local < rule.gc_before && deletion.at < rule.purge_below;
}

static bool is_dropped(const Table& table, ColumnId column) {
  return std::ranges::find(table.dropped, column, &DroppedColumn::id) != table.dropped.end();
}

// An expired cell counts, as far as the grace goes, from the moment it was written: that is what replicas had to learn of. A
// counter's tombstone wins over shards of any timestamp, so any data elsewhere may be what it hides.
static bool may_go(const CellView& cell, const Table& table, const PurgeRule& rule) {
  if (cell.kind == CellKind::tombstone) {
    if (table.is_counter && rule.purge_below != Timestamp{INT64_MAX}) return false;
    return purgeable({cell.at, cell.local}, rule);
  }
  if (cell.kind != CellKind::expiring || cell.live_at(rule.now)) return false;
  return purgeable({cell.at, Seconds{cell.local.raw - cell.ttl}}, rule);
}

void purge_row(BytesView row, const Table& table, const PurgeRule& rule, Bytes& out) {
  Cursor cursor{row};
  const RowReader& reader = cursor.reader;
  const Liveness& liveness = reader.liveness();
  RowBuilder builder{out};
  const bool liveness_gone = !liveness.live_at(rule.now) && purgeable({liveness.at, liveness.expires}, rule);
  if (!liveness_gone) builder.liveness(liveness);
  if (!purgeable(reader.deletion(), rule)) builder.deletion(reader.deletion());
  builder.clustering_as_written(reader.clustering_as_written());
  for (const ComplexDeletion& each : reader.complex_deletions()) {
    if (!purgeable(each.deletion, rule) && !is_dropped(table, each.column))
      builder.complex_deletion(each.column, each.deletion);
  }
  for (; cursor.live; cursor.advance()) {
    const CellView& cell = cursor.cell;
    if (!is_dropped(table, cell.column) && !may_go(cell, table, rule)) builder.cell(cell);
  }
  builder.finish();
}

bool row_is_live(BytesView row, Seconds now) {
  RowReader reader{row};
  if (reader.liveness().live_at(now)) return true;
  CellView cell;
  while (reader.next(cell)) {
    if (cell.live_at(now)) return true;
  }
  MUST(!reader.bad());
  return false;
}

}  // namespace ringlet
