// Numbers of every CQL type: which are numbers, how one becomes another, and the five operators.
#pragma once

#include <optional>

#include "core/base/result.h"
#include "core/cql/ast_terms.h"
#include "core/data/decimal.h"
#include "core/data/type.h"

namespace ringlet::cql {

bool is_number(TypeKind kind);
bool is_floating(TypeKind kind);  // float, double, decimal

double to_double(TypeKind kind, BytesView bytes);
Bytes double_bytes(double value);
Result<BigInteger> to_integer(TypeKind kind, BytesView bytes);  // truncated; NaN is 0
Result<Decimal> to_decimal(TypeKind kind, BytesView bytes);     // NaN and infinity: function_failed

// As Java narrows and widens: integers wrap, floating numbers saturate. `bytes` is a value that is not empty.
Result<Bytes> convert_number(TypeKind from, BytesView bytes, TypeKind to);

// Type of `left op right` for two numbers: cql-grammar section 8.
TypeKind arithmetic_kind(TypeKind left, TypeKind right);
// Both of `kind`, which is no counter. Errors (division by zero) are function_failed with the reason alone.
Result<Bytes> compute(ArithmeticOperator op, TypeKind kind, BytesView left, BytesView right);
Result<Bytes> negate(TypeKind kind, BytesView value);

}  // namespace ringlet::cql
