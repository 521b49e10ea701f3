// WHERE, prepared: which partitions or token ranges, which slices of clustering positions, and what is left to filter.
//
// Used by SELECT, UPDATE and DELETE, which differ in what they allow. Preparing says every error that does not depend on
// bound values; binding computes keys and positions.
#pragma once

#include "core/cql/ast_data.h"
#include "core/cql/row_input.h"
#include "core/cql/terms.h"
#include "core/data/read_range.h"

namespace ringlet::cql {

enum class StatementKind : uint8_t { select, insert, update, delete_ };

struct RestrictionRules {
  StatementKind kind = StatementKind::select;
  bool only_statics = false;  // selects, or modifies, only static columns (and partition key columns)
  bool allow_filtering = false;
  bool distinct = false;
};

struct PartitionTarget {
  Token token;
  Bytes key;  // serialized partition key
};
struct TokenRange {  // prefixes (core/data/keys.h), half-open; an empty last is the end of the ring
  Bytes first, last;
};

// A test of one column of one row, values included.
struct ColumnTest {
  enum class From : uint8_t { partition_key, clustering, cell };
  From from = From::cell;
  size_t at = 0;  // component or slot
  const Column* column = nullptr;
  RelationOperator op = RelationOperator::equal;
  std::vector<Bytes> values;  // one; for IN all; for map entries key and value
  bool map_entry = false;
};
struct TupleTest {   // (c1, c2) > (1, 2) where it could not become slices
  size_t first = 0;  // clustering component
  RelationOperator op = RelationOperator::equal;
  std::vector<std::vector<Bytes>> tuples;
};
class RowFilter {
 public:
  bool empty() const { return tests.empty() && tuples.empty(); }
  bool matches(const Table& table, const RowInput& row) const;
  std::vector<ColumnTest> tests;
  std::vector<TupleTest> tuples;
};

struct BoundRestrictions {
  bool nothing = false;                     // no row can match
  bool by_key = false;                      // else: token ranges
  std::vector<PartitionTarget> partitions;  // in token order, each once
  std::vector<TokenRange> ranges;           // ascending, disjoint
  std::vector<Slice> slices;                // ascending, disjoint; one whole slice for everything
  bool full_rows = false;                   // every slice is exactly one row: `positions` has them
  std::vector<Bytes> positions;
  std::vector<Bytes> as_written;  // beside positions (clustering_as_written()); only writes have it filled
  RowFilter filter;
};

// One partition, and in it a prefix of clustering values: what most statements name. The storage is used again.
struct PlainKey {
  Token token;
  Bytes key, position, as_written;  // position: of the clustering columns that are restricted; as_written: beside it
  struct Parts {                    // the values of the key's columns
    std::vector<TermValue> values;
    std::vector<BytesView> views;
  };
  Parts partition, clustering;
};

struct Restriction;  // one column's, or one group of clustering columns'

class Restrictions {
 public:
  static Result<Restrictions> prepare(const std::vector<Relation>& where, const RestrictionRules& rules, TableRef table,
                                      RowShape& shape, TermContext& context);
  Result<BoundRestrictions> bind(const Evaluation& evaluation) const;
  // `=` on every partition key column and on the first clustering columns, or none, and nothing else: then bind_plain() finds
  // what bind() would, without allocating. False: bind() says what is wrong.
  bool is_plain() const;
  bool bind_plain(const Evaluation& evaluation, PlainKey& out) const;

  bool partition_key_is_equal() const;  // one partition
  bool partition_key_is_in() const;     // several may be: some IN, all columns restricted
  bool is_key_range() const { return is_key_range_; }
  bool filters() const { return filters_; }
  bool clustering_is_restricted() const { return !clustering_.empty(); }
  bool clustering_is_full() const;  // every column by = or IN
  bool clustering_has_in() const;
  bool partition_key_is_restricted() const;   // by anything, token() too
  bool is_equal(const Column& column) const;  // restricted by = : ORDER BY and GROUP BY may leave it out
  // Marker of each partition key column; empty unless all are `= ?`.
  std::vector<uint16_t> partition_key_binds() const;

 private:
  TableRef table_;
  const RowShape* shape_ = nullptr;  // the plan's
  RestrictionRules rules_;
  std::vector<std::shared_ptr<const Restriction>> partition_;  // by partition key column; null: unrestricted
  std::shared_ptr<const Restriction> token_;
  std::vector<std::shared_ptr<const Restriction>> clustering_;  // by first column
  std::vector<std::shared_ptr<const Restriction>> others_;      // static and regular columns
  static bool append_plain(const std::vector<std::shared_ptr<const Restriction>>& restrictions,
                           const Evaluation& evaluation, PlainKey::Parts& out);
  size_t sliceable_ = 0;  // that many of clustering_ become slices, the rest filter
  bool is_key_range_ = false;
  bool filters_ = false;
  friend class RestrictionsBuilder;
  friend class RestrictionsBinder;
};

}  // namespace ringlet::cql
