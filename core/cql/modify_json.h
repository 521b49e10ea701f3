// INSERT JSON: the document's members become values of the table's columns, as if they had been bound to
// `INSERT INTO t (every column) VALUES (?, ?, ..)`.
#pragma once

#include "core/cql/terms.h"
#include "core/data/schema.h"

namespace ringlet::cql {

struct JsonValues {
  JsonValues(size_t columns, EvaluationContext& context)
      : bytes(columns), values(columns), evaluation{values, context} {}
  JsonValues(const JsonValues&) = delete;
  JsonValues& operator=(const JsonValues&) = delete;

  std::vector<Bytes> bytes;        // what `values` look at
  std::vector<BoundValue> values;  // by column of JsonInsert::columns()
  Evaluation evaluation;
};

class JsonInsert {
 public:
  // Columns that the document leaves out are null, or with `default_unset` stay as they are.
  static Result<std::shared_ptr<const JsonInsert>> prepare(const Term& document, bool default_unset, TableRef table,
                                                           TermContext& terms);
  const std::vector<const Column*>& columns() const { return columns_; }
  Result<std::shared_ptr<const JsonValues>> evaluate(const Evaluation& evaluation) const;

 private:
  TableRef table_;
  std::vector<const Column*> columns_;  // all, in `*` order
  TermRef document_;
  bool default_unset_ = false;
};

}  // namespace ringlet::cql
