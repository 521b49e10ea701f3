// to_json(x) and from_json(text): signatures made from the argument, or from the type that is wanted.
#include "core/cql/functions.h"
#include "core/data/json_value.h"

namespace ringlet::cql {

FunctionRef json_function(const std::string& name, const std::vector<ArgumentProbe>& arguments, const TypeRef& wanted) {
  if (arguments.size() != 1) return nullptr;
  auto function = std::make_shared<Function>();
  function->name = name;
  if (name == "to_json" || name == "tojson") {
    if (!arguments[0].type) return nullptr;
    function->arguments = {arguments[0].type};
    function->result = native_type(TypeKind::text);
    function->takes_nulls = true;
    function->body = [type = arguments[0].type](FunctionArguments a, EvaluationContext&) -> Result<FunctionValue> {
      return a[0] ? to_json(*type, *a[0]) : Bytes("null");
    };
    return function;
  }
  if ((name != "from_json" && name != "fromjson") || !wanted) return nullptr;
  function->arguments = {native_type(TypeKind::text)};
  function->result = wanted;
  function->body = [wanted](FunctionArguments a, EvaluationContext&) -> Result<FunctionValue> {
    TRY(const JsonValue value, parse_json(*a[0]));
    return from_json(*wanted, value);
  };
  return function;
}

}  // namespace ringlet::cql
