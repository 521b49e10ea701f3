#include "core/cql/functions.h"

#include <algorithm>
#include <map>

#include "core/base/murmur3.h"
#include "core/data/keys.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

// Older names of functions that are still written everywhere.
constexpr std::pair<std::string_view, std::string_view> kLegacyNames[] = {
    {"currenttimeuuid", "current_timeuuid"},
    {"currenttimestamp", "current_timestamp"},
    {"currentdate", "current_date"},
    {"currenttime", "current_time"},
    {"mintimeuuid", "min_timeuuid"},
    {"maxtimeuuid", "max_timeuuid"},
    {"todate", "to_date"},
    {"totimestamp", "to_timestamp"},
    {"tounixtimestamp", "to_unix_timestamp"},
};

using Registry = std::map<std::string, std::vector<FunctionRef>, std::less<>>;

const Registry& registry() {
  static const Registry kFunctions = [] {
    std::vector<FunctionRef> all;
    add_time_functions(all);
    add_blob_functions(all);
    add_math_functions(all);
    add_floor_functions(all);
    Registry by_name;
    for (FunctionRef& function : all) by_name[function->name].push_back(std::move(function));
    for (const auto& [legacy, name] : kLegacyNames)
      for (const FunctionRef& function : by_name[std::string(name)]) {
        auto renamed = std::make_shared<Function>(*function);
        renamed->name = legacy;
        by_name[std::string(legacy)].push_back(std::move(renamed));
      }
    return by_name;
  }();
  return kFunctions;
}

// How each argument fits its parameter, asked once: an argument that is itself a call is not cheap to ask. Empty where the
// numbers of arguments differ.
std::vector<Assignable> fits_of(const Function& function, const std::vector<ArgumentProbe>& arguments) {
  std::vector<Assignable> fits;
  if (function.arguments.size() != arguments.size()) return fits;
  for (size_t i = 0; i < arguments.size(); ++i) fits.push_back(arguments[i].fits(function.arguments[i]));
  return fits;
}

Assignable worst_of(const Function& function, const std::vector<Assignable>& fits, size_t given) {
  if (function.arguments.size() != given) return Assignable::no;
  return fits.empty() ? Assignable::exactly : std::ranges::min(fits);
}

std::string signatures(const std::vector<FunctionRef>& functions) {
  std::string text;
  for (const FunctionRef& function : functions) text += (text.empty() ? "" : ", ") + signature(*function);
  return text;
}

// The one candidate does not fit: say where.
std::unexpected<Error> misfit(const Function& function, const std::vector<Assignable>& fits,
                              const FunctionLookup& lookup) {
  const std::vector<ArgumentProbe>& arguments = lookup.arguments;
  if (function.arguments.size() != arguments.size())
    return invalid("Invalid number of arguments in call to function system." + function.name + ": " +
                   std::to_string(function.arguments.size()) + " required but " + std::to_string(arguments.size()) +
                   " provided");
  for (size_t i = 0; i < arguments.size(); ++i)
    if (fits[i] == Assignable::no)
      return invalid("Type error: " + arguments[i].text + " cannot be passed as argument " + std::to_string(i) +
                     " of function system." + function.name + " of type " + to_cql(*function.arguments[i]));
  return invalid("Type error: cannot assign result of function system." + function.name + " (type " +
                 to_cql(*function.result) + ") to a value of type " + to_cql(*lookup.result));
}

Result<FunctionRef> best_of(const std::vector<FunctionRef>& all, const FunctionLookup& lookup) {
  std::vector<FunctionRef> exact, weak;
  std::vector<Assignable> fits;
  for (const FunctionRef& function : all) {
    fits = fits_of(*function, lookup.arguments);
    if (lookup.result && value_assignable(function->result, lookup.result) == Assignable::no) continue;
    const Assignable worst = worst_of(*function, fits, lookup.arguments.size());
    if (worst == Assignable::exactly) exact.push_back(function);
    if (worst == Assignable::weakly) weak.push_back(function);
  }
  const std::vector<FunctionRef>& fitting = exact.empty() ? weak : exact;
  if (fitting.size() == 1) return fitting[0];
  if (fitting.size() > 1)
    return invalid("Ambiguous call to function " + lookup.name.name + " (can be matched by following signatures: " +
                   signatures(fitting) + "): use type casts to disambiguate");
  if (all.size() == 1) return misfit(*all[0], fits, lookup);
  return invalid("Invalid call to function " + lookup.name.name +
                 ", none of its type signatures match (known type signatures: " + signatures(all) + ")");
}

bool is_collection_function_name(const std::string& name) {
  constexpr std::string_view kNames[] = {"map_keys",       "map_values",     "collection_count", "collection_min",
                                         "collection_max", "collection_sum", "collection_avg"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

}  // namespace

Result<FunctionValue> Function::call(FunctionArguments values, EvaluationContext& context) const {
  if (!takes_nulls)
    for (const auto& value : values)
      if (!value) return FunctionValue{};
  return body(values, context);
}

Result<FunctionRef> find_function(const FunctionLookup& lookup) {
  const std::string& name = lookup.name.name;
  if (!lookup.name.keyspace || *lookup.name.keyspace == "system") {
    if (name == "token" && lookup.table) return best_of({token_function(*lookup.table)}, lookup);
    if (FunctionRef made = collection_function(name, lookup.arguments)) return best_of({made}, lookup);
    if (FunctionRef made = json_function(name, lookup.arguments, lookup.result)) return best_of({made}, lookup);
    if (is_collection_function_name(name))
      return invalid("Invalid call to function " + name + ", none of its type signatures match its arguments");
    if (const auto found = registry().find(name); found != registry().end()) return best_of(found->second, lookup);
  }
  const std::string full = lookup.name.keyspace ? *lookup.name.keyspace + "." + name : name;
  return invalid(lookup.in_selection ? "Unknown function '" + full + "'" : "Unknown function " + full + " called");
}

bool is_aggregate_name(const std::string& name) {
  return name == "count" || name == "min" || name == "max" || name == "sum" || name == "avg";
}

std::string signature(const Function& function) {
  std::string arguments;
  for (const TypeRef& type : function.arguments) arguments += (arguments.empty() ? "" : ", ") + to_cql(*type);
  return "system." + function.name + " : (" + arguments + ") -> " + to_cql(*function.result);
}

FunctionRef token_function(const Table& table) {
  auto function = std::make_shared<Function>();
  function->name = "token";
  for (const Column& column : table.partition_key) function->arguments.push_back(column.type);
  function->result = native_type(TypeKind::bigint);
  // Only the partition key's columns matter; the function keeps them, not the table.
  Table key_only;
  key_only.keyspace = table.keyspace;
  key_only.name = table.name;
  key_only.partition_key = table.partition_key;
  function->body = [key_only = std::move(key_only)](FunctionArguments values,
                                                    EvaluationContext&) -> Result<FunctionValue> {
    std::vector<BytesView> components;
    for (const auto& value : values) components.push_back(*value);
    TRY(const Bytes key, make_partition_key(key_only, components));
    Bytes token;
    ByteWriter(token).big<int64_t>(token_of(key).raw);
    return token;
  };
  return function;
}

}  // namespace ringlet::cql
