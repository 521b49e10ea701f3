// User types that are stored as one cell for each field.
#include "core/cql/modify_operations.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

class SetUserType : public ModifyOperation {
 public:
  SetUserType(const Column& column, TermRef value) : ModifyOperation(column), value_(std::move(value)) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(TermValue value, value_->evaluate(input.evaluation));
    if (value.is_unset()) return {};
    edit.overwrite(column().id);  // fields that the value leaves out are null by that
    if (value.is_null()) return {};
    TRY(const auto fields, split_elements(*column().type, edit.keep(std::move(value))));
    for (size_t i = 0; i < fields.size(); ++i)
      if (fields[i]) edit.put(column().id, field_path(i), *fields[i]);
    return {};
  }

 private:
  TermRef value_;
};

class SetField : public ModifyOperation {
 public:
  SetField(const Column& column, size_t field, TermRef value)
      : ModifyOperation(column), field_(field), value_(std::move(value)) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(TermValue value, value_->evaluate(input.evaluation));
    edit.put(column().id, field_path(field_), std::move(value));
    return {};
  }

 private:
  size_t field_;
  TermRef value_;
};

class DeleteField : public ModifyOperation {
 public:
  DeleteField(const Column& column, size_t field) : ModifyOperation(column), field_(field) {}
  Status apply(const OperationInput&, RowEdit& edit) const override {
    edit.remove(column().id, field_path(field_));
    return {};
  }

 private:
  size_t field_;
};

}  // namespace

OperationRef set_user_type(const Column& column, TermRef value) {
  return std::make_shared<SetUserType>(column, std::move(value));
}
OperationRef set_field(const Column& column, size_t field, TermRef value) {
  return std::make_shared<SetField>(column, field, std::move(value));
}
OperationRef delete_field(const Column& column, size_t field) { return std::make_shared<DeleteField>(column, field); }

}  // namespace ringlet::cql
