// INSERT, UPDATE and DELETE, planned: what is written where, what must be read first, and the conditions of IF.
//
//   TRY(ModifyPlan plan, ModifyPlan::prepare(statement, context, binds));               // once
//   TRY(BoundModify bound, plan.bind(evaluation, defaults));                            // for each execution
//   for each partition: bound.build(i, existing rows, mutation)                         // pure
//
// Errors with Cassandra's words for everything that statements may do wrong (grammar sections 5, 7, 12).
#pragma once

#include <functional>
#include <variant>

#include "core/cql/ast_data.h"
#include "core/cql/restrictions.h"
#include "core/cql/row_edit.h"
#include "core/cql/row_input.h"
#include "core/data/mutation.h"

namespace ringlet::cql {

class ModifyOperation;  // one assignment or deletion, prepared (modify_operations.h)
class ModifyCondition;  // one term of IF, prepared (modify_conditions.h)
class JsonInsert;       // what INSERT JSON makes of its document (modify_json.h)
struct JsonValues;

// What writes of this execution are stamped with where the statement does not say.
struct WriteDefaults {
  Timestamp timestamp;   // the client's, else a stamp of the shard's clock
  Seconds now;           // when TTLs begin and deletions are made
  uint32_t boot = 0;     // not 0: the clock is not trusted yet (core/data/row.h)
  Uuid counter_replica;  // whose counter shard an increment belongs to
};

class ModifyPlan;

// What executions of plain statements use again, one after the other.
struct PlainWrite {
  PlainKey where;
  RowEdit edit{{}, 0};
  Mutation mutation;
};

struct BoundModify {
  const ModifyPlan* plan = nullptr;
  BoundRestrictions where;  // partitions; positions (full rows) or slices (range deletions); no filter
  Timestamp timestamp;      // of this statement: USING TIMESTAMP, else the default
  uint32_t ttl = 0;         // seconds; 0: none
  std::optional<int64_t> timeout_ns;
  WriteDefaults defaults;
  const Evaluation* evaluation = nullptr;
  std::shared_ptr<const JsonValues> json;  // INSERT JSON: what `evaluation` then looks at

  // Puts what the statement does to partition `i` of `where.partitions` into `mutation`, whose key is set already and which
  // may hold what earlier statements of the same batch do: increments go on from theirs.
  // `existing(position)` is the row as it is now, static row included, for what needs reading first; it is asked only when
  // plan->reads_before_writing(). Positions are those of `where`, or "" for statics.
  using Existing = std::function<const RowInput&(BytesView position)>;
  Status build(size_t i, const Existing& existing, Mutation& mutation) const;

  // IF: does it hold for the row as it is? `exists`: the row is live (for statics-only statements: the static row is).
  Result<bool> condition_holds(const RowInput& row, bool exists) const;
};

class ModifyPlan {
 public:
  using Ast = std::variant<Insert, Update, Delete>;
  enum class Kind : uint8_t { insert, update, delete_ };

  // `binds` is the whole statement's (a batch has several); marker indexes are the AST's.
  static Result<ModifyPlan> prepare(const Ast& statement, const PlanContext& context, BindMarkers& binds);
  // `evaluation` must outlive the BoundModify.
  Result<BoundModify> bind(const Evaluation& evaluation, const WriteDefaults& defaults) const;

  // Sets columns of one row of one partition, whatever is there: then build_plain() makes the mutation that bind() and build()
  // would, without allocating. False: bind() or build() says what is wrong.
  bool plain() const { return plain_; }
  bool build_plain(const Evaluation& evaluation, const WriteDefaults& defaults, PlainWrite& out) const;

  const TableRef& table() const { return table_; }
  Kind kind() const { return kind_; }
  const RowShape& shape() const { return *shape_; }  // what conditions and read-before-write look at
  std::vector<uint16_t> partition_key_binds() const;
  bool conditional() const { return condition_kind_ != ConditionKind::none; }
  bool if_not_exists() const { return condition_kind_ == ConditionKind::not_exists; }
  bool if_exists() const { return condition_kind_ == ConditionKind::exists; }
  bool is_counter() const { return table_->is_counter; }
  bool sets_timestamp() const { return timestamp_ != nullptr; }
  bool only_statics() const { return only_statics_; }  // touches no row: conditions look at the static row
  bool reads_before_writing() const { return reads_before_writing_; }  // list indexes and removals, counters
  // Columns that a refused IF shows, in order of appearance; for IF [NOT] EXISTS all of the table's, in `*` order.
  const std::vector<const Column*>& condition_columns() const { return condition_columns_; }

 private:
  friend struct BoundModify;
  friend class ModifyPlanner;
  enum class ConditionKind : uint8_t { none, exists, not_exists, columns };
  Status check_bound(const BoundModify& bound) const;

  TableRef table_;
  Kind kind_ = Kind::insert;
  std::shared_ptr<RowShape> shape_;
  std::shared_ptr<const Restrictions> restrictions_;
  std::vector<std::shared_ptr<const ModifyOperation>> operations_;  // by column
  std::vector<std::shared_ptr<const ModifyCondition>> conditions_;
  std::vector<const Column*> condition_columns_;
  TermRef timestamp_, ttl_, timeout_;
  std::shared_ptr<const JsonInsert> json_;
  ConditionKind condition_kind_ = ConditionKind::none;
  bool plain_ = false;
  bool only_statics_ = false;
  bool reads_before_writing_ = false;
  bool writes_row_marker_ = false;  // INSERT: the row exists even if every column is null
};

}  // namespace ringlet::cql
