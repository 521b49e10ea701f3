// Bound values to partitions, token ranges, slices and filters.
#include <algorithm>
#include <limits>
#include <map>

#include "core/base/limits.h"
#include "core/base/murmur3.h"
#include "core/cql/clustering_slices.h"
#include "core/data/keys.h"

namespace ringlet::cql {

using Kind = Restriction::Kind;
using RestrictionRefs = std::vector<std::shared_ptr<const Restriction>>;

static std::unexpected<Error> too_many(const char* where, size_t values) {
  return fail(
      Errc::invalid,
      std::string("Guardrail in_select_cartesian_product violated: Aborting query because the cartesian product "
                  "of the IN restrictions on ") +
          where + " produces " + std::to_string(values) + " values, this exceeds fail threshold of " +
          std::to_string(kInValuesMax));
}

class RestrictionsBinder {
 public:
  RestrictionsBinder(const Restrictions& r, const Evaluation& evaluation)
      : r_(r), table_(*r.table_), evaluation_(evaluation) {}

  Result<BoundRestrictions> bind() {
    TRY_STATUS(bind_partitions());
    TRY_STATUS(bind_clustering());
    // Each partition is asked for each slice.
    const size_t reads = out_.partitions.size() * out_.slices.size();
    if (reads > kInValuesMax && r_.rules_.kind == StatementKind::select)
      return too_many("partition and clustering key", reads);
    TRY_STATUS(bind_filters());
    return std::move(out_);
  }

 private:
  // --- partitions ---
  Status bind_partitions() {
    TRY(const auto tokens, token_bounds());
    out_.by_key = !r_.is_key_range_;
    if (!out_.by_key) {
      bind_token_range(tokens);
      return {};
    }
    TRY(const Product keys, product_of(r_.partition_, r_.partition_.size(), "partition key"));
    for (const auto& components : keys.tuples) {
      TRY(Bytes key, make_partition_key(table_, components));
      const Token token = token_of(key);
      if (token >= tokens.first && token <= tokens.second) out_.partitions.push_back({token, std::move(key)});
    }
    const auto order = [](const PartitionTarget& a, const PartitionTarget& b) {
      return std::tie(a.token, a.key) < std::tie(b.token, b.key);
    };
    if (out_.partitions.size() > 1) {
      std::ranges::sort(out_.partitions, order);
      const auto same = [](const PartitionTarget& a, const PartitionTarget& b) { return a.key == b.key; };
      out_.partitions.erase(std::unique(out_.partitions.begin(), out_.partitions.end(), same), out_.partitions.end());
    }
    out_.nothing |= out_.partitions.empty();
    return {};
  }

  // First and last token, both included; an impossible pair where nothing is.
  Result<std::pair<Token, Token>> token_bounds() {
    constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();
    std::pair<Token, Token> bounds{Token{kLeast}, Token{kMost}};
    constexpr std::pair<Token, Token> kNothing{Token{kMost}, Token{kLeast}};
    if (!r_.token_) return bounds;
    if (r_.token_->kind == Kind::equal) {
      TRY(const Token token, token_value(r_.token_->value));
      return std::pair{token, token};
    }
    if (const auto& lower = r_.token_->lower) {
      TRY(bounds.first, token_value(lower->value));
      if (!lower->inclusive) {
        if (bounds.first.raw == kMost) return kNothing;
        ++bounds.first.raw;
      }
    }
    if (const auto& upper = r_.token_->upper) {
      TRY(bounds.second, token_value(upper->value));
      if (!upper->inclusive) {
        if (bounds.second.raw == kLeast) return kNothing;
        --bounds.second.raw;
      }
    }
    return bounds;
  }
  Result<Token> token_value(const TupleTerm& term) {
    TRY(const TermValue value, term.parts[0]->evaluate(evaluation_));
    if (value.is_unset()) return fail(Errc::invalid, "Invalid unset value for partition key token");
    if (value.is_null() || value.bytes().size() != 8) return fail(Errc::invalid, "Invalid null token value");
    return Token{load_big<int64_t>(value.bytes().data())};
  }
  void bind_token_range(const std::pair<Token, Token>& tokens) {
    if (tokens.first > tokens.second) {
      out_.nothing = true;
      return;
    }
    TokenRange range;
    if (tokens.first.raw != std::numeric_limits<int64_t>::min()) append_token_prefix(tokens.first, range.first);
    if (tokens.second.raw != std::numeric_limits<int64_t>::max())
      append_token_prefix(Token{tokens.second.raw + 1}, range.last);
    out_.ranges.push_back(std::move(range));
  }

  // --- products of choices ---
  struct Product {
    std::vector<TupleValues> equal;  // what the views look at, for each restriction
    std::vector<std::vector<TupleValues>> choices;
    std::vector<std::vector<BytesView>> tuples;  // each: a value for every column
  };
  Result<Product> product_of(const RestrictionRefs& restrictions, size_t count, const char* where) {
    Product product;
    product.tuples.emplace_back();
    product.equal.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      const Restriction& restriction = *restrictions[i];
      if (restriction.kind == Kind::equal) {  // the usual case, and no product at all
        TRY(TupleValues values, evaluate_tuple(restriction.value, restriction.columns, evaluation_));
        product.equal.push_back(std::move(values));
        for (auto& tuple : product.tuples) append_views(product.equal.back(), tuple);
        continue;
      }
      if (product.choices.empty()) product.choices.reserve(count);
      TRY(auto choices, evaluate_choices(restriction, evaluation_));
      const size_t tuples = choices.size() * product.tuples.size();
      if (tuples > kInValuesMax) return too_many(where, tuples);
      product.choices.push_back(std::move(choices));
      std::vector<std::vector<BytesView>> longer;
      for (const auto& tuple : product.tuples)
        for (const TupleValues& choice : product.choices.back()) append_views(choice, longer.emplace_back(tuple));
      product.tuples = std::move(longer);
    }
    return product;
  }
  static void append_views(const TupleValues& values, std::vector<BytesView>& out) {
    for (const TermValue& value : values) out.push_back(value.bytes());
  }

  // --- clustering ---
  Status bind_clustering() {
    const size_t sliceable = r_.sliceable_;
    const Restriction* slice = sliceable > 0 && r_.clustering_[sliceable - 1]->kind == Kind::slice
                                   ? r_.clustering_[sliceable - 1].get()
                                   : nullptr;
    TRY(const Product prefixes, product_of(r_.clustering_, sliceable - (slice ? 1 : 0), "clustering key"));
    TRY_STATUS(slice ? bind_slice(prefixes, *slice) : bind_prefixes(prefixes));
    out_.nothing |= out_.slices.empty();
    return {};
  }

  Status bind_prefixes(const Product& prefixes) {
    for (const auto& tuple : prefixes.tuples) {
      TRY_STATUS(check_size(tuple));
      out_.positions.push_back(make_position(table_, tuple));
    }
    if (out_.positions.size() > 1) {
      std::ranges::sort(out_.positions);
      out_.positions.erase(std::unique(out_.positions.begin(), out_.positions.end()), out_.positions.end());
    }
    out_.slices.reserve(out_.positions.size());
    for (const Bytes& position : out_.positions) out_.slices.push_back({position, position + kPositionEnd});
    out_.full_rows = r_.sliceable_ == r_.clustering_.size() && r_.clustering_is_full();
    if (!out_.full_rows)
      out_.positions.clear();
    else if (r_.rules_.kind != StatementKind::select)
      keep_as_written(prefixes);
    return {};
  }

  // Of choices that are one position (1.0 and 1.00 as decimals) the first one's bytes are kept.
  void keep_as_written(const Product& rows) {
    std::map<Bytes, Bytes> kept;
    for (const auto& tuple : rows.tuples)
      if (Bytes bytes = clustering_as_written(table_, tuple); !bytes.empty())
        kept.try_emplace(make_position(table_, tuple), std::move(bytes));
    if (kept.empty()) return;
    for (const Bytes& position : out_.positions) out_.as_written.push_back(kept[position]);
  }

  Status bind_slice(const Product& prefixes, const Restriction& slice) {
    TupleValues lower, upper;
    if (slice.lower) {
      TRY(lower, evaluate_tuple(slice.lower->value, std::span(slice.columns).first(slice.lower->columns), evaluation_));
    }
    if (slice.upper) {
      TRY(upper, evaluate_tuple(slice.upper->value, std::span(slice.columns).first(slice.upper->columns), evaluation_));
    }
    for (const auto& prefix : prefixes.tuples) {
      std::vector<Slice> slices;
      if (slice.lower) slices = one_side(table_, prefix, views(lower), true, slice.lower->inclusive);
      if (slice.upper) {
        std::vector<Slice> below = one_side(table_, prefix, views(upper), false, slice.upper->inclusive);
        slices = slice.lower ? intersected(slices, below) : std::move(below);
      }
      std::ranges::move(slices, std::back_inserter(out_.slices));
    }
    out_.slices = united(std::move(out_.slices));
    return {};
  }
  static std::vector<BytesView> views(const TupleValues& values) {
    std::vector<BytesView> out;
    for (const TermValue& value : values) out.push_back(value.bytes());
    return out;
  }
  Status check_size(const std::vector<BytesView>& components) const {
    size_t total = 0;
    for (const BytesView component : components) total += component.size();
    if (total > kClusteringBytesMax)
      return fail(Errc::invalid, "Key length of " + std::to_string(total) + " is longer than maximum of " +
                                     std::to_string(kClusteringBytesMax));
    return {};
  }

  // --- filters ---
  Status bind_filters() {
    if (r_.is_key_range_)
      for (const auto& restriction : r_.partition_)
        if (restriction) TRY_STATUS(add_tests(*restriction, ColumnTest::From::partition_key, restriction->first()));
    for (size_t i = r_.sliceable_; i < r_.clustering_.size(); ++i)
      TRY_STATUS(add_tests(*r_.clustering_[i], ColumnTest::From::clustering, r_.clustering_[i]->first()));
    for (const auto& restriction : r_.others_) {
      const int slot = r_.shape_->slot_of(restriction->columns[0]->id);
      TRY_STATUS(add_tests(*restriction, ColumnTest::From::cell, static_cast<size_t>(slot)));
    }
    return {};
  }

  Status add_tests(const Restriction& r, ColumnTest::From from, size_t at) {
    if (r.columns.size() > 1) return add_tuple_tests(r);
    const ColumnTest empty{.from = from, .at = at, .column = r.columns[0], .values = {}};
    if (r.picks_values()) {
      TRY(const auto choices, evaluate_choices(r, evaluation_));
      ColumnTest test = empty;
      test.op = r.kind == Kind::equal ? RelationOperator::equal : RelationOperator::in;
      for (const TupleValues& choice : choices) test.values.emplace_back(choice[0].bytes());
      out_.filter.tests.push_back(std::move(test));
    }
    for (const RestrictionTest& wanted : r.tests) {
      ColumnTest test = empty;
      test.op = wanted.op;
      test.map_entry = wanted.map_key != nullptr;
      for (const TermRef& term : {wanted.map_key, wanted.value}) {
        if (!term) continue;
        TRY(TermValue value, checked(term, *r.columns[0]));
        test.values.emplace_back(value.bytes());
      }
      out_.filter.tests.push_back(std::move(test));
    }
    return add_bound_tests(r, empty);
  }
  Status add_bound_tests(const Restriction& r, const ColumnTest& empty) {
    for (const bool lower : {true, false}) {
      const auto& bound = lower ? r.lower : r.upper;
      if (!bound) continue;
      TRY(const TupleValues values, evaluate_tuple(bound->value, r.columns, evaluation_));
      ColumnTest test = empty;
      test.op = operator_of(lower, bound->inclusive);
      test.values.emplace_back(values[0].bytes());
      out_.filter.tests.push_back(std::move(test));
    }
    return {};
  }
  static RelationOperator operator_of(bool lower, bool inclusive) {
    if (lower) return inclusive ? RelationOperator::greater_equal : RelationOperator::greater;
    return inclusive ? RelationOperator::less_equal : RelationOperator::less;
  }
  Result<TermValue> checked(const TermRef& term, const Column& column) {
    TRY(TermValue value, term->evaluate(evaluation_));
    if (value.is_unset()) return fail(Errc::invalid, "Invalid unset value for column " + column.name);
    if (value.is_null()) return fail(Errc::invalid, "Invalid null value in condition for column " + column.name);
    return value;
  }

  Status add_tuple_tests(const Restriction& r) {
    if (r.picks_values()) {
      TRY(const auto choices, evaluate_choices(r, evaluation_));
      TupleTest test{.first = r.first(), .op = RelationOperator::in, .tuples = {}};
      for (const TupleValues& choice : choices) test.tuples.push_back(owned(choice));
      out_.filter.tuples.push_back(std::move(test));
    }
    for (const bool lower : {true, false}) {
      const auto& bound = lower ? r.lower : r.upper;
      if (!bound) continue;
      TRY(const TupleValues values,
          evaluate_tuple(bound->value, std::span(r.columns).first(bound->columns), evaluation_));
      out_.filter.tuples.push_back({r.first(), operator_of(lower, bound->inclusive), {owned(values)}});
    }
    return {};
  }
  static std::vector<Bytes> owned(const TupleValues& values) {
    std::vector<Bytes> out;
    for (const TermValue& value : values) out.emplace_back(value.bytes());
    return out;
  }

  const Restrictions& r_;
  const Table& table_;
  const Evaluation& evaluation_;
  BoundRestrictions out_;
};

Result<BoundRestrictions> Restrictions::bind(const Evaluation& evaluation) const {
  return RestrictionsBinder(*this, evaluation).bind();
}

}  // namespace ringlet::cql
