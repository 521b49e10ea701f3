// Operations: what an assignment of SET, a value of INSERT or a target of DELETE does to one row. One class for each kind,
// in the modify_*.cc file of the column's kind.
//
// Prepared operations are immutable: any thread may apply them.
#pragma once

#include <optional>
#include <vector>

#include "core/cql/ast_data.h"
#include "core/cql/row_edit.h"
#include "core/cql/row_input.h"
#include "core/cql/terms.h"
#include "core/data/schema.h"

namespace ringlet::cql {

struct OperationInput {
  const Evaluation& evaluation;
  const RowInput* existing = nullptr;  // not null where the operation reads()
  BytesView row_so_far;                // encoded: what earlier statements of the batch do to the row; may be empty
  Uuid counter_replica;
};

class ModifyOperation {
 public:
  explicit ModifyOperation(const Column& column) : column_(column) {}
  virtual ~ModifyOperation() = default;
  const Column& column() const { return column_; }
  virtual bool reads() const { return false; }  // needs the row as it is
  virtual Status apply(const OperationInput& input, RowEdit& edit) const = 0;

 private:
  const Column& column_;  // of the plan's table
};
using OperationRef = std::shared_ptr<const ModifyOperation>;

struct OperationContext {
  const Table& table;
  RowShape& shape;  // operations that read say which columns
  TermContext& terms;
};
Result<OperationRef> prepare_value(const Column& column, const Term& value,
                                   OperationContext& context);  // INSERT, c = t
Result<OperationRef> prepare_assignment(const Assignment& assignment, OperationContext& context);
Result<OperationRef> prepare_deletion(const ColumnTarget& target, OperationContext& context);
// Where one statement sets a column twice in ways that cannot both hold: Errc::syntax, as Cassandra's parser has it.
Status check_compatible(const std::vector<Assignment>& assignments);

// --- by the column's kind. `term` is prepared for the receiver that the kind wants -------------------------------------
OperationRef set_simple(const Column& column, TermRef value);
OperationRef delete_column(const Column& column);
OperationRef count_up(const Column& column, TermRef delta, RowShape& shape);
OperationRef count_down(const Column& column, TermRef delta, RowShape& shape);

OperationRef set_collection(const Column& column, TermRef value);  // any kind of collection
OperationRef add_to_set(const Column& column, TermRef elements);
OperationRef remove_from_set(const Column& column, TermRef elements);
OperationRef delete_set_element(const Column& column, TermRef element);
OperationRef add_to_map(const Column& column, TermRef entries);
OperationRef remove_from_map(const Column& column, TermRef keys);  // keys: a set
OperationRef set_map_value(const Column& column, TermRef key, TermRef value);
OperationRef delete_map_key(const Column& column, TermRef key);
OperationRef append_to_list(const Column& column, TermRef elements);
OperationRef prepend_to_list(const Column& column, TermRef elements);
OperationRef remove_from_list(const Column& column, TermRef elements, RowShape& shape);
OperationRef set_list_element(const Column& column, TermRef index, TermRef value, RowShape& shape);
OperationRef delete_list_element(const Column& column, TermRef index, RowShape& shape);

OperationRef set_user_type(const Column& column, TermRef value);
OperationRef set_field(const Column& column, size_t field, TermRef value);
OperationRef delete_field(const Column& column, size_t field);

// For set_collection. `elements`, `entries`: as RowEdit wants values.
Status append_elements(const Column& list, BytesView elements, const Evaluation& evaluation, RowEdit& edit);
Status put_elements(const Column& set, BytesView elements, RowEdit& edit);
Status put_entries(const Column& map, BytesView entries, RowEdit& edit);

// Elements of a collection's value; too many are refused before anything is allocated for them.
Result<std::vector<std::optional<BytesView>>> elements_of(const Type& collection, BytesView value);

}  // namespace ringlet::cql
