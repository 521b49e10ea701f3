// CQL text to tree: a hand-written recursive-descent parser that reads the text once.
//
// Any bytes at all may be given. What is no statement gets Errc::syntax with Cassandra's wording, which people and tests
// grep for: `line 1:9 no viable alternative at input 'FORM' (SELECT * [FORM]...)`; lines count from 1, columns from 0, in
// characters. Nesting is bounded by kParserDepthMax and text by kStatementBytesMax (Errc::invalid), so that neither the
// stack nor memory grows with what a client sends. Pure and thread-safe.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/cql/ast.h"

namespace ringlet::cql {

Result<ParsedStatement> parse_statement(std::string_view text);  // one statement, a trailing ';' is allowed
Result<TypeName> parse_type(std::string_view text);              // "frozen<map<text, int>>"
Result<Term> parse_term(std::string_view text);                  // "{'a': [1, 2]}"; no bind markers

}  // namespace ringlet::cql
