#include "core/cql/restriction.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

std::string common_names(const Restriction& a, const Restriction& b) {
  std::string names;
  for (const Column* column : a.columns)
    if (std::ranges::find(b.columns, column) != b.columns.end()) names += (names.empty() ? "" : ", ") + column->name;
  return names;
}

Status merge_slices(Restriction& into, Restriction&& from) {
  const std::string names = common_names(into, from);
  if (into.columns[0] != from.columns[0])
    return invalid("Column \"" + from.columns[0]->name +
                   "\" cannot be restricted by two inequalities not starting with the same column");
  if (from.lower && into.lower) return invalid("More than one restriction was found for the start bound on " + names);
  if (from.upper && into.upper) return invalid("More than one restriction was found for the end bound on " + names);
  if (from.lower) into.lower = std::move(from.lower);
  if (from.upper) into.upper = std::move(from.upper);
  if (from.columns.size() > into.columns.size()) {
    into.columns = std::move(from.columns);
    into.name = std::move(from.name);
  }
  return {};
}

Status check_value(const TermValue& value, const std::string& column) {
  if (value.is_unset()) return invalid("Invalid unset value for column " + column);
  if (value.is_null()) return invalid("Invalid null value in condition for column " + column);
  return {};
}

// A tuple's bytes to values of its columns.
Result<TupleValues> split_tuple(const Type& type, const TermValue& tuple, std::span<const Column* const> columns) {
  TRY(const auto parts, split_elements(type, tuple.bytes()));
  TupleValues values;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i >= parts.size() || !parts[i])
      return invalid("Invalid null value in condition for column " + columns[i]->name);
    values.push_back(TermValue::own(Bytes(*parts[i])));
  }
  return values;
}

Result<std::vector<TupleValues>> evaluate_list(const Restriction& r, const Evaluation& evaluation) {
  TRY(const TermValue list, r.list->evaluate(evaluation));
  if (list.is_unset()) return invalid("Invalid unset value for column " + r.name);
  if (list.is_null()) return invalid("Invalid null value for column " + r.name);
  const Type& element = *r.list->type()->parameters[0];
  TRY(const auto elements, split_elements(*r.list->type(), list.bytes()));
  std::vector<TupleValues> choices;
  if (elements.size() > kInValuesMax) return invalid("Too many values for " + r.name + " in an IN restriction");
  for (const auto& value : elements) {
    if (!value) return invalid("Invalid null value in condition for column " + r.name);
    if (r.columns.size() > 1 || (element.kind == TypeKind::tuple && r.columns[0]->type->kind != TypeKind::tuple)) {
      TRY(TupleValues values, split_tuple(element, TermValue::borrow(*value), r.columns));
      choices.push_back(std::move(values));
    } else {
      choices.emplace_back().push_back(TermValue::own(Bytes(*value)));
    }
  }
  return choices;
}

}  // namespace

Status merge_restriction(Restriction& into, Restriction&& from) {
  using Kind = Restriction::Kind;
  const std::string names = common_names(into, from);
  if (into.kind == Kind::equal)
    return invalid(names + " cannot be restricted by more than one relation if it includes an Equal");
  if (into.kind == Kind::in)
    return invalid(names + " cannot be restricted by more than one relation if it includes a IN");
  if (into.kind == Kind::slice && from.kind == Kind::slice) return merge_slices(into, std::move(from));
  if (into.kind == Kind::slice)
    return invalid("Column \"" + into.columns[0]->name +
                   "\" cannot be restricted by both an equality and an inequality relation");
  if (from.kind != Kind::test)
    return invalid("Collection column " + names +
                   " can only be restricted by CONTAINS, CONTAINS KEY, or map-entry equality");
  std::ranges::move(from.tests, std::back_inserter(into.tests));
  return {};
}

Result<TupleValues> evaluate_tuple(const TupleTerm& term, std::span<const Column* const> columns,
                                   const Evaluation& evaluation) {
  if (term.whole) {
    TRY(const TermValue tuple, term.whole->evaluate(evaluation));
    TRY_STATUS(check_value(tuple, columns[0]->name));
    return split_tuple(*term.whole->type(), tuple, columns);
  }
  TupleValues values;
  values.reserve(term.parts.size());
  for (size_t i = 0; i < term.parts.size(); ++i) {
    TRY(TermValue value, term.parts[i]->evaluate(evaluation));
    TRY_STATUS(check_value(value, columns[i]->name));
    values.push_back(std::move(value));
  }
  return values;
}

Result<std::vector<TupleValues>> evaluate_choices(const Restriction& restriction, const Evaluation& evaluation) {
  if (restriction.list) return evaluate_list(restriction, evaluation);
  std::vector<TupleValues> choices;
  if (restriction.kind == Restriction::Kind::equal) {
    TRY(TupleValues values, evaluate_tuple(restriction.value, restriction.columns, evaluation));
    choices.push_back(std::move(values));
    return choices;
  }
  for (const TupleTerm& choice : restriction.choices) {
    TRY(TupleValues values, evaluate_tuple(choice, restriction.columns, evaluation));
    choices.push_back(std::move(values));
  }
  return choices;
}

}  // namespace ringlet::cql
