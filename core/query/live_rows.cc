#include "core/query/live_rows.h"

#include <algorithm>

#include "core/data/reconcile.h"

namespace ringlet {
namespace {

uint32_t dead_cells(BytesView row, Seconds now) {
  RowReader reader(row);
  uint32_t dead = 0;
  for (CellView cell; reader.next(cell);) dead += cell.live_at(now) ? 0 : 1;
  return dead;
}

}  // namespace

void LiveRows::begin(FragmentStream& stream, Seconds now, bool reversed, uint32_t tombstones_max) {
  stream_ = &stream;
  now_ = now;
  reversed_ = reversed;
  partition_ = range_ = Deletion{};
  in_partition_ = pending_ = false;
  tombstones_ = 0;
  tombstones_max_ = tombstones_max;
}

Status LiveRows::too_many() const {
  return fail(Errc::tombstones, "the read met more than " + std::to_string(tombstones_max_) +
                                    " tombstones (tombstone_failure_threshold): read less at once, or delete whole "
                                    "ranges instead of rows and cells");
}

Result<bool> LiveRows::show(const Fragment& fragment, const Deletion& covering, LiveItem& out) {
  BytesView row = fragment.row;
  if (!covering.none()) {
    kept_.clear();
    apply_deletion(row, covering, kept_);
    row = kept_;
  }
  if (row.empty()) return false;
  if (!row_is_live(row, now_)) {
    TRY_STATUS(count_tombstones(std::max(1u, dead_cells(row, now_))));
    return false;
  }
  out.row = row;
  return true;
}

Result<Step> LiveRows::next(LiveItem& out) {
  for (;;) {
    Fragment fragment;
    if (pending_) {
      fragment = ahead_;
      pending_ = false;
    } else {
      TRY(const Step step, stream_->next(fragment));
      if (step == Step::blocked) return step;
      if (step == Step::end) {
        if (!in_partition_) return step;
        in_partition_ = false;
        out.kind = LiveItem::Kind::partition_end;
        return Step::fragment;
      }
      if (fragment.kind == Fragment::Kind::partition && in_partition_) {
        in_partition_ = false;
        ahead_ = fragment;
        pending_ = true;
        out.kind = LiveItem::Kind::partition_end;
        return Step::fragment;
      }
    }
    switch (fragment.kind) {
      case Fragment::Kind::partition:
        in_partition_ = true;
        partition_ = fragment.deletion;
        range_ = Deletion{};
        prefix_ = fragment.prefix;
        if (!partition_.none()) TRY_STATUS(count_tombstones(1));
        out.kind = LiveItem::Kind::partition;
        out.prefix = prefix_;
        return Step::fragment;
      case Fragment::Kind::static_row: {
        TRY(const bool live, show(fragment, partition_, out));
        if (!live) break;
        out.kind = LiveItem::Kind::static_row;
        out.prefix = prefix_;
        return Step::fragment;
      }
      case Fragment::Kind::marker:
        range_ = reversed_ ? fragment.before : fragment.after;
        TRY_STATUS(count_tombstones(1));
        break;
      case Fragment::Kind::row: {
        TRY(const bool live, show(fragment, newer(partition_, range_), out));
        if (!live) break;
        out.kind = LiveItem::Kind::row;
        out.prefix = prefix_;
        out.position = fragment.position;
        return Step::fragment;
      }
    }
  }
}

void LiveRows::skip_partition() {
  if (in_partition_) stream_->skip_partition();
}

}  // namespace ringlet
