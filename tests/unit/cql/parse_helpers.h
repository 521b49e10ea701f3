// What the parser's tests share: parse or fail with the message in sight.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/cql/parser.h"
#include "core/cql/render.h"

namespace ringlet::cql {

template <class T>
T parsed(std::string_view text) {
  auto result = parse_statement(text);
  CAPTURE(text);
  const std::string problem = result ? "" : result.error().detail;
  REQUIRE_EQ(problem, "");
  auto* statement = std::get_if<T>(&result->statement);
  REQUIRE(statement != nullptr);
  return std::move(*statement);
}

// "" when it parses.
inline std::string problem_of(std::string_view text) {
  const auto result = parse_statement(text);
  return result ? "" : result.error().detail;
}

inline Term term_of(std::string_view text) {
  auto result = parse_term(text);
  CAPTURE(text);
  const std::string problem = result ? "" : result.error().detail;
  REQUIRE_EQ(problem, "");
  return *std::move(result);
}

inline Literal literal_of(std::string_view text) {
  const Term term = term_of(text);
  const auto* literal = std::get_if<Literal>(&term.node);
  CAPTURE(text);
  REQUIRE(literal != nullptr);
  return *literal;
}

}  // namespace ringlet::cql
