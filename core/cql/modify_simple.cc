// Columns of one cell: values, counters, and the deletion of a whole column.
#include "core/base/must.h"
#include "core/cql/modify_operations.h"

namespace ringlet::cql {
namespace {

class SetSimple : public ModifyOperation {
 public:
  SetSimple(const Column& column, TermRef value) : ModifyOperation(column), value_(std::move(value)) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(TermValue value, value_->evaluate(input.evaluation));
    edit.put(column().id, std::move(value));
    return {};
  }

 private:
  TermRef value_;
};

class DeleteColumn : public ModifyOperation {
 public:
  using ModifyOperation::ModifyOperation;
  Status apply(const OperationInput&, RowEdit& edit) const override {
    if (column().type->is_multi_cell())
      edit.remove_all(column().id);
    else
      edit.put(column().id, TermValue::null());
    return {};
  }
};

// The counter's shards in what earlier statements of the batch do to the row, if they count it too.
std::optional<BytesView> counted_so_far(BytesView row, ColumnId column) {
  if (row.empty()) return std::nullopt;
  RowReader reader(row);
  CellView cell;
  while (reader.next(cell))
    if (cell.column == column && cell.kind == CellKind::counter) return cell.value;
  return std::nullopt;
}

class Count : public ModifyOperation {
 public:
  Count(const Column& column, TermRef delta, bool down, RowShape& shape)
      : ModifyOperation(column), delta_(std::move(delta)), down_(down), slot_(shape.slot_of(column)) {}
  bool reads() const override { return true; }

  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(const TermValue value, delta_->evaluate(input.evaluation));
    if (value.is_unset()) return {};
    if (value.is_null() || value.bytes().empty())
      return fail(Errc::invalid, "Invalid null value for counter increment");
    const auto delta = load_big<uint64_t>(value.bytes().data());  // wraps, as the count itself does
    edit.count(column().id, input.counter_replica, static_cast<int64_t>(down_ ? uint64_t{0} - delta : delta),
               before(input));
    return {};
  }

 private:
  BytesView before(const OperationInput& input) const {
    if (const auto counted = counted_so_far(input.row_so_far, column().id)) return *counted;
    MUST(input.existing != nullptr);
    const ColumnInput& now = input.existing->column(slot_);
    return now.live ? now.cell.value : BytesView{};
  }

  TermRef delta_;
  bool down_;
  size_t slot_;
};

}  // namespace

OperationRef set_simple(const Column& column, TermRef value) {
  return std::make_shared<SetSimple>(column, std::move(value));
}
OperationRef delete_column(const Column& column) { return std::make_shared<DeleteColumn>(column); }
OperationRef count_up(const Column& column, TermRef delta, RowShape& shape) {
  return std::make_shared<Count>(column, std::move(delta), false, shape);
}
OperationRef count_down(const Column& column, TermRef delta, RowShape& shape) {
  return std::make_shared<Count>(column, std::move(delta), true, shape);
}

}  // namespace ringlet::cql
