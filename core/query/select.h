// SELECT carried out: ranges read one after the other, rows filtered and shaped, pages cut.
//
// Always holds
//   - a page ends after a whole row, and its paging state names that row: the next page begins right after it
//   - paged, an answer stays within kPageBytesMax; unpaged, past kUnpagedResultBytesMax it is Errc::invalid
#pragma once

#include "core/cluster/node_info.h"
#include "core/cql/select_plan.h"
#include "core/query/read_source.h"
#include "core/query/result.h"

namespace ringlet {

// What one read under way counts for in its shard's memory for requests, whatever it returns: a scan at least so much, and as
// much as its files and shards may hold, but never over half of that memory. A scan that finds no room waits for others to
// end, and is Errc::overloaded in the end.
inline constexpr size_t kScanBytesCharged = 256u << 10;
inline constexpr size_t kPartitionReadBytesCharged = 16u << 10;
inline constexpr int64_t kScanWaitSecondsMax = 3;

struct SelectRequest {
  const cql::SelectPlan& plan;
  const cql::BoundSelect& bound;
  const cql::Evaluation& evaluation;
  int32_t page_size = -1;  // below 1: no paging
  std::optional<BytesView> paging_state;
  Seconds now;
  TombstoneBounds tombstones = {};
};

// Appends warnings (tombstones) to `warnings`. The request must outlive the Task.
Task<Result<RowsResult>> run_select(const SelectRequest& request, ReadSource& source, const RequestContext& context,
                                    std::vector<std::string>& warnings);

}  // namespace ringlet
