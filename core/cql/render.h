// Trees back to text: for the names of result columns, for messages, and for DESCRIBE.
//
// to_cql() gives text that parses to the same tree (bind markers get new numbers). selector_name() gives what Cassandra
// names a result column without an alias; names in it are as stored, never quoted.
#pragma once

#include <string>

#include "core/cql/ast.h"

namespace ringlet::cql {

// `v`, `count`, `system.max(v)`, `cast(v as int)`, `writetime(v)`, `v + 1`, `u.f`, `m['a']`. A function without a keyspace
// is taken for a built-in one (`system.f`): whoever resolves it to another keyspace fills in name.keyspace first.
std::string selector_name(const Selector&);

std::string to_cql(const QualifiedName&);
std::string to_cql(const TypeName&);
std::string to_cql(const Literal&);
std::string to_cql(const Term&);
std::string to_cql(const Selector&);
std::string to_cql(const ColumnTarget&);
std::string to_cql(const Relation&);
std::string to_cql(const Condition&);
std::string to_cql(const Assignment&);
std::string_view to_cql(RelationOperator);
std::string_view to_cql(ArithmeticOperator);

}  // namespace ringlet::cql
