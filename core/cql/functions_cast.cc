// CAST(x AS type).
#include "core/cql/functions.h"
#include "core/cql/number.h"
#include "core/data/text_value.h"

namespace ringlet::cql {
namespace {

bool is_text(TypeKind kind) { return kind == TypeKind::text || kind == TypeKind::ascii; }

bool is_native(const Type& type) { return static_cast<int>(type.kind) <= static_cast<int>(TypeKind::duration); }

// The function that does it for times; null where it is no cast of times.
const char* time_function(TypeKind from, TypeKind to) {
  if (to == TypeKind::date && (from == TypeKind::timestamp || from == TypeKind::timeuuid)) return "to_date";
  if (to == TypeKind::timestamp && (from == TypeKind::date || from == TypeKind::timeuuid)) return "to_timestamp";
  return nullptr;
}

Result<FunctionValue> cast_value(TypeKind from, TypeKind to, BytesView value) {
  if (value.empty() && !is_text(from)) return FunctionValue{};
  if (is_text(to)) {
    if (is_text(from)) return Bytes(value);
    // A time inside a uuid is no text of the uuid's: the uuid's own form is.
    return show_text(from, value);
  }
  return convert_number(from == TypeKind::counter ? TypeKind::bigint : from, value, to);
}

std::unexpected<Error> refused(const Type& from, const Type& to) {
  return fail(Errc::invalid, to_cql(from) + " cannot be cast to " + to_cql(to));
}

}  // namespace

Result<FunctionRef> cast_function(const TypeRef& from, const TypeRef& to) {
  if (from->kind == to->kind && is_native(*from)) {
    auto same = std::make_shared<Function>();
    same->arguments = {from};
    same->result = to;
    same->body = [](FunctionArguments a, EvaluationContext&) -> Result<FunctionValue> { return Bytes(*a[0]); };
    return same;
  }
  if (!is_native(*from) || !is_native(*to)) return refused(*from, *to);
  if (const char* name = time_function(from->kind, to->kind)) {
    const FunctionName function{std::nullopt, name};
    FunctionLookup lookup{.name = function, .arguments = {}, .result = nullptr};
    lookup.arguments.push_back({from, [from](const TypeRef& t) { return value_assignable(from, t); }, ""});
    return find_function(lookup);
  }
  const bool to_number = is_number(from->kind) && is_number(to->kind) && to->kind != TypeKind::counter;
  const bool to_text = is_text(to->kind) && from->kind != TypeKind::blob && from->kind != TypeKind::duration &&
                       !(from->kind == TypeKind::text && to->kind == TypeKind::ascii);
  if (!to_number && !to_text) return refused(*from, *to);
  auto function = std::make_shared<Function>();
  function->name = "cast";
  function->arguments = {from};
  function->result = to;
  function->body = [from = from->kind, to = to->kind](FunctionArguments a, EvaluationContext&) {
    return cast_value(from, to, *a[0]);
  };
  return function;
}

}  // namespace ringlet::cql
