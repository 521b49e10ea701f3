// What stands between SELECT and FROM: selectors with their result names and types, aggregation, GROUP BY and JSON.
//
// A Selection is made once and immutable; a SelectionRun is one execution of it. Cells come out as the native protocol
// wants them ([int] length, bytes; -1 is null), appended to one buffer.
#pragma once

#include <memory>

#include "core/cql/ast_data.h"
#include "core/cql/row_input.h"
#include "core/cql/terms.h"

namespace ringlet::cql {

class SelectionNode;      // one prepared selector
class AggregateState;     // the running value of one aggregate call
struct SelectionState;    // of a run: one AggregateState for each aggregate call

// GROUP BY: a prefix of the primary key's columns; the last may be a function of its column (floor).
struct GroupBy {
  std::vector<std::shared_ptr<const SelectionNode>> keys;
};

class Selection {
 public:
  static Result<Selection> prepare(const Select& select, TableRef table, RowShape& shape, TermContext& context);

  const ResultMetadataRef& metadata() const { return metadata_; }
  bool aggregates() const { return aggregates_; }             // some selector is an aggregate: rows are folded
  bool groups() const { return !group_by_.keys.empty(); }
  bool only_statics_and_partition_key() const { return only_statics_and_partition_key_; }   // and at least one static

 private:
  friend class SelectionRun;
  std::vector<std::shared_ptr<const SelectionNode>> nodes_;
  GroupBy group_by_;
  ResultMetadataRef metadata_;
  std::vector<std::string> json_keys_;                        // not empty: SELECT JSON
  std::vector<std::pair<int, int>> plain_;                    // fast path: where each column comes from
  size_t aggregate_calls_ = 0;
  bool aggregates_ = false;
  bool only_statics_and_partition_key_ = false;
};

// Rows in, result rows out. Without grouping or aggregates each add() appends one row. Else rows are folded: with GROUP BY
// a result row is appended when the first row of the next group comes, and by finish().
class SelectionRun {
 public:
  SelectionRun(const Selection& selection, const Evaluation& evaluation);
  ~SelectionRun();
  SelectionRun(SelectionRun&&) noexcept;

  bool folds() const;
  // Would add() of this row first end the group before it? That is where a page of groups ends.
  bool starts_new_group(const RowInput& row) const;
  Status add(const RowInput& row, Bytes& out);
  Status finish_group(Bytes& out);        // appends the open group's row, if there is one
  Status finish(Bytes& out);              // the last group; the one row of aggregates without GROUP BY, even over nothing
  uint32_t rows() const { return rows_; } // appended so far

 private:
  Status append_row(const RowInput* row, Bytes& out);
  const Selection& selection_;
  Evaluation evaluation_;
  std::unique_ptr<SelectionState> state_;
  uint32_t rows_ = 0;
};

}  // namespace ringlet::cql
