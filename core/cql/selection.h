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

class SelectionNode;    // one prepared selector
class AggregateNode;    // ... that calls an aggregate
struct SelectionState;  // what a run remembers: the open group

class Selection {
 public:
  static Result<Selection> prepare(const Select& select, TableRef table, RowShape& shape, TermContext& context);

  const ResultMetadataRef& metadata() const { return metadata_; }
  // Every result column is a column as it is, and rows are not folded: append_plain() is all there is to a row.
  bool plain() const { return plain_ && !aggregates_ && !groups(); }
  void append_plain(const RowInput& row, Bytes& out) const;
  bool aggregates() const { return aggregates_; }       // some selector is an aggregate: rows are folded
  bool groups() const { return !group_keys_.empty(); }  // GROUP BY
  const std::vector<const Column*>& columns() const { return columns_; }  // all that are looked at, each once

 private:
  friend class SelectionRun;
  std::vector<std::shared_ptr<const SelectionNode>> nodes_;
  std::vector<std::shared_ptr<const SelectionNode>> group_keys_;
  std::vector<std::shared_ptr<const AggregateNode>> aggregate_calls_;
  std::vector<const Column*> columns_;
  std::vector<std::string> json_keys_;  // not empty: SELECT JSON, one for each node
  ResultMetadataRef metadata_;
  const RowShape* shape_ = nullptr;
  bool aggregates_ = false;
  bool plain_ = false;  // every node is a column as it is: no values are made
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
  Status finish_group(Bytes& out);  // appends the open group's row, if there is one
  Status finish(Bytes& out);        // the last group; the one row of aggregates without GROUP BY, even over nothing
  uint32_t rows() const { return rows_; }  // appended so far

 private:
  Status append_row(const RowInput& row, Bytes& out);
  Status append_json(const RowInput& row, Bytes& out);
  Status fold(const RowInput& row, Bytes& out);
  void open_group();
  const Selection& selection_;
  std::unique_ptr<SelectionState> state_;
  uint32_t rows_ = 0;
};

}  // namespace ringlet::cql
