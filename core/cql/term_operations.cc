// Terms that compute: function calls, casts, type hints, arithmetic.
#include <algorithm>

#include "core/cql/number.h"
#include "core/cql/render.h"
#include "core/cql/term_parts.h"
#include "core/cql/type_resolver.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

class CallTerm : public PreparedTerm {
 public:
  CallTerm(FunctionRef function, std::vector<TermRef> arguments)
      : PreparedTerm(function->result), function_(std::move(function)), arguments_(std::move(arguments)) {}

  Result<TermValue> evaluate(const Evaluation& evaluation) const override {
    std::vector<TermValue> values;
    std::vector<std::optional<BytesView>> views;
    values.reserve(arguments_.size());
    for (const TermRef& argument : arguments_) {
      TRY(TermValue value, argument->evaluate(evaluation));
      if (value.is_unset()) return invalid("Invalid unset value for argument in call to function " + function_->name);
      values.push_back(std::move(value));
    }
    for (const TermValue& value : values)
      views.push_back(value.is_null() ? std::nullopt : std::optional(value.bytes()));
    TRY(FunctionValue result, function_->call(views, evaluation.context));
    return result ? TermValue::own(*std::move(result)) : TermValue::null();
  }

 private:
  FunctionRef function_;
  std::vector<TermRef> arguments_;
};

Result<TermRef> call(FunctionRef function, std::vector<TermRef> arguments) {
  const bool foldable = function->pure && all_constant(arguments);
  return folded(std::make_shared<CallTerm>(std::move(function), std::move(arguments)), foldable);
}

Receiver argument_receiver(const Function& function, size_t i, const TermContext& context) {
  return {context.keyspace, context.table ? context.table->name : "",
          "arg" + std::to_string(i) + "(system." + function.name + ")", function.arguments[i]};
}

std::unexpected<Error> not_assignable(const Term& value, const Receiver& receiver) {
  return invalid("Cannot assign value " + to_cql(value) + " to " + receiver.name + " of type " +
                 to_cql(*receiver.type));
}

bool is_marker(const Term& term) {
  if (const auto* tuple = std::get_if<TupleLiteral>(&term.node))
    return tuple->elements.size() == 1 && is_marker(tuple->elements[0]);
  return std::holds_alternative<BindMarker>(term.node);
}

// The operands' types for a result of `to`. Literals follow the receiver; what has a type of its own keeps it.
std::pair<TypeRef, TypeRef> operand_types(const Arithmetic& n, const TypeRef& to, const TermContext& context) {
  const auto fits = [&](const Term& term, const TypeRef& type) {
    return assignable(term, type, context) != Assignable::no;
  };
  const bool plain = to->kind != TypeKind::counter && arithmetic_function(n.op, to, to);
  if (plain && fits(*n.left, to) && fits(*n.right, to)) return {to, to};
  const TypeRef duration = native_type(TypeKind::duration);
  if (!is_number(to->kind) && arithmetic_function(n.op, to, duration) && fits(*n.left, to) && fits(*n.right, duration))
    return {to, duration};
  return {own_type(*n.left, context), own_type(*n.right, context)};
}

}  // namespace

// An argument with a type of its own is judged by that alone, and a call without one (from_json) by nothing yet: asking it
// again for each overload of each level around it would take time exponential in the depth.
static Assignable argument_fits(const Term& argument, const TypeRef& own, const TypeRef& to,
                                const TermContext& context) {
  const bool computed = std::holds_alternative<FunctionCall>(argument.node) ||
                        std::holds_alternative<Arithmetic>(argument.node) ||
                        std::holds_alternative<Negation>(argument.node);
  if (computed) return own ? value_assignable(own, to) : Assignable::weakly;
  const bool literal = std::holds_alternative<Literal>(argument.node);
  return own && !literal && value_assignable(own, to) != Assignable::no ? Assignable::exactly
                                                                        : assignable(argument, to, context);
}

Result<FunctionRef> function_of(const FunctionCall& call, const TypeRef& result, const TermContext& context) {
  FunctionLookup lookup{.name = call.name, .arguments = {}, .result = result, .table = context.table};
  for (const Term& argument : call.arguments) {
    const TypeRef own = own_type(argument, context);
    const auto fits = [&argument, &context, own](const TypeRef& to) {
      return argument_fits(argument, own, to, context);
    };
    lookup.arguments.push_back({own, fits, to_cql(argument)});
  }
  return find_function(lookup);
}

Result<TermRef> prepare_call(const FunctionCall& n, const Receiver& receiver, TermContext& context) {
  if (is_aggregate_name(n.name.name) && (!n.name.keyspace || *n.name.keyspace == "system"))
    return invalid("Aggregate functions are not supported in the where clause or in values: " + n.name.name);
  auto found = function_of(n, receiver.type, context);
  if (!found) {
    auto any = function_of(n, nullptr, context);  // the right arguments, the wrong result: say so
    if (!any) return fail(std::move(found).error());
    return invalid("Type error: cannot assign result of function system." + (*any)->name + " (type " +
                   to_cql(*(*any)->result) + ") to " + receiver.name + " (type " + to_cql(*receiver.type) + ")");
  }
  std::vector<TermRef> arguments;
  for (size_t i = 0; i < n.arguments.size(); ++i) {
    TRY(TermRef argument, prepare_term(n.arguments[i], argument_receiver(**found, i, context), context));
    arguments.push_back(std::move(argument));
  }
  return call(*std::move(found), std::move(arguments));
}

Result<TermRef> prepare_cast(const Cast& n, const Receiver& receiver, TermContext& context) {
  TRY(const TypeRef to, resolve_type(*n.type, context.plan.schema, context.keyspace));
  const TypeRef from = own_type(*n.term, context);
  if (!from) return invalid("Cannot infer type for term " + to_cql(*n.term) + " (try using a cast to force a type)");
  TRY(FunctionRef function, cast_function(from, to));
  if (value_assignable(to, receiver.type) == Assignable::no) return not_assignable(Term{n}, receiver);
  Receiver inner = receiver;
  inner.type = from;
  TRY(TermRef argument, prepare_term(*n.term, inner, context));
  return call(std::move(function), {std::move(argument)});
}

Result<TermRef> prepare_hint(const TypeHint& n, const Receiver& receiver, TermContext& context) {
  TRY(Receiver hinted, [&]() -> Result<Receiver> {
    TRY(TypeRef type, resolve_type(*n.type, context.plan.schema, context.keyspace));
    return Receiver{receiver.keyspace, receiver.table, receiver.name, std::move(type)};
  }());
  if (assignable(*n.term, hinted.type, context) == Assignable::no)
    return invalid("Cannot cast value " + to_cql(*n.term) + " to type " + to_cql(*hinted.type));
  if (value_assignable(hinted.type, receiver.type) == Assignable::no) return not_assignable(Term{n}, receiver);
  return prepare_term(*n.term, hinted, context);
}

Result<TermRef> prepare_arithmetic(const Arithmetic& n, const Receiver& receiver, TermContext& context) {
  const std::string op(to_cql(n.op));
  if (is_marker(*n.left) || is_marker(*n.right))
    return invalid("Ambiguous '" + op + "' operation with args " + to_cql(*n.left) + " and " + to_cql(*n.right) +
                   ": use type hint to disambiguate, example '(int) ?'");
  const auto [left, right] = operand_types(n, receiver.type, context);
  const FunctionRef function = left && right ? arithmetic_function(n.op, left, right) : nullptr;
  if (!function)
    return invalid("the '" + op + "' operation is not supported between " + to_cql(*n.left) + " and " +
                   to_cql(*n.right));
  if (value_assignable(function->result, receiver.type) == Assignable::no)
    return invalid("Type error: cannot assign result of function system._" + op + " (type " +
                   to_cql(*function->result) + ") to " + receiver.name + " (type " + to_cql(*receiver.type) + ")");
  Receiver operand = receiver;
  operand.type = left;
  TRY(TermRef left_term, prepare_term(*n.left, operand, context));
  operand.type = right;
  TRY(TermRef right_term, prepare_term(*n.right, operand, context));
  return call(function, {std::move(left_term), std::move(right_term)});
}

Result<TermRef> prepare_negation(const Negation& n, const Receiver& receiver, TermContext& context) {
  const FunctionRef function = receiver.type->kind == TypeKind::counter ? nullptr : negation_function(receiver.type);
  if (!function) return not_assignable(Term{n}, receiver);
  TRY(TermRef argument, prepare_term(*n.term, receiver, context));
  return call(function, {std::move(argument)});
}

}  // namespace ringlet::cql
