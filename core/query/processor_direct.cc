// The processor's short way: what most executions are, without a coroutine and without allocating.
#include "core/query/evaluation.h"
#include "core/query/processor_impl.h"

namespace ringlet {
namespace {

// Stands between the log and who waits for it, for one write in many. Goes when it has been told.
class TimedWrite final : public WriteWaiter {
 public:
  TimedWrite(WriteWaiter& waiter, RequestCounts& counts, const Clock& clock, const TableId& table, Instant begun)
      : waiter_(waiter), counts_(counts), clock_(clock), table_(table), begun_(begun) {}
  void written(const Status& status) override {
    counts_.add_time(table_, RequestKind::write, clock_.now() - begun_);
    WriteWaiter& waiter = waiter_;
    delete this;
    waiter.written(status);
  }

 private:
  WriteWaiter& waiter_;
  RequestCounts& counts_;
  const Clock& clock_;
  const TableId table_;
  const Instant begun_;
};

}  // namespace

QueryProcessor::Direct Processor::execute_directly(BytesView id, const QueryOptions& options, WriteWaiter& waiter,
                                                   RowsResult& rows) {
  const PlanCache::Entry* entry = plans_.look(id);
  if (entry == nullptr) return Direct::declined;
  const PreparedStatement& statement = *entry->statement;
  if (statement.planned_at != schema()->version || !statement.warnings.empty() || !options.names.empty() ||
      options.values.size() != statement.binds.size())
    return Direct::declined;
  RequestCounts& counts = home().requests;
  const Clock& clock = services_.env.clock;
  const bool timed = counts.times_next_direct();
  const Instant begun = timed ? clock.now() : Instant{};
  StatementEvaluation functions(services_.env.clock, home().stamps, *dice_, node_bits_);
  const cql::Evaluation evaluation{options.values, functions};
  if (entry->point_read) {
    const bool done = options.page_size != 0 && !options.paging_state &&
                      check_read(options.consistency, statement.replication_factor, 1) &&
                      entry->point_read->run(evaluation, now_of(options), services_.node.tombstones.warn,
                                             services_.coordinator, rows);
    rows.metadata_renewed = rows.metadata && rows.metadata->id != statement.first_result_id;
    if (!done) return Direct::declined;
    const TableId table = std::get<cql::SelectPlan>(statement.plan).table()->id;
    counts.count_direct(table, RequestKind::read);
    if (timed) counts.add_time(table, RequestKind::read, clock.now() - begun);
    return Direct::rows;
  }
  const auto* modify = std::get_if<PreparedModify>(&statement.plan);
  if (modify == nullptr || !modify->plan.plain()) return Direct::declined;
  if (!modify->plan.build_plain(evaluation, write_defaults(options, false), plain_write_)) return Direct::declined;
  const Mutation& mutation = plain_write_.mutation;
  TimedWrite* timing = timed ? new TimedWrite(waiter, counts, clock, mutation.table, begun) : nullptr;
  WriteWaiter& told = timing != nullptr ? static_cast<WriteWaiter&>(*timing) : waiter;
  if (!services_.coordinator.write_here(mutation, statement.replication_factor, options.consistency, told)) {
    delete timing;
    return Direct::declined;
  }
  counts.count_direct(mutation.table, RequestKind::write);
  return Direct::entered;
}

}  // namespace ringlet
