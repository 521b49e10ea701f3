// SELECT, planned: everything about the statement that does not depend on bound values, checked; and bound: what to read.
//
//   TRY(SelectPlan plan, SelectPlan::prepare(select, markers, context));       // once
//   TRY(BoundSelect bound, plan.bind(evaluation, page_size));                  // for each execution
//
// A bound select refers to its plan, its values and its evaluation: all must outlive it.
#pragma once

#include <limits>

#include "core/cql/restrictions.h"
#include "core/cql/selection.h"

namespace ringlet::cql {

class SelectPlan;

struct BoundSelect {
  const SelectPlan* plan = nullptr;
  BoundRestrictions where;
  uint64_t limit = std::numeric_limits<uint64_t>::max();  // result rows; groups with GROUP BY
  uint64_t per_partition_limit = std::numeric_limits<uint64_t>::max();
  // Rows of several partitions come in one order of positions (IN on the partition key with ORDER BY): merge, do not append.
  bool merge_partitions = false;
  std::optional<int64_t> timeout_ns;  // USING TIMEOUT

  size_t range_count() const { return where.by_key ? where.partitions.size() : where.ranges.size(); }
  ReadRange read_range(size_t i) const;  // in the order that results have
};

class SelectPlan {
 public:
  static Result<SelectPlan> prepare(const Select& select, size_t marker_count, const PlanContext& context);
  // `page_size` below 1: no paging.
  Result<BoundSelect> bind(const Evaluation& evaluation, int32_t page_size) const;

  // One row by its whole key, its columns as they are: then bind_row() is all that bind() has to say. False: bind() says why.
  bool names_one_row() const { return names_one_row_; }
  bool bind_row(const Evaluation& evaluation, PlainKey& out) const { return restrictions_.bind_plain(evaluation, out); }

  const TableRef& table() const { return table_; }
  const RowShape& shape() const { return *shape_; }
  const Selection& selection() const { return selection_; }
  const Restrictions& restrictions() const { return restrictions_; }
  const std::vector<ResultColumn>& binds() const { return binds_; }
  std::vector<uint16_t> partition_key_binds() const { return restrictions_.partition_key_binds(); }
  bool distinct() const { return distinct_; }  // one row for each partition that has a live row or static cell
  bool reversed() const { return reversed_; }  // rows inside each partition come backwards
  bool reads_statics() const { return reads_statics_; }
  // A partition with a live static row and no matching row still gives one row: with null clustering and regular columns.
  bool static_only_rows() const { return static_only_rows_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  TableRef table_;
  std::shared_ptr<RowShape> shape_;
  Selection selection_;
  Restrictions restrictions_;
  std::vector<ResultColumn> binds_;
  TermRef limit_, per_partition_limit_, timeout_;
  std::vector<std::string> warnings_;
  bool names_one_row_ = false;
  bool distinct_ = false, reversed_ = false, ordered_ = false, reads_statics_ = false, static_only_rows_ = false;
};

}  // namespace ringlet::cql
