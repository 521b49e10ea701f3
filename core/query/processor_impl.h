// The processor's parts, private to processor*.cc: planning with its caches, and carrying out.
#pragma once

#include "core/cql/parser.h"
#include "core/query/prepared.h"
#include "core/query/processor.h"
#include "core/query/select.h"
#include "core/query/system_tables.h"

namespace ringlet {

class Processor final : public QueryProcessor {
 public:
  explicit Processor(QueryServices services);
  Task<Result<QueryResult>> query(std::string_view text, const QueryOptions& options, ClientState& client,
                                  const RequestContext& context) override;
  Task<Result<QueryResult>> prepare(std::string_view text, std::optional<std::string_view> keyspace,
                                    ClientState& client, const RequestContext& context) override;
  Task<Result<QueryResult>> execute(BytesView id, const QueryOptions& options, ClientState& client,
                                    const RequestContext& context) override;
  Direct execute_directly(BytesView id, const QueryOptions& options, WriteWaiter& waiter, RowsResult& rows) override;
  Task<Result<QueryResult>> batch(const BatchRequest& request, ClientState& client,
                                  const RequestContext& context) override;
  std::unique_ptr<Trace> begin_trace(const ClientState& client) override;
  void end_trace(std::unique_ptr<Trace> trace) override;

 private:
  Shard& home() { return services_.coordinator.home(); }
  const SchemaRef& schema();  // the shard's, with the system's keyspaces
  // `before`: the same statement, planned against an older schema.
  Result<PreparedRef> plan(std::string_view text, const std::string& keyspace,
                           const PreparedStatement* before = nullptr);
  Task<Result<PreparedRef>> recall(BytesView id);  // Errc::unprepared
  Task<Result<QueryResult>> run(PreparedRef statement, const QueryOptions& options, std::vector<BoundValue> values,
                                ClientState& client, const RequestContext& context);
  Task<Result<QueryResult>> run_plan(const PreparedStatement& statement, const cql::SelectPlan& plan,
                                     const QueryOptions& options, const cql::Evaluation& evaluation,
                                     const RequestContext& context);
  Task<Result<QueryResult>> run_plan(const PreparedModify& plan, const QueryOptions& options,
                                     const cql::Evaluation& evaluation, const RequestContext& context);
  Task<Result<QueryResult>> run_plan(const PreparedBatch& plan, const QueryOptions& options,
                                     const cql::Evaluation& evaluation, const RequestContext& context);
  Task<Result<QueryResult>> run_plan(const cql::Statement& statement, const QueryOptions& options, ClientState& client,
                                     const RequestContext& context);
  Task<Result<QueryResult>> truncate(const cql::Truncate& truncate, const ClientState& client);
  Result<KeyspaceRef> keyspace_of(const Table& table);
  cql::WriteDefaults write_defaults(const QueryOptions& options, bool own_stamp);
  Seconds now_of(const QueryOptions& options) const;
  size_t mutation_bytes_max() const { return std::min(kMutationBytesMax, services_.node.memory_bytes / 32); }
  Task<void> store_trace(std::vector<Mutation> writes, KeyspaceRef keyspace);

  QueryServices services_;
  std::unique_ptr<Rng> dice_;
  uint64_t node_bits_;
  SchemaRef catalog_schema_, schema_;
  PlanCache plans_;
  uint32_t traces_writing_ = 0;
  cql::PlainWrite plain_write_;  // of execute_directly()
};

// What a traced request asks for.
void trace_request(TraceSink& trace, std::string_view query, const QueryOptions& options);

// One step of a batch, bound: checks what may stand in a batch of this kind.
Status check_batch(BatchRequest::Kind kind, const std::vector<const PreparedModify*>& statements, bool batch_timestamp);

// Bound values in marker order. Errc::invalid when their number or names do not fit.
Result<std::vector<BoundValue>> arrange_values(const QueryOptions& options, const std::vector<ResultColumn>& binds,
                                               bool prepared);

}  // namespace ringlet
