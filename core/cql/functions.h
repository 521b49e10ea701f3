// Native scalar functions: what they are called, which signatures they have, which one a call means.
//
// Function names are case-insensitive (the parser folds them unless they are quoted) and keep the name they were called by:
// result columns of `SELECT toTimestamp(t)` are named system.totimestamp(t), as drivers and applications expect.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "core/cql/terms.h"

namespace ringlet::cql {

using FunctionValue = std::optional<Bytes>;  // nullopt: null
using FunctionArguments = std::span<const std::optional<BytesView>>;

struct Function {
  std::string name;  // without "system."
  std::vector<TypeRef> arguments;
  TypeRef result;
  std::function<Result<FunctionValue>(FunctionArguments, EvaluationContext&)> body;
  bool pure = true;          // the same arguments give the same value: constants are folded
  bool takes_nulls = false;  // else a null argument makes the result null without a call

  Result<FunctionValue> call(FunctionArguments arguments, EvaluationContext& context) const;
};
using FunctionRef = std::shared_ptr<const Function>;

// What a call knows of one of its arguments. `type` is null where only the function's signature can say.
struct ArgumentProbe {
  TypeRef type;
  std::function<Assignable(const TypeRef&)> fits;
  std::string text;
};

struct FunctionLookup {
  const FunctionName& name;
  std::vector<ArgumentProbe> arguments;
  TypeRef result;                // wanted; null: any
  const Table* table = nullptr;  // for token()
  bool in_selection = false;     // only changes the words of one error
};
Result<FunctionRef> find_function(const FunctionLookup& lookup);
bool is_aggregate_name(const std::string& name);

// CAST(x AS type): null `from` is an error. "Column types cannot be cast" is Errc::invalid.
Result<FunctionRef> cast_function(const TypeRef& from, const TypeRef& to);

// left op right; "the operation 'int / int' failed: / by zero" is Errc::function_failed. Null where no such operation is.
FunctionRef arithmetic_function(ArithmeticOperator op, const TypeRef& left, const TypeRef& right);
FunctionRef negation_function(const TypeRef& of);

std::string signature(const Function& function);  // system.floor : (timestamp, duration) -> timestamp

// --- the groups: each appends its functions' signatures for one call -------------------------------------------------
// Fixed signatures.
void add_time_functions(std::vector<FunctionRef>& out);
void add_blob_functions(std::vector<FunctionRef>& out);
void add_math_functions(std::vector<FunctionRef>& out);
void add_floor_functions(std::vector<FunctionRef>& out);
// Signatures made from the arguments' types; null where the name is not theirs or the types are not known or not right.
FunctionRef collection_function(const std::string& name, const std::vector<ArgumentProbe>& arguments);
FunctionRef json_function(const std::string& name, const std::vector<ArgumentProbe>& arguments, const TypeRef& wanted);
FunctionRef token_function(const Table& table);

}  // namespace ringlet::cql
