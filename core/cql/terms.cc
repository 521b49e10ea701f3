#include "core/cql/terms.h"

#include <algorithm>

#include "core/base/must.h"
#include "core/cql/literals.h"
#include "core/cql/number.h"
#include "core/cql/term_parts.h"
#include "core/cql/type_resolver.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

class ConstantTerm : public PreparedTerm {
 public:
  ConstantTerm(TypeRef type, TermValue value) : PreparedTerm(std::move(type)), value_(std::move(value)) {}
  Result<TermValue> evaluate(const Evaluation&) const override {
    if (value_.has_bytes()) return TermValue::borrow(value_.bytes());
    return value_.is_null() ? TermValue::null() : TermValue::unset();
  }
  bool is_constant() const override { return true; }

 private:
  TermValue value_;
};

bool has_order(const Type& type) {  // sets and maps somewhere in it: bound bytes may be unsorted
  if (type.kind == TypeKind::set || type.kind == TypeKind::map) return true;
  return std::ranges::any_of(type.parameters, [](const TypeRef& part) { return has_order(*part); });
}

class MarkerTerm : public PreparedTerm {
 public:
  MarkerTerm(uint32_t index, TypeRef type)
      : PreparedTerm(std::move(type)), index_(index), sort_(has_order(*this->type())) {}
  std::optional<uint32_t> marker() const override { return index_; }
  Result<TermValue> evaluate(const Evaluation& evaluation) const override {
    if (index_ >= evaluation.values.size()) return fail(Errc::invalid, "Invalid amount of bind variables");
    const BoundValue& value = evaluation.values[index_];
    if (value.kind == BoundValue::Kind::null) return TermValue::null();
    if (value.kind == BoundValue::Kind::unset) return TermValue::unset();
    TRY_STATUS(validate(*type(), value.bytes));
    return sort_ ? TermValue::own(normalize(*type(), value.bytes)) : TermValue::borrow(value.bytes);
  }

 private:
  uint32_t index_;
  bool sort_;
};

class NoContext : public EvaluationContext {  // constants need none
 public:
  Timestamp now() override { MUST(false); }
  Uuid time_uuid() override { MUST(false); }
  Uuid random_uuid() override { MUST(false); }
};

Result<TermRef> prepare_literal(const Literal& literal, const Receiver& receiver) {
  if (literal.kind == Literal::Kind::null) {
    if (receiver.type->kind == TypeKind::counter)
      return fail(Errc::invalid, "Invalid null value for counter increment");
    return constant_term(receiver.type, TermValue::null());
  }
  TRY(Bytes bytes, literal_value(literal, receiver));
  return constant_term(receiver.type, TermValue::own(std::move(bytes)));
}

Assignable arithmetic_assignable(const Arithmetic& n, const TypeRef& to, const TermContext& context) {
  if (const TypeRef left = own_type(*n.left, context), right = own_type(*n.right, context); left && right)
    if (const FunctionRef function = arithmetic_function(n.op, left, right)) {
      const Assignable how = value_assignable(function->result, to);
      if (how != Assignable::no) return how;
    }
  const bool both =
      assignable(*n.left, to, context) != Assignable::no && assignable(*n.right, to, context) != Assignable::no;
  return is_number(to->kind) && both ? Assignable::weakly : Assignable::no;
}

TypeRef type_named(const TypeName& name, const TermContext& context) {
  return resolve_type(name, context.plan.schema, context.keyspace).value_or(nullptr);
}

}  // namespace

TermRef constant_term(TypeRef type, TermValue value) {
  return std::make_shared<ConstantTerm>(std::move(type), std::move(value));
}

TermRef marker_term(const BindMarker& marker, const Receiver& receiver, TermContext& context) {
  context.binds.receive(marker, receiver);
  return std::make_shared<MarkerTerm>(marker.index, receiver.type);
}

Result<TermRef> folded(TermRef term, bool foldable) {
  if (!foldable) return term;
  NoContext none;
  TRY(TermValue value, term->evaluate({{}, none}));
  if (value.has_bytes()) value = TermValue::own(std::move(value).to_bytes());
  return constant_term(term->type(), std::move(value));
}

bool all_constant(const std::vector<TermRef>& terms) {
  return std::ranges::all_of(terms, [](const TermRef& term) { return term->is_constant(); });
}

Result<TermRef> prepare_term(const Term& term, const Receiver& receiver, TermContext& context) {
  return std::visit(Overloaded{
                        [&](const Literal& n) { return prepare_literal(n, receiver); },
                        [&](const BindMarker& n) -> Result<TermRef> { return marker_term(n, receiver, context); },
                        [&](const FunctionCall& n) { return prepare_call(n, receiver, context); },
                        [&](const ListLiteral& n) { return prepare_list(n, receiver, context); },
                        [&](const SetLiteral& n) { return prepare_set(n, receiver, context); },
                        [&](const MapLiteral& n) { return prepare_map(n, receiver, context); },
                        [&](const TupleLiteral& n) { return prepare_tuple(n, receiver, context); },
                        [&](const UserTypeLiteral& n) { return prepare_user_type(n, receiver, context); },
                        [&](const Cast& n) { return prepare_cast(n, receiver, context); },
                        [&](const TypeHint& n) { return prepare_hint(n, receiver, context); },
                        [&](const Arithmetic& n) { return prepare_arithmetic(n, receiver, context); },
                        [&](const Negation& n) { return prepare_negation(n, receiver, context); },
                    },
                    term.node);
}

Assignable assignable(const Term& term, const TypeRef& to, const TermContext& context) {
  return std::visit(Overloaded{
                        [&](const Literal& n) {
                          if (n.kind == Literal::Kind::null)
                            return to->kind == TypeKind::counter ? Assignable::no : Assignable::exactly;
                          return literal_assignable(n, *to);
                        },
                        [&](const BindMarker&) { return Assignable::weakly; },
                        [&](const FunctionCall& n) {
                          const auto function = function_of(n, to, context);
                          return function ? value_assignable((*function)->result, to) : Assignable::no;
                        },
                        [&](const Cast&) { return value_assignable(own_type(term, context), to); },
                        [&](const TypeHint&) { return value_assignable(own_type(term, context), to); },
                        [&](const Arithmetic& n) { return arithmetic_assignable(n, to, context); },
                        [&](const Negation& n) { return assignable(*n.term, to, context); },
                        [&](const auto&) { return collection_assignable(term, to, context); },
                    },
                    term.node);
}

TypeRef own_type(const Term& term, const TermContext& context) {
  return std::visit(Overloaded{
                        [&](const Literal& n) { return literal_type(n); },
                        [&](const FunctionCall& n) -> TypeRef {
                          const auto function = function_of(n, nullptr, context);
                          return function ? (*function)->result : nullptr;
                        },
                        [&](const Cast& n) { return type_named(*n.type, context); },
                        [&](const TypeHint& n) { return type_named(*n.type, context); },
                        [&](const Arithmetic& n) -> TypeRef {
                          const TypeRef left = own_type(*n.left, context), right = own_type(*n.right, context);
                          const FunctionRef function = left && right ? arithmetic_function(n.op, left, right) : nullptr;
                          return function ? function->result : nullptr;
                        },
                        [&](const Negation& n) { return own_type(*n.term, context); },
                        [&](const ListLiteral& n) -> TypeRef {
                          const TypeRef element = n.elements.empty() ? nullptr : own_type(n.elements[0], context);
                          return element ? list_type(element, true) : nullptr;
                        },
                        [&](const SetLiteral& n) -> TypeRef {
                          const TypeRef element = n.elements.empty() ? nullptr : own_type(n.elements[0], context);
                          return element ? set_type(element, true) : nullptr;
                        },
                        [&](const TupleLiteral& n) -> TypeRef {
                          std::vector<TypeRef> parts;
                          for (const Term& element : n.elements) {
                            parts.push_back(own_type(element, context));
                            if (!parts.back()) return nullptr;
                          }
                          return parts.size() == 1 ? parts[0] : tuple_type(std::move(parts));
                        },
                        [&](const auto&) -> TypeRef { return nullptr; },
                    },
                    term.node);
}

Assignable value_assignable(const TypeRef& from, const TypeRef& to) {
  if (!from) return Assignable::no;
  if (same_type(*frozen_type(from), *frozen_type(to))) return Assignable::exactly;
  const TypeKind f = from->kind, t = to->kind;
  const bool fits =
      t == TypeKind::blob || (t == TypeKind::text && f == TypeKind::ascii) ||
      (t == TypeKind::uuid && f == TypeKind::timeuuid) || (t == TypeKind::bigint && f == TypeKind::timestamp) ||
      (t == TypeKind::varint &&
       (f == TypeKind::tinyint || f == TypeKind::smallint || f == TypeKind::int_ || f == TypeKind::bigint));
  return fits ? Assignable::weakly : Assignable::no;
}

// --- receivers of parts ----------------------------------------------------------------------------------------------
namespace {

Receiver part(const Receiver& whole, std::string name, TypeRef type) {
  return {whole.keyspace, whole.table, std::move(name), std::move(type)};
}

}  // namespace

Receiver in_receiver(const Receiver& column) {
  return part(column, "in(" + column.name + ")", list_type(column.type, false));
}
Receiver map_key_receiver(const Receiver& map) { return part(map, "key(" + map.name + ")", map.type->parameters[0]); }
Receiver map_value_receiver(const Receiver& map) {
  return part(map, "value(" + map.name + ")", map.type->parameters[1]);
}
Receiver element_receiver(const Receiver& collection) {
  return part(collection, "value(" + collection.name + ")", collection.type->parameters[0]);
}
Receiver index_receiver(const Receiver& list) {
  return part(list, "idx(" + list.name + ")", native_type(TypeKind::int_));
}
Receiver field_receiver(const Receiver& user_type, size_t i) {
  return part(user_type, user_type.name + "." + user_type.type->field_names[i], user_type.type->parameters[i]);
}

}  // namespace ringlet::cql
