// Functions of collections: their signatures follow from the argument's type.
#include "core/cql/aggregates.h"
#include "core/cql/number.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

using Elements = std::vector<std::optional<BytesView>>;
using Body = std::function<Result<FunctionValue>(const Elements&)>;

FunctionRef make(const std::string& name, const TypeRef& argument, TypeRef result, Body body) {
  auto function = std::make_shared<Function>();
  function->name = name;
  function->arguments = {argument};
  function->result = std::move(result);
  function->body = [argument, body = std::move(body)](FunctionArguments a,
                                                      EvaluationContext&) -> Result<FunctionValue> {
    TRY(const Elements elements, split_elements(*argument, *a[0]));
    return body(elements);
  };
  return function;
}

// Keys or values of a map: every second element.
FunctionRef half_of_map(const std::string& name, const TypeRef& map, size_t from, TypeRef result) {
  return make(name, map, result, [from, result](const Elements& elements) -> Result<FunctionValue> {
    Elements half;
    for (size_t i = from; i < elements.size(); i += 2) half.push_back(elements[i]);
    return join_elements(*result, half);
  });
}

FunctionRef count_of(const std::string& name, const TypeRef& type) {
  const size_t parts = type->kind == TypeKind::map ? 2 : 1;
  return make(name, type, native_type(TypeKind::int_), [parts](const Elements& elements) -> Result<FunctionValue> {
    Bytes count;
    ByteWriter(count).big<int32_t>(static_cast<int32_t>(elements.size() / parts));
    return count;
  });
}

FunctionRef fold_of(const std::string& name, const TypeRef& type, const std::string& aggregate_name) {
  const TypeRef element = type->parameters[0];
  const auto aggregate = find_aggregate(aggregate_name, element);
  if (!aggregate) return nullptr;
  return make(name, type, aggregate->result,
              [start = aggregate->start, element](const Elements& elements) -> Result<FunctionValue> {
                const auto state = start(element);
                for (const auto& value : elements)
                  if (value) TRY_STATUS(state->add(*value));
                return state->result();
              });
}

}  // namespace

FunctionRef collection_function(const std::string& name, const std::vector<ArgumentProbe>& arguments) {
  if (arguments.size() != 1 || !arguments[0].type) return nullptr;
  const TypeRef& type = arguments[0].type;
  if (type->kind == TypeKind::map) {
    if (name == "map_keys") return half_of_map(name, type, 0, set_type(type->parameters[0], true));
    if (name == "map_values") return half_of_map(name, type, 1, list_type(type->parameters[1], true));
  }
  if (!type->is_collection()) return nullptr;
  if (name == "collection_count") return count_of(name, type);
  constexpr std::string_view kPrefix = "collection_";
  if (type->kind == TypeKind::map || !name.starts_with(kPrefix)) return nullptr;
  const std::string aggregate = name.substr(kPrefix.size());
  return aggregate != "count" && is_aggregate_name(aggregate) ? fold_of(name, type, aggregate) : nullptr;
}

}  // namespace ringlet::cql
