// PointRead: a SELECT of one row by its whole key, carried out at once where memory holds all it needs. It belongs to one plan
// on one shard and is used for one execution after the other, so that nothing is allocated for a row.
#pragma once

#include "core/cluster/coordinator.h"
#include "core/cql/select_plan.h"
#include "core/query/live_rows.h"
#include "core/query/result.h"

namespace ringlet {

class PointRead {
 public:
  explicit PointRead(const cql::SelectPlan& plan);  // plan.names_one_row(); outlives this
  // False: something must be waited for or is unusual; run_select() does it, or says what is wrong. `out` is filled anew, its
  // storage used again.
  // More than `tombstones_max` tombstones are unusual.
  bool run(const cql::Evaluation& evaluation, Seconds now, uint32_t tombstones_max, Coordinator& coordinator,
           RowsResult& out);

 private:
  bool take(FragmentStream& stream, Seconds now, uint32_t tombstones_max, RowsResult& out);

  const cql::SelectPlan& plan_;
  cql::PlainKey key_;
  ReadRange range_;
  LiveRows rows_;
  cql::RowInput input_;
  Bytes static_row_;
};

}  // namespace ringlet
