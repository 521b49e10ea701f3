// Lists, sets, maps, tuples, vectors and user types as terms.
#include <algorithm>

#include "core/base/limits.h"
#include "core/base/must.h"
#include "core/cql/render.h"
#include "core/cql/term_parts.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

// A value joined from its parts' values. Fixed shapes (tuples, user types) may have null parts; collections may not.
class CompositeTerm : public PreparedTerm {
 public:
  CompositeTerm(TypeRef type, std::vector<TermRef> parts, std::string name)
      : PreparedTerm(std::move(type)), parts_(std::move(parts)), name_(std::move(name)) {}

  Result<TermValue> evaluate(const Evaluation& evaluation) const override {
    std::vector<TermValue> values;
    std::vector<std::optional<BytesView>> views;
    values.reserve(parts_.size());
    for (const TermRef& part : parts_) {
      if (!part) {  // a field that the literal leaves out
        values.push_back(TermValue::null());
        continue;
      }
      TRY(TermValue value, part->evaluate(evaluation));
      TRY_STATUS(check(value));
      values.push_back(std::move(value));
    }
    for (const TermValue& value : values)
      views.push_back(value.is_null() ? std::nullopt : std::optional(value.bytes()));
    Bytes joined = join_elements(*type(), views);
    if (joined.size() > kMutationBytesMax) return invalid("The value of " + name_ + " is too large");
    if (type()->kind == TypeKind::set || type()->kind == TypeKind::map) joined = normalize(*type(), joined);
    return TermValue::own(std::move(joined));
  }

 private:
  Status check(const TermValue& value) const {
    const bool fields = type()->kind == TypeKind::tuple || type()->kind == TypeKind::user;
    if (value.is_unset()) {
      if (fields) return invalid("Invalid unset value for a component of " + name_);
      return invalid("unset value is not supported inside collections");
    }
    if (value.is_null() && !fields)
      return invalid(type()->kind == TypeKind::vector ? "null is not supported inside vectors"
                                                      : "null is not supported inside collections");
    return {};
  }

  std::vector<TermRef> parts_;
  std::string name_;
};

Result<TermRef> composite(const Receiver& receiver, std::vector<TermRef> parts) {
  const bool constant = std::ranges::all_of(parts, [](const TermRef& part) { return !part || part->is_constant(); });
  return folded(std::make_shared<CompositeTerm>(receiver.type, std::move(parts), receiver.name), constant);
}

std::unexpected<Error> wrong_literal(const char* what, const Receiver& receiver) {
  return invalid(std::string("Invalid ") + what + " literal for " + receiver.name + " of type " +
                 to_cql(*receiver.type));
}

Status check_part(const Term& part, const char* what, const char* role, const Receiver& whole, const TypeRef& type,
                  const TermContext& context) {
  if (assignable(part, type, context) != Assignable::no) return {};
  return invalid(std::string("Invalid ") + what + " literal for " + whole.name + ": " + role + " " + to_cql(part) +
                 " is not of type " + to_cql(*type));
}

Result<TermRef> prepare_elements(const std::vector<Term>& elements, const char* what, const Receiver& receiver,
                                 TermContext& context) {
  if (elements.size() > kCollectionElementsMax) return invalid("Too many elements in the value of " + receiver.name);
  const Receiver element = element_receiver(receiver);
  std::vector<TermRef> parts;
  for (const Term& term : elements) {
    TRY_STATUS(check_part(term, what, "value", receiver, element.type, context));
    TRY(TermRef part, prepare_term(term, element, context));
    parts.push_back(std::move(part));
  }
  return composite(receiver, std::move(parts));
}

Assignable all_assignable(const std::vector<Term>& elements, const TypeRef& to, const TermContext& context) {
  Assignable worst = Assignable::exactly;
  for (const Term& element : elements) worst = std::min(worst, assignable(element, to, context));
  return worst;
}

Assignable tuple_assignable(const TupleLiteral& tuple, const TypeRef& to, const TermContext& context) {
  if (to->kind != TypeKind::tuple)
    return tuple.elements.size() == 1 ? assignable(tuple.elements[0], to, context) : Assignable::no;
  if (tuple.elements.size() > to->parameters.size()) return Assignable::no;
  Assignable worst = Assignable::exactly;
  for (size_t i = 0; i < tuple.elements.size(); ++i)
    worst = std::min(worst, assignable(tuple.elements[i], to->parameters[i], context));
  return worst;
}

Assignable map_assignable(const MapLiteral& map, const TypeRef& to, const TermContext& context) {
  if (to->kind != TypeKind::map) return Assignable::no;
  Assignable worst = Assignable::exactly;
  for (const MapEntry& entry : map.entries)
    worst = std::min({worst, assignable(entry.key, to->parameters[0], context),
                      assignable(entry.value, to->parameters[1], context)});
  return worst;
}

size_t field_of(const Type& type, const std::string& name) {
  return static_cast<size_t>(std::ranges::find(type.field_names, name) - type.field_names.begin());
}

}  // namespace

Result<TermRef> prepare_list(const ListLiteral& list, const Receiver& receiver, TermContext& context) {
  if (receiver.type->kind == TypeKind::vector) {
    if (list.elements.size() != receiver.type->dimension)
      return invalid("Invalid vector literal for " + receiver.name + " of type " + to_cql(*receiver.type) +
                     "; expected " + std::to_string(receiver.type->dimension) + " elements, but given " +
                     std::to_string(list.elements.size()));
    return prepare_elements(list.elements, "vector", receiver, context);
  }
  if (receiver.type->kind != TypeKind::list) return wrong_literal("list", receiver);
  return prepare_elements(list.elements, "list", receiver, context);
}

Result<TermRef> prepare_set(const SetLiteral& set, const Receiver& receiver, TermContext& context) {
  if (receiver.type->kind == TypeKind::map && set.elements.empty()) return composite(receiver, {});
  if (receiver.type->kind == TypeKind::user && set.elements.empty())
    return composite(receiver, std::vector<TermRef>(receiver.type->parameters.size()));
  if (receiver.type->kind != TypeKind::set) return wrong_literal("set", receiver);
  return prepare_elements(set.elements, "set", receiver, context);
}

Result<TermRef> prepare_map(const MapLiteral& map, const Receiver& receiver, TermContext& context) {
  if (receiver.type->kind != TypeKind::map) return wrong_literal("map", receiver);
  if (map.entries.size() > kCollectionElementsMax) return invalid("Too many elements in the value of " + receiver.name);
  const Receiver key = map_key_receiver(receiver), value = map_value_receiver(receiver);
  std::vector<TermRef> parts;
  for (const MapEntry& entry : map.entries) {
    TRY_STATUS(check_part(entry.key, "map", "key", receiver, key.type, context));
    TRY_STATUS(check_part(entry.value, "map", "value", receiver, value.type, context));
    TRY(TermRef key_term, prepare_term(entry.key, key, context));
    TRY(TermRef value_term, prepare_term(entry.value, value, context));
    parts.push_back(std::move(key_term));
    parts.push_back(std::move(value_term));
  }
  return composite(receiver, std::move(parts));
}

Result<TermRef> prepare_tuple(const TupleLiteral& tuple, const Receiver& receiver, TermContext& context) {
  const Type& type = *receiver.type;
  if (type.kind != TypeKind::tuple) {
    if (tuple.elements.size() == 1) return prepare_term(tuple.elements[0], receiver, context);
    return wrong_literal("tuple type", receiver);
  }
  if (tuple.elements.size() > type.parameters.size())
    return invalid("Invalid tuple literal for " + receiver.name + ": too many elements. Type " + to_cql(type) +
                   " expects " + std::to_string(type.parameters.size()) + " but got " +
                   std::to_string(tuple.elements.size()));
  std::vector<TermRef> parts;
  for (size_t i = 0; i < tuple.elements.size(); ++i) {
    if (assignable(tuple.elements[i], type.parameters[i], context) == Assignable::no)
      return invalid("Invalid tuple literal for " + receiver.name + ": component " + std::to_string(i) +
                     " is not of type " + to_cql(*type.parameters[i]));
    const Receiver component{receiver.keyspace, receiver.table, receiver.name + "[" + std::to_string(i) + "]",
                             type.parameters[i]};
    TRY(TermRef part, prepare_term(tuple.elements[i], component, context));
    parts.push_back(std::move(part));
  }
  return composite(receiver, std::move(parts));
}

Result<TermRef> prepare_user_type(const UserTypeLiteral& literal, const Receiver& receiver, TermContext& context) {
  const Type& type = *receiver.type;
  if (type.kind != TypeKind::user) return wrong_literal("user type", receiver);
  std::vector<TermRef> parts(type.parameters.size());
  for (const UserTypeField& field : literal.fields) {
    const size_t i = field_of(type, field.name);
    if (i == parts.size())
      return invalid("Unknown field '" + field.name + "' in value of user defined type " + type.name);
    if (assignable(field.value, type.parameters[i], context) == Assignable::no)
      return invalid("Invalid user type literal for " + receiver.name + ": field " + field.name + " is not of type " +
                     to_cql(*type.parameters[i]));
    TRY(parts[i], prepare_term(field.value, field_receiver(receiver, i), context));
  }
  return composite(receiver, std::move(parts));
}

Assignable collection_assignable(const Term& term, const TypeRef& to, const TermContext& context) {
  if (const auto* list = std::get_if<ListLiteral>(&term.node)) {
    if (to->kind == TypeKind::vector && list->elements.size() != to->dimension) return Assignable::no;
    if (to->kind != TypeKind::list && to->kind != TypeKind::vector) return Assignable::no;
    return all_assignable(list->elements, to->parameters[0], context);
  }
  if (const auto* set = std::get_if<SetLiteral>(&term.node)) {
    if (set->elements.empty() && (to->kind == TypeKind::map || to->kind == TypeKind::user)) return Assignable::weakly;
    return to->kind == TypeKind::set ? all_assignable(set->elements, to->parameters[0], context) : Assignable::no;
  }
  if (const auto* map = std::get_if<MapLiteral>(&term.node)) return map_assignable(*map, to, context);
  if (const auto* tuple = std::get_if<TupleLiteral>(&term.node)) return tuple_assignable(*tuple, to, context);
  const auto& user = std::get<UserTypeLiteral>(term.node);
  if (to->kind != TypeKind::user) return Assignable::no;
  for (const UserTypeField& field : user.fields) {
    const size_t i = field_of(*to, field.name);
    if (i == to->parameters.size() || assignable(field.value, to->parameters[i], context) == Assignable::no)
      return Assignable::no;
  }
  return Assignable::weakly;
}

}  // namespace ringlet::cql
