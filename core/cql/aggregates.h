// count, min, max, sum, avg: values in, one value out. Nulls are skipped, as are empty numbers.
#pragma once

#include <memory>

#include "core/cql/functions.h"

namespace ringlet::cql {

class AggregateState {
 public:
  virtual ~AggregateState() = default;
  virtual Status add(BytesView value) = 0;
  virtual Result<FunctionValue> result() const = 0;  // may be asked before anything was added
};

struct Aggregate {
  TypeRef result;
  std::unique_ptr<AggregateState> (*start)(const TypeRef& argument);
};

// Errors: an argument that cannot be summed.
Result<Aggregate> find_aggregate(const std::string& name, const TypeRef& argument);
std::unique_ptr<AggregateState> start_count();

}  // namespace ringlet::cql
