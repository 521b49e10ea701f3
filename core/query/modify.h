// INSERT, UPDATE, DELETE and BATCH carried out.
//
//   plain          build one mutation a partition, send each to its owner
//   reads first    (counters, list elements) on the owner, under the partition's lock: read, build, apply
//   conditional    the same with the conditions between reading and building; one partition
// A statement's mutations of one partition are applied whole. A logged batch over several partitions is written to the log as
// one record first, so that after a crash all of it is there or none.
#pragma once

#include "core/base/limits.h"
#include "core/cluster/coordinator.h"
#include "core/cql/modify_plan.h"
#include "core/cql/selection.h"
#include "core/query/evaluation.h"
#include "core/query/result.h"

namespace ringlet {

// One planned statement with what its refused condition shows. Immutable, shared by executions.
struct PreparedModify {
  cql::ModifyPlan plan;
  std::shared_ptr<cql::RowShape> shown_shape;  // conditional only
  std::shared_ptr<cql::Selection> shown;
  ResultMetadataRef applied, refused, refused_no_row;  // [applied] alone; with columns; alone again
};
Result<PreparedModify> prepare_modify(const cql::ModifyPlan::Ast& statement, const cql::PlanContext& context,
                                      cql::BindMarkers& binds, bool in_batch);

struct ModifyStep {
  const PreparedModify* prepared = nullptr;
  cql::BoundModify bound;
};
struct ModifyRequest {
  std::vector<ModifyStep> steps;  // one; several in a batch
  bool is_batch = false, logged = false;
  const Keyspace* keyspace = nullptr;             // of the first step's table
  size_t mutation_bytes_max = kMutationBytesMax;  // of one partition; larger is Errc::invalid
  uint32_t tombstones_max = kTombstoneFail;       // that it may meet where it reads first; more is Errc::tombstones
  Consistency consistency = Consistency::one, serial_consistency = Consistency::serial;
  Seconds now;
  const cql::Evaluation* evaluation = nullptr;
};

// Void, or the rows of a conditional statement. The request must outlive the Task.
// Conditional writes and increments are stamped under the lock, in `request`'s steps.
Task<Result<QueryResult>> run_modify(ModifyRequest& request, Coordinator& coordinator, const RequestContext& context);

}  // namespace ringlet
