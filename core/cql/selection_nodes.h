// Inside of selection.h: prepared selectors as a tree of nodes. Nodes are immutable; what a run remembers is its state's.
#pragma once

#include "core/cql/aggregates.h"
#include "core/cql/row_input.h"
#include "core/cql/selection.h"

namespace ringlet::cql {

struct SelectionState {
  Evaluation evaluation;
  std::vector<std::unique_ptr<AggregateState>> aggregates;
  RowCopy first;  // the open group's first row: what is no aggregate shows that row
  Bytes group_key, scratch;
  bool open = false;  // a group has begun
};

class SelectionNode {
 public:
  explicit SelectionNode(TypeRef type) : type_(std::move(type)) {}
  virtual ~SelectionNode() = default;
  const TypeRef& type() const { return type_; }
  virtual Result<TermValue> value(const RowInput& row, const SelectionState& state) const = 0;
  // For SelectionRun's fast path: where a plain column comes from. Kind and component or slot.
  enum class Source : uint8_t { computed, partition_key, clustering, simple_cell };
  virtual std::pair<Source, size_t> source() const { return {Source::computed, 0}; }

 private:
  TypeRef type_;
};
using NodeRef = std::shared_ptr<const SelectionNode>;

// A call of an aggregate: `argument` is null for COUNT(*).
class AggregateNode : public SelectionNode {
 public:
  AggregateNode(size_t index, TypeRef result, NodeRef argument,
                std::unique_ptr<AggregateState> (*start)(const TypeRef&))
      : SelectionNode(std::move(result)), index_(index), argument_(std::move(argument)), start_(start) {}
  std::unique_ptr<AggregateState> start() const { return argument_ ? start_(argument_->type()) : start_count(); }
  Status add(const RowInput& row, SelectionState& state) const;
  Result<TermValue> value(const RowInput& row, const SelectionState& state) const override;

 private:
  size_t index_;
  NodeRef argument_;
  std::unique_ptr<AggregateState> (*start_)(const TypeRef&);
};

NodeRef key_node(const Column& column);                // partition key or clustering
NodeRef cell_node(const Column& column, size_t slot);  // static or regular
NodeRef term_node(TermRef term);
NodeRef call_node(FunctionRef function, std::vector<NodeRef> arguments);
NodeRef field_node(NodeRef of, size_t field);
NodeRef element_node(NodeRef of, TermRef key);                     // of a map or a set
NodeRef slice_node(NodeRef of, TermRef from, TermRef to);          // either may be null
NodeRef composite_node(TypeRef type, std::vector<NodeRef> parts);  // list, set, map, tuple, user type

// WRITETIME, MAXWRITETIME, TTL of a column, or of one element, field or slice of it.
struct CellChoice {
  std::optional<size_t> field;
  TermRef element, from, to;
  bool sliced = false;
};
NodeRef cell_time_node(CellSelector::What what, const Column& column, size_t slot, CellChoice choice);

}  // namespace ringlet::cql
