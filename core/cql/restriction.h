// Inside of restrictions.h: what WHERE says of one column, or of several clustering columns together.
#pragma once

#include "core/cql/restrictions.h"

namespace ringlet::cql {

// Values for the restriction's columns, in order: a term for each, or one term that is a tuple of them all.
struct TupleTerm {
  std::vector<TermRef> parts;
  TermRef whole;
};
struct RestrictionBound {
  TupleTerm value;
  size_t columns = 1;  // may be fewer than the restriction's
  bool inclusive = false;
};
struct RestrictionTest {  // what can only be a filter
  RelationOperator op;
  TermRef value, map_key;
};

struct Restriction {
  enum class Kind : uint8_t { equal, in, slice, test };
  Kind kind = Kind::equal;
  std::vector<const Column*> columns;  // neighbours in key order; for token(): the whole partition key
  TupleTerm value;                     // equal
  std::vector<TupleTerm> choices;      // IN (..)
  TermRef list;                        // IN ? : a list of values or of tuples
  std::optional<RestrictionBound> lower, upper;
  std::vector<RestrictionTest> tests;
  std::string name;  // for errors: c, or (c1, c2)

  size_t first() const { return columns[0]->position; }
  bool picks_values() const { return kind == Kind::equal || kind == Kind::in; }
};
using RestrictionRef = std::shared_ptr<const Restriction>;

// Two relations on the same columns become one restriction, or an error.
Status merge_restriction(Restriction& into, Restriction&& from);

// The values that an equal or IN restriction allows: for each choice one value for each column. Null and unset are errors.
using TupleValues = std::vector<TermValue>;
Result<std::vector<TupleValues>> evaluate_choices(const Restriction& restriction, const Evaluation& evaluation);
Result<TupleValues> evaluate_tuple(const TupleTerm& term, std::span<const Column* const> columns,
                                   const Evaluation& evaluation);

inline constexpr const char* kNeedsFiltering =
    "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. If you "
    "want "
    "to execute this query despite the performance unpredictability, use ALLOW FILTERING";

}  // namespace ringlet::cql
