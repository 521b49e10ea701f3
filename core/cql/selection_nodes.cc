#include "core/cql/selection_nodes.h"

#include "core/cql/multi_cell.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

using Views = std::vector<std::optional<BytesView>>;

TermValue borrowed(std::optional<BytesView> bytes) { return bytes ? TermValue::borrow(*bytes) : TermValue::null(); }

class KeyNode : public SelectionNode {
 public:
  explicit KeyNode(const Column& column)
      : SelectionNode(column.type), partition_(column.kind == ColumnKind::partition_key), position_(column.position) {}
  Result<TermValue> value(const RowInput& row, const SelectionState&) const override {
    const auto components = partition_ ? row.partition_key() : row.clustering();
    return position_ < components.size() ? TermValue::borrow(components[position_]) : TermValue::null();
  }
  std::pair<Source, size_t> source() const override {
    return {partition_ ? Source::partition_key : Source::clustering, position_};
  }

 private:
  bool partition_;
  size_t position_;
};

class SimpleCellNode : public SelectionNode {
 public:
  SimpleCellNode(TypeRef type, size_t slot) : SelectionNode(std::move(type)), slot_(slot) {}
  Result<TermValue> value(const RowInput& row, const SelectionState&) const override {
    return borrowed(row.simple_value(slot_));
  }
  std::pair<Source, size_t> source() const override { return {Source::simple_cell, slot_}; }

 private:
  size_t slot_;
};

class MultiCellNode : public SelectionNode {
 public:
  MultiCellNode(TypeRef type, size_t slot) : SelectionNode(std::move(type)), slot_(slot) {}
  Result<TermValue> value(const RowInput& row, const SelectionState&) const override {
    auto bytes = assemble(*type(), row.column(slot_).elements);
    return bytes ? TermValue::own(*std::move(bytes)) : TermValue::null();
  }

 private:
  size_t slot_;
};

class TermNode : public SelectionNode {
 public:
  explicit TermNode(TermRef term) : SelectionNode(term->type()), term_(std::move(term)) {}
  Result<TermValue> value(const RowInput&, const SelectionState& state) const override {
    TRY(TermValue value, term_->evaluate(state.evaluation));
    if (value.is_unset()) return fail(Errc::invalid, "Invalid unset value in the selection");
    return value;
  }

 private:
  TermRef term_;
};

// Values of several nodes, and views of them that last as long.
struct Values {
  std::vector<TermValue> held;
  Views views;
  Status take(const std::vector<NodeRef>& nodes, const RowInput& row, const SelectionState& state) {
    held.reserve(nodes.size());
    for (const NodeRef& node : nodes) {
      if (!node) {
        held.push_back(TermValue::null());
        continue;
      }
      TRY(TermValue value, node->value(row, state));
      held.push_back(std::move(value));
    }
    for (const TermValue& value : held) views.push_back(value.is_null() ? std::nullopt : std::optional(value.bytes()));
    return {};
  }
};

class CallNode : public SelectionNode {
 public:
  CallNode(FunctionRef function, std::vector<NodeRef> arguments)
      : SelectionNode(function->result), function_(std::move(function)), arguments_(std::move(arguments)) {}
  Result<TermValue> value(const RowInput& row, const SelectionState& state) const override {
    Values values;
    TRY_STATUS(values.take(arguments_, row, state));
    TRY(FunctionValue result, function_->call(values.views, state.evaluation.context));
    return result ? TermValue::own(*std::move(result)) : TermValue::null();
  }

 private:
  FunctionRef function_;
  std::vector<NodeRef> arguments_;
};

class CompositeNode : public SelectionNode {
 public:
  CompositeNode(TypeRef type, std::vector<NodeRef> parts) : SelectionNode(std::move(type)), parts_(std::move(parts)) {}
  Result<TermValue> value(const RowInput& row, const SelectionState& state) const override {
    Values values;
    TRY_STATUS(values.take(parts_, row, state));
    const bool fields = type()->kind == TypeKind::tuple || type()->kind == TypeKind::user;
    for (const auto& view : values.views)
      if (!view && !fields) return fail(Errc::invalid, "null is not supported inside collections");
    Bytes joined = join_elements(*type(), values.views);
    return TermValue::own(type()->is_collection() ? normalize(*type(), joined) : std::move(joined));
  }

 private:
  std::vector<NodeRef> parts_;
};

class FieldNode : public SelectionNode {
 public:
  FieldNode(NodeRef of, size_t field)
      : SelectionNode(of->type()->parameters[field]), of_(std::move(of)), field_(field) {}
  Result<TermValue> value(const RowInput& row, const SelectionState& state) const override {
    TRY(const TermValue whole, of_->value(row, state));
    if (whole.is_null()) return TermValue::null();
    TRY(const Views fields, split_elements(*of_->type(), whole.bytes()));
    if (field_ >= fields.size() || !fields[field_]) return TermValue::null();
    return TermValue::own(Bytes(*fields[field_]));
  }

 private:
  NodeRef of_;
  size_t field_;
};

TypeRef element_type(const Type& collection) { return collection.parameters[collection.kind == TypeKind::map ? 1 : 0]; }

class ElementNode : public SelectionNode {
 public:
  ElementNode(NodeRef of, TermRef key)
      : SelectionNode(element_type(*of->type())), of_(std::move(of)), key_(std::move(key)) {}
  Result<TermValue> value(const RowInput& row, const SelectionState& state) const override {
    TRY(const TermValue key, key_->evaluate(state.evaluation));
    TRY(const TermValue whole, of_->value(row, state));
    if (!key.has_bytes()) return fail(Errc::invalid, "Invalid null value for element selection");
    if (whole.is_null()) return TermValue::null();
    TRY(const Views elements, split_elements(*of_->type(), whole.bytes()));
    const bool map = of_->type()->kind == TypeKind::map;
    for (size_t i = 0; i < elements.size(); i += map ? 2 : 1)
      if (compare_values(*of_->type()->parameters[0], *elements[i], key.bytes()) == 0)
        return TermValue::own(Bytes(*elements[map ? i + 1 : i]));
    return TermValue::null();
  }

 private:
  NodeRef of_;
  TermRef key_;
};

// Bounds of a slice of elements, both included; an absent or null one is open.
struct ElementBounds {
  TermValue from = TermValue::null(), to = TermValue::null();
  static Result<ElementBounds> of(const TermRef& from, const TermRef& to, const Evaluation& evaluation) {
    ElementBounds bounds;
    if (from) {
      TRY(bounds.from, from->evaluate(evaluation));
    }
    if (to) {
      TRY(bounds.to, to->evaluate(evaluation));
    }
    return bounds;
  }
  bool hold(const Type& type, BytesView key) const {
    return (!from.has_bytes() || compare_values(type, key, from.bytes()) >= 0) &&
           (!to.has_bytes() || compare_values(type, key, to.bytes()) <= 0);
  }
};

class SliceNode : public SelectionNode {
 public:
  SliceNode(NodeRef of, TermRef from, TermRef to)
      : SelectionNode(frozen_type(of->type())), of_(std::move(of)), from_(std::move(from)), to_(std::move(to)) {}
  Result<TermValue> value(const RowInput& row, const SelectionState& state) const override {
    TRY(const ElementBounds bounds, ElementBounds::of(from_, to_, state.evaluation));
    TRY(const TermValue whole, of_->value(row, state));
    if (whole.is_null()) return TermValue::null();
    TRY(const Views elements, split_elements(*of_->type(), whole.bytes()));
    const size_t step = of_->type()->kind == TypeKind::map ? 2 : 1;
    Views inside;
    for (size_t i = 0; i < elements.size(); i += step)
      if (bounds.hold(*of_->type()->parameters[0], *elements[i]))
        inside.insert(inside.end(), elements.begin() + static_cast<ptrdiff_t>(i),
                      elements.begin() + static_cast<ptrdiff_t>(i + step));
    return TermValue::own(join_elements(*type(), inside));
  }

 private:
  NodeRef of_;
  TermRef from_, to_;
};

TypeRef time_type(CellSelector::What what, const Column& column, const CellChoice& choice) {
  const TypeRef one = native_type(what == CellSelector::What::ttl ? TypeKind::int_ : TypeKind::bigint);
  const bool many = column.type->is_multi_cell() && !choice.field && !choice.element;
  return many && what != CellSelector::What::max_writetime ? list_type(one, true) : one;
}

class CellTimeNode : public SelectionNode {
 public:
  CellTimeNode(CellSelector::What what, const Column& column, size_t slot, CellChoice choice)
      : SelectionNode(time_type(what, column, choice)),
        what_(what),
        of_(column.type),
        slot_(slot),
        choice_(std::move(choice)) {}

  Result<TermValue> value(const RowInput& row, const SelectionState& state) const override {
    const ColumnInput& input = row.column(slot_);
    if (!input.live) return TermValue::null();
    if (!of_->is_multi_cell()) return one(input.cell, row.now());
    std::vector<const CellView*> cells;
    TRY_STATUS(choose(input.elements, state.evaluation, cells));
    if (cells.empty()) return TermValue::null();
    if (what_ == CellSelector::What::max_writetime) {
      const CellView* newest = cells[0];
      for (const CellView* cell : cells)
        if (cell->at > newest->at) newest = cell;
      return one(*newest, row.now());
    }
    if (type()->kind != TypeKind::list) return one(*cells[0], row.now());
    return many(cells, row.now());
  }

 private:
  Status choose(const std::vector<CellView>& elements, const Evaluation& evaluation,
                std::vector<const CellView*>& out) const {
    TermValue element = TermValue::null();
    if (choice_.element) {
      TRY(element, choice_.element->evaluate(evaluation));
    }
    TRY(const ElementBounds bounds, ElementBounds::of(choice_.from, choice_.to, evaluation));
    for (const CellView& cell : elements) {
      if (choice_.field && path_field(cell) != *choice_.field) continue;
      if (choice_.element || choice_.sliced) {
        const Bytes key = path_key(*of_, cell);
        if (choice_.element && (!element.has_bytes() || compare_values(*of_->parameters[0], key, element.bytes()) != 0))
          continue;
        if (choice_.sliced && !bounds.hold(*of_->parameters[0], key)) continue;
      }
      out.push_back(&cell);
    }
    return {};
  }

  TermValue one(const CellView& cell, Seconds now) const {
    Bytes bytes;
    if (what_ != CellSelector::What::ttl) {
      ByteWriter(bytes).big<int64_t>(cell.at.raw);
      return TermValue::own(std::move(bytes));
    }
    if (cell.kind != CellKind::expiring) return TermValue::null();
    // Before the clock is trusted nobody knows how much is left: show what was asked for.
    const int64_t left = cell.boot != 0 ? cell.ttl : cell.local.raw - now.raw;
    ByteWriter(bytes).big<int32_t>(static_cast<int32_t>(left));
    return TermValue::own(std::move(bytes));
  }

  TermValue many(const std::vector<const CellView*>& cells, Seconds now) const {
    std::vector<TermValue> held;
    for (const CellView* cell : cells) held.push_back(one(*cell, now));
    Bytes list;
    ByteWriter out(list);
    out.big<int32_t>(static_cast<int32_t>(held.size()));
    for (const TermValue& value : held) {  // a list with nulls inside, which only this function makes
      out.big<int32_t>(value.is_null() ? -1 : static_cast<int32_t>(value.bytes().size()));
      if (!value.is_null()) out.bytes(value.bytes());
    }
    return TermValue::own(std::move(list));
  }

  CellSelector::What what_;
  TypeRef of_;
  size_t slot_;
  CellChoice choice_;
};

}  // namespace

Status AggregateNode::add(const RowInput& row, SelectionState& state) const {
  if (!argument_) return state.aggregates[index_]->add({});
  TRY(const TermValue value, argument_->value(row, state));
  return value.is_null() ? Status{} : state.aggregates[index_]->add(value.bytes());
}

Result<TermValue> AggregateNode::value(const RowInput&, const SelectionState& state) const {
  TRY(FunctionValue result, state.aggregates[index_]->result());
  return result ? TermValue::own(*std::move(result)) : TermValue::null();
}

NodeRef key_node(const Column& column) { return std::make_shared<KeyNode>(column); }
NodeRef cell_node(const Column& column, size_t slot) {
  if (column.type->is_multi_cell()) return std::make_shared<MultiCellNode>(column.type, slot);
  return std::make_shared<SimpleCellNode>(column.type, slot);
}
NodeRef term_node(TermRef term) { return std::make_shared<TermNode>(std::move(term)); }
NodeRef call_node(FunctionRef function, std::vector<NodeRef> arguments) {
  return std::make_shared<CallNode>(std::move(function), std::move(arguments));
}
NodeRef field_node(NodeRef of, size_t field) { return std::make_shared<FieldNode>(std::move(of), field); }
NodeRef element_node(NodeRef of, TermRef key) { return std::make_shared<ElementNode>(std::move(of), std::move(key)); }
NodeRef slice_node(NodeRef of, TermRef from, TermRef to) {
  return std::make_shared<SliceNode>(std::move(of), std::move(from), std::move(to));
}
NodeRef composite_node(TypeRef type, std::vector<NodeRef> parts) {
  return std::make_shared<CompositeNode>(std::move(type), std::move(parts));
}
NodeRef cell_time_node(CellSelector::What what, const Column& column, size_t slot, CellChoice choice) {
  return std::make_shared<CellTimeNode>(what, column, slot, std::move(choice));
}

}  // namespace ringlet::cql
