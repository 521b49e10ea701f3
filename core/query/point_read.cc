#include "core/query/point_read.h"

#include "core/data/keys.h"

namespace ringlet {

PointRead::PointRead(const cql::SelectPlan& plan) : plan_(plan), input_(plan.shape()) {
  range_.one_partition = true;
  range_.static_row = plan.reads_statics();
}

bool PointRead::run(const cql::Evaluation& evaluation, Seconds now, uint32_t tombstones_max, Coordinator& coordinator,
                    RowsResult& out) {
  // Clustering values that their position does not give back may have been written with other bytes than were asked for.
  if (!plan_.bind_row(evaluation, key_) || !key_.as_written.empty()) return false;
  range_.first_prefix.clear();
  append_partition_prefix(key_.token, key_.key, range_.first_prefix);
  Slice& slice = range_.slices.front();
  slice.start = key_.position;
  slice.end = key_.position;
  slice.end += kPositionEnd;
  const auto read = coordinator.read_here(plan_.table()->id, key_.token, range_);
  return read != nullptr && take(read->stream(), now, tombstones_max, out);
}

bool PointRead::take(FragmentStream& stream, Seconds now, uint32_t tombstones_max, RowsResult& out) {
  rows_.begin(stream, now, false, tombstones_max);
  input_.partition(key_.partition.views);
  input_.no_static_row();
  out.metadata = plan_.selection().metadata();
  out.row_count = 0;
  out.cells.clear();
  for (LiveItem item;;) {
    const auto step = rows_.next(item);
    if (!step || *step == Step::blocked) return false;
    if (*step == Step::end) return true;
    if (item.kind == LiveItem::Kind::static_row) {
      static_row_ = item.row;
      if (!input_.static_row(static_row_, now) || !rows_.count_tombstones(input_.dead_cells())) return false;
    } else if (item.kind == LiveItem::Kind::row) {
      if (!RowReader(item.row).clustering_as_written().empty() || !input_.row(key_.clustering.views, item.row, now) ||
          !rows_.count_tombstones(input_.dead_cells()))
        return false;
      plan_.selection().append_plain(input_, out.cells);
      out.row_count = 1;
      return true;
    }
  }
}

}  // namespace ringlet
