// Terms, selectors and relations back as CQL: for error texts and for the names of result columns.
#pragma once

#include <string>

#include "core/cql/ast_terms.h"

namespace ringlet::cql {

std::string to_text(const Literal& literal);
std::string to_text(const Term& term);
std::string to_text(const Selector& selector);
std::string to_text(const Relation& relation);
std::string to_text(const ColumnTarget& target);
std::string to_text(RelationOperator op);
char to_char(ArithmeticOperator op);

}  // namespace ringlet::cql
