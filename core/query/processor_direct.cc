// The processor's short way: what most executions are, without a coroutine and without allocating.
#include "core/query/evaluation.h"
#include "core/query/processor_impl.h"

namespace ringlet {

bool Processor::execute_directly(BytesView id, const QueryOptions& options, WriteWaiter& waiter) {
  const PreparedRef statement = plans_.find(id);
  if (!statement || statement->planned_at != schema()->version || !statement->warnings.empty() ||
      !options.names.empty() || options.values.size() != statement->binds.size())
    return false;
  const auto* modify = std::get_if<PreparedModify>(&statement->plan);
  if (modify == nullptr || !modify->plan.plain()) return false;
  StatementEvaluation functions(services_.env.clock, home().stamps, *dice_, node_bits_);
  const cql::Evaluation evaluation{options.values, functions};
  return modify->plan.build_plain(evaluation, write_defaults(options, false), plain_write_) &&
         services_.coordinator.write_here(plain_write_.mutation, statement->replication_factor, options.consistency,
                                          waiter);
}

}  // namespace ringlet
