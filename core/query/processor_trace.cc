// The processor's tracing: what a traced request was, and where its trace goes.
#include "core/query/processor_impl.h"

namespace ringlet {
void trace_request(TraceSink& trace, std::string_view query, const QueryOptions& options) {
  trace.parameter("query", std::string(query));
  trace.parameter("consistency_level", to_string(options.consistency));
  trace.parameter("serial_consistency_level", to_string(options.serial_consistency));
  if (options.page_size > 0) trace.parameter("page_size", std::to_string(options.page_size));
}

std::unique_ptr<Trace> Processor::begin_trace(const ClientState& client) {
  return std::make_unique<Trace>(services_.env, time_uuid(ticks_of(home().stamps.next()), node_bits_), client.address);
}

void Processor::end_trace(std::unique_ptr<Trace> trace) {
  if (traces_writing_ >= kTracesWritingMax) return;
  ++traces_writing_;
  auto writes = trace->finish(*schema(), services_.node, home().stamps.next());
  services_.spawn(store_trace(std::move(writes), schema()->keyspace("system_traces")));
}

Task<void> Processor::store_trace(std::vector<Mutation> writes, KeyspaceRef keyspace) {
  const Clock& clock = services_.env.clock;
  const RequestContext context{.clock = clock, .deadline = clock.now() + seconds(10), .priority = Priority::background};
  for (Mutation& write : writes) {
    // A trace that cannot be stored is lost: its request was answered.
    if (!co_await services_.coordinator.write(std::move(write), *keyspace, Consistency::one, context)) break;
  }
  --traces_writing_;
}

}  // namespace ringlet
