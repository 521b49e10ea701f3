// The processor's short way: what most executions are, without a coroutine and without allocating.
#include "core/query/evaluation.h"
#include "core/query/processor_impl.h"

namespace ringlet {

QueryProcessor::Direct Processor::execute_directly(BytesView id, const QueryOptions& options, WriteWaiter& waiter,
                                                   RowsResult& rows) {
  const PlanCache::Entry* entry = plans_.look(id);
  if (entry == nullptr) return Direct::declined;
  const PreparedStatement& statement = *entry->statement;
  if (statement.planned_at != schema()->version || !statement.warnings.empty() || !options.names.empty() ||
      options.values.size() != statement.binds.size())
    return Direct::declined;
  StatementEvaluation functions(services_.env.clock, home().stamps, *dice_, node_bits_);
  const cql::Evaluation evaluation{options.values, functions};
  if (entry->point_read) {
    const bool done = options.page_size != 0 && !options.paging_state &&
                      check_read(options.consistency, statement.replication_factor, 1) &&
                      entry->point_read->run(evaluation, now_of(options), services_.coordinator, rows);
    rows.metadata_renewed = rows.metadata && rows.metadata->id != statement.first_result_id;
    return done ? Direct::rows : Direct::declined;
  }
  const auto* modify = std::get_if<PreparedModify>(&statement.plan);
  if (modify == nullptr || !modify->plan.plain()) return Direct::declined;
  const bool entered = modify->plan.build_plain(evaluation, write_defaults(options, false), plain_write_) &&
                       services_.coordinator.write_here(plain_write_.mutation, statement.replication_factor,
                                                        options.consistency, waiter);
  return entered ? Direct::entered : Direct::declined;
}

}  // namespace ringlet
