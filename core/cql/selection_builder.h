// Inside of selection.h: selectors as written to selection nodes.
#pragma once

#include "core/cql/selection_nodes.h"

namespace ringlet::cql {

class SelectionBuilder {
 public:
  SelectionBuilder(const Table& table, RowShape& shape, TermContext& context)
      : table_(table), shape_(shape), context_(context) {}

  // `expected` is the type that a hint or a function's signature asks for; null: whatever the selector has.
  Result<NodeRef> prepare(const Selector& selector, const TypeRef& expected = nullptr);
  NodeRef column_node(const Column& column);

  std::vector<std::shared_ptr<const AggregateNode>> aggregates;
  std::vector<const Column*> columns;  // looked at, each once

 private:
  Result<NodeRef> prepare_column(const ColumnSelector& selector);
  Result<NodeRef> prepare_term_selector(const TermSelector& selector, const TypeRef& expected);
  Result<NodeRef> prepare_function(const FunctionSelector& selector, const TypeRef& expected);
  Result<NodeRef> prepare_aggregate(const FunctionSelector& selector);
  Result<NodeRef> prepare_cell(const CellSelector& selector);
  Result<NodeRef> prepare_cast(const CastSelector& selector);
  Result<NodeRef> prepare_field(const FieldSelector& selector);
  Result<NodeRef> prepare_element(const ElementSelector& selector);
  Result<NodeRef> prepare_slice(const SliceSelector& selector);
  Result<NodeRef> prepare_arithmetic(const ArithmeticSelector& selector, const TypeRef& expected);
  Result<NodeRef> prepare_negation(const NegationSelector& selector, const TypeRef& expected);
  Result<NodeRef> prepare_hint(const TypeHintSelector& selector);
  Result<NodeRef> prepare_tuple(const TupleSelector& selector, const TypeRef& expected);
  Result<NodeRef> prepare_elements(const std::vector<Selector>& elements, TypeKind kind, const TypeRef& expected,
                                   const Selector& whole);
  Result<NodeRef> prepare_map(const MapSelector& selector, const TypeRef& expected, const Selector& whole);

  Result<size_t> field_index(const Type& type, const std::string& field, const Selector& of) const;
  Result<TermRef> element_key(const Term& key, const Type& collection, const std::string& name);
  // What is known of an operand or argument before its receiver is: a term waits, everything else is prepared.
  struct Operand {
    const Selector* selector;
    const Term* term = nullptr;
    NodeRef node;
    TypeRef type;
  };
  Result<Operand> operand(const Selector& selector);
  Assignable fits(const Operand& operand, const TypeRef& to) const;
  Result<NodeRef> settle(Operand operand, const TypeRef& to, const std::string& name);
  Receiver receiver(std::string name, TypeRef type) const;

  const Table& table_;
  RowShape& shape_;
  TermContext& context_;
  bool inside_aggregate_ = false;
};

}  // namespace ringlet::cql
