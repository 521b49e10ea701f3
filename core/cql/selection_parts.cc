// Selectors that take values apart or put them together: fields, elements, slices, write times; tuples and collections.
#include <algorithm>

#include "core/cql/render.h"
#include "core/cql/selection_builder.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

const char* name_of(CellSelector::What what) {
  switch (what) {
    case CellSelector::What::writetime:
      return "writetime";
    case CellSelector::What::max_writetime:
      return "maxwritetime";
    case CellSelector::What::ttl:
      return "ttl";
  }
  return "";
}

std::unexpected<Error> cannot_infer(const Selector& selector) {
  return invalid("Cannot infer type for term " + to_cql(selector) +
                 " in selection clause (try using a cast to force a type)");
}

}  // namespace

Result<size_t> SelectionBuilder::field_index(const Type& type, const std::string& field, const Selector& of) const {
  if (type.kind != TypeKind::user)
    return invalid("Invalid field selection: " + to_cql(of) + " of type " + to_cql(type) + " is not a user type");
  const auto found = std::ranges::find(type.field_names, field);
  if (found == type.field_names.end()) return invalid(to_cql(of) + " of type " + type.name + " has no field " + field);
  return static_cast<size_t>(found - type.field_names.begin());
}

Result<TermRef> SelectionBuilder::element_key(const Term& key, const Type& collection, const std::string& name) {
  const bool map = collection.kind == TypeKind::map;
  return prepare_term(key, receiver((map ? "key(" : "value(") + name + ")", collection.parameters[0]), context_);
}

Result<NodeRef> SelectionBuilder::prepare_field(const FieldSelector& selector) {
  TRY(NodeRef of, prepare(*selector.of));
  TRY(const size_t field, field_index(*of->type(), selector.field, *selector.of));
  return field_node(std::move(of), field);
}

static Status check_element_selection(const char* what, const Selector& of, const Type& type) {
  if (type.kind == TypeKind::map || type.kind == TypeKind::set) return {};
  if (type.kind == TypeKind::list)
    return invalid(std::string(what) + " selection is only allowed on sets and maps, but " + to_cql(of) + " is a list");
  return invalid("Invalid " + std::string(what == std::string("Element") ? "element" : "slice") +
                 " selection: " + to_cql(of) + " of type " + to_cql(type) + " is not a collection");
}

Result<NodeRef> SelectionBuilder::prepare_element(const ElementSelector& selector) {
  TRY(NodeRef of, prepare(*selector.of));
  TRY_STATUS(check_element_selection("Element", *selector.of, *of->type()));
  TRY(TermRef key, element_key(selector.key, *of->type(), to_cql(*selector.of)));
  return element_node(std::move(of), std::move(key));
}

Result<NodeRef> SelectionBuilder::prepare_slice(const SliceSelector& selector) {
  TRY(NodeRef of, prepare(*selector.of));
  TRY_STATUS(check_element_selection("Slice", *selector.of, *of->type()));
  TermRef from, to;
  if (selector.from) {
    TRY(from, element_key(**selector.from, *of->type(), to_cql(*selector.of)));
  }
  if (selector.to) {
    TRY(to, element_key(**selector.to, *of->type(), to_cql(*selector.of)));
  }
  return slice_node(std::move(of), std::move(from), std::move(to));
}

Result<NodeRef> SelectionBuilder::prepare_cell(const CellSelector& selector) {
  const std::string name = name_of(selector.what);
  const Selector* of = &*selector.of;
  const auto* field = std::get_if<FieldSelector>(&of->node);
  const auto* element = std::get_if<ElementSelector>(&of->node);
  const auto* slice = std::get_if<SliceSelector>(&of->node);
  if (field) of = &*field->of;
  if (element) of = &*element->of;
  if (slice) of = &*slice->of;
  const auto* named = std::get_if<ColumnSelector>(&of->node);
  if (!named) return invalid("The function " + name + " takes a column, not " + to_cql(*selector.of));
  TRY(const Column* column, find_column(table_, named->column));
  if (column->kind == ColumnKind::partition_key || column->kind == ColumnKind::clustering)
    return invalid("Cannot use selection function " + name + " on PRIMARY KEY part " + column->name);
  CellChoice choice;
  if (field) {
    TRY(choice.field, field_index(*column->type, field->field, *of));
  }
  if (element || slice) TRY_STATUS(check_element_selection(element ? "Element" : "Slice", *of, *column->type));
  if (element) {
    TRY(choice.element, element_key(element->key, *column->type, column->name));
  }
  if (slice) {
    choice.sliced = true;
    if (slice->from) {
      TRY(choice.from, element_key(**slice->from, *column->type, column->name));
    }
    if (slice->to) {
      TRY(choice.to, element_key(**slice->to, *column->type, column->name));
    }
  }
  column_node(*column);  // it is looked at
  return cell_time_node(selector.what, *column, shape_.slot_of(*column), std::move(choice));
}

// --- put together ----------------------------------------------------------------------------------------------------
Result<NodeRef> SelectionBuilder::prepare_tuple(const TupleSelector& selector, const TypeRef& expected) {
  const bool wanted = expected && expected->kind == TypeKind::tuple;
  if (selector.elements.size() == 1 && !wanted) return prepare(selector.elements[0], expected);
  if (wanted && selector.elements.size() > expected->parameters.size())
    return invalid("Invalid tuple literal: too many elements. Type " + to_cql(*expected) + " expects " +
                   std::to_string(expected->parameters.size()) + " but got " +
                   std::to_string(selector.elements.size()));
  std::vector<NodeRef> parts;
  std::vector<TypeRef> types;
  for (size_t i = 0; i < selector.elements.size(); ++i) {
    TRY(NodeRef part, prepare(selector.elements[i], wanted ? expected->parameters[i] : nullptr));
    types.push_back(part->type());
    parts.push_back(std::move(part));
  }
  return composite_node(wanted ? expected : tuple_type(std::move(types)), std::move(parts));
}

Result<NodeRef> SelectionBuilder::prepare_elements(const std::vector<Selector>& elements, TypeKind kind,
                                                   const TypeRef& expected, const Selector& whole) {
  const bool empty_map = kind == TypeKind::set && elements.empty() && expected && expected->kind == TypeKind::map;
  if (expected && expected->kind != kind && !empty_map &&
      !(kind == TypeKind::list && expected->kind == TypeKind::vector))
    return invalid("Cannot cast value " + to_cql(whole) + " to type " + to_cql(*expected));
  if (expected && expected->kind == TypeKind::vector && elements.size() != expected->dimension)
    return invalid("Invalid vector literal of type " + to_cql(*expected) + "; expected " +
                   std::to_string(expected->dimension) + " elements, but given " + std::to_string(elements.size()));
  if (elements.empty() && !expected) return cannot_infer(whole);
  TypeRef element = expected ? expected->parameters[0] : nullptr;
  std::vector<NodeRef> parts;
  for (const Selector& selector : elements) {
    TRY(NodeRef part, prepare(selector, element));
    if (!element) element = frozen_type(part->type());
    if (value_assignable(part->type(), element) == Assignable::no)
      return invalid("Invalid literal " + to_cql(whole) + ": value " + to_cql(selector) + " is not of type " +
                     to_cql(*element));
    parts.push_back(std::move(part));
  }
  const TypeRef type = expected                 ? frozen_type(expected)
                       : kind == TypeKind::list ? list_type(element, true)
                                                : set_type(element, true);
  return composite_node(type, std::move(parts));
}

Result<NodeRef> SelectionBuilder::prepare_map(const MapSelector& selector, const TypeRef& expected,
                                              const Selector& whole) {
  std::vector<NodeRef> parts;
  if (expected && expected->kind == TypeKind::user) {  // {field: value}: keys are names, not columns
    parts.resize(expected->parameters.size());
    for (const SelectorEntry& entry : selector.entries) {
      const auto* name = std::get_if<ColumnSelector>(&entry.key.node);
      if (!name) return invalid("Cannot cast value " + to_cql(whole) + " to type " + to_cql(*expected));
      const auto found = std::ranges::find(expected->field_names, name->column);
      if (found == expected->field_names.end())
        return invalid("Unknown field '" + name->column + "' in value of user defined type " + expected->name);
      const auto i = static_cast<size_t>(found - expected->field_names.begin());
      TRY(parts[i], prepare(entry.value, expected->parameters[i]));
    }
    return composite_node(frozen_type(expected), std::move(parts));
  }
  if (expected && expected->kind != TypeKind::map)
    return invalid("Cannot cast value " + to_cql(whole) + " to type " + to_cql(*expected));
  TypeRef key_type = expected ? expected->parameters[0] : nullptr,
          value_type = expected ? expected->parameters[1] : nullptr;
  for (const SelectorEntry& entry : selector.entries) {
    TRY(NodeRef key, prepare(entry.key, key_type));
    TRY(NodeRef value, prepare(entry.value, value_type));
    if (!key_type) key_type = frozen_type(key->type()), value_type = frozen_type(value->type());
    if (value_assignable(key->type(), key_type) == Assignable::no ||
        value_assignable(value->type(), value_type) == Assignable::no)
      return invalid("Invalid map literal " + to_cql(whole) + ": an entry is not of type " +
                     to_cql(*map_type(key_type, value_type, true)));
    parts.push_back(std::move(key));
    parts.push_back(std::move(value));
  }
  return composite_node(expected ? frozen_type(expected) : map_type(key_type, value_type, true), std::move(parts));
}

}  // namespace ringlet::cql
