// Sets and maps that are stored as one cell for each element; assignment of any collection.
#include "core/base/limits.h"
#include "core/cql/modify_operations.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

// What is done to the elements of a value: nothing where it is null or unset.
using ElementsAction = Status (*)(const Column& column, BytesView elements, RowEdit& edit);

class ForElements : public ModifyOperation {
 public:
  ForElements(const Column& column, TermRef elements, ElementsAction action)
      : ModifyOperation(column), elements_(std::move(elements)), action_(action) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(TermValue elements, elements_->evaluate(input.evaluation));
    return elements.has_bytes() ? action_(column(), edit.keep(std::move(elements)), edit) : Status{};
  }

 private:
  TermRef elements_;
  ElementsAction action_;
};

// `elements`: a set's value, of the column's elements or of its keys.
Status remove_elements(const Column& column, BytesView elements, RowEdit& edit) {
  const Type& type = *column.type;
  TRY(const auto parts, elements_of(*set_type(type.parameters[0], true), elements));
  for (const auto& part : parts) edit.remove(column.id, element_path(type, *part));
  return {};
}

class SetCollection : public ModifyOperation {
 public:
  SetCollection(const Column& column, TermRef value) : ModifyOperation(column), value_(std::move(value)) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(TermValue value, value_->evaluate(input.evaluation));
    if (value.is_unset()) return {};
    edit.overwrite(column().id);
    if (value.is_null()) return {};
    const BytesView elements = edit.keep(std::move(value));
    switch (column().type->kind) {
      case TypeKind::list:
        return append_elements(column(), elements, input.evaluation, edit);
      case TypeKind::set:
        return put_elements(column(), elements, edit);
      default:
        return put_entries(column(), elements, edit);
    }
  }

 private:
  TermRef value_;
};

Result<CellPath> path_of(const Column& column, const TermRef& key, const Evaluation& evaluation, const char* what) {
  TRY(const TermValue value, key->evaluate(evaluation));
  if (value.is_null()) return fail(Errc::invalid, std::string("Invalid null ") + what);
  if (value.is_unset()) return fail(Errc::invalid, std::string("Invalid unset ") + what);
  return element_path(*column.type, value.bytes());
}

class DeleteElement : public ModifyOperation {
 public:
  DeleteElement(const Column& column, TermRef key, const char* what)
      : ModifyOperation(column), key_(std::move(key)), what_(what) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(CellPath path, path_of(column(), key_, input.evaluation, what_));
    edit.remove(column().id, std::move(path));
    return {};
  }

 private:
  TermRef key_;
  const char* what_;
};

class SetMapValue : public ModifyOperation {
 public:
  SetMapValue(const Column& column, TermRef key, TermRef value)
      : ModifyOperation(column), key_(std::move(key)), value_(std::move(value)) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(CellPath path, path_of(column(), key_, input.evaluation, "map key"));
    TRY(TermValue value, value_->evaluate(input.evaluation));
    edit.put(column().id, std::move(path), std::move(value));
    return {};
  }

 private:
  TermRef key_, value_;
};

OperationRef for_elements(const Column& column, TermRef elements, ElementsAction action) {
  return std::make_shared<ForElements>(column, std::move(elements), action);
}

}  // namespace

Result<std::vector<std::optional<BytesView>>> elements_of(const Type& collection, BytesView value) {
  ByteReader in(value);
  if (in.big<uint32_t>() > kCollectionElementsMax)
    return fail(Errc::invalid, "A collection may have at most " + std::to_string(kCollectionElementsMax) + " elements");
  return split_elements(collection, value);
}

Status put_elements(const Column& set, BytesView elements, RowEdit& edit) {
  TRY(const auto parts, elements_of(*set.type, elements));
  for (const auto& part : parts) edit.put(set.id, element_path(*set.type, *part), BytesView{});
  return {};
}

Status put_entries(const Column& map, BytesView entries, RowEdit& edit) {
  TRY(const auto parts, elements_of(*map.type, entries));
  for (size_t i = 0; i + 1 < parts.size(); i += 2) edit.put(map.id, element_path(*map.type, *parts[i]), *parts[i + 1]);
  return {};
}

OperationRef set_collection(const Column& column, TermRef value) {
  return std::make_shared<SetCollection>(column, std::move(value));
}
OperationRef add_to_set(const Column& column, TermRef elements) {
  return for_elements(column, std::move(elements), put_elements);
}
OperationRef add_to_map(const Column& column, TermRef entries) {
  return for_elements(column, std::move(entries), put_entries);
}
OperationRef remove_from_set(const Column& column, TermRef elements) {
  return for_elements(column, std::move(elements), remove_elements);
}
OperationRef remove_from_map(const Column& column, TermRef keys) {
  return for_elements(column, std::move(keys), remove_elements);
}
OperationRef delete_set_element(const Column& column, TermRef element) {
  return std::make_shared<DeleteElement>(column, std::move(element), "set element");
}
OperationRef delete_map_key(const Column& column, TermRef key) {
  return std::make_shared<DeleteElement>(column, std::move(key), "map key");
}
OperationRef set_map_value(const Column& column, TermRef key, TermRef value) {
  return std::make_shared<SetMapValue>(column, std::move(key), std::move(value));
}

}  // namespace ringlet::cql
