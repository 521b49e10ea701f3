#include "core/query/processor.h"

#include <algorithm>

#include "core/cql/modify_usings.h"
#include "core/query/describe.h"
#include "core/query/processor_impl.h"
#include "core/query/schema_statements.h"

namespace ringlet {

std::unique_ptr<QueryProcessor> make_query_processor(QueryServices services) {
  return std::make_unique<Processor>(std::move(services));
}

Processor::Processor(QueryServices services)
    : services_(std::move(services)),
      dice_(services_.env.rng.stream("query-" + std::to_string(services_.coordinator.home().id.raw))),
      node_bits_(load_big<uint64_t>(services_.node.host_id.bytes().data() + 8)) {}

const SchemaRef& Processor::schema() {
  if (catalog_schema_ != home().schema) {
    catalog_schema_ = home().schema;
    schema_ = with_system_keyspaces(catalog_schema_);
  }
  return schema_;
}

Result<KeyspaceRef> Processor::keyspace_of(const Table& table) {
  KeyspaceRef keyspace = schema()->keyspace(table.keyspace);
  if (!keyspace) return fail(Errc::invalid, "keyspace " + table.keyspace + " does not exist");
  return keyspace;
}

Seconds Processor::now_of(const QueryOptions& options) const {
  return options.now_in_seconds ? Seconds{*options.now_in_seconds} : to_seconds(services_.env.clock.wall());
}

// Conditions and counters order their writes themselves: the client's default timestamp does not count.
static bool stamped_by_node(const cql::ModifyPlan& plan) { return plan.conditional() || plan.is_counter(); }

cql::WriteDefaults Processor::write_defaults(const QueryOptions& options, bool own_stamp) {
  cql::WriteDefaults defaults;
  defaults.timestamp = options.timestamp && !own_stamp ? Timestamp{*options.timestamp} : home().stamps.next();
  defaults.now = now_of(options);
  defaults.counter_replica = services_.node.counter_epoch;
  return defaults;
}

// --- the four doors -------------------------------------------------------------------------------------------------

Task<Result<QueryResult>> Processor::query(std::string_view text, const QueryOptions& options, ClientState& client,
                                           const RequestContext& context) {
  const std::string keyspace(options.keyspace.value_or(client.keyspace));
  ++home().requests.regular;
  if (context.trace != nullptr) [[unlikely]] {
    trace_request(*context.trace, text, options);
    context.trace->event("Parsing " + std::string(text));
  }
  CO_TRY(PreparedRef statement, plan(text, keyspace));
  context.note("Prepared the statement");
  CO_TRY(auto values, arrange_values(options, statement->binds, false));
  co_return co_await run(std::move(statement), options, std::move(values), client, context);
}

Task<Result<QueryResult>> Processor::prepare(std::string_view text, std::optional<std::string_view> keyspace_override,
                                             ClientState& client, const RequestContext& context) {
  const std::string keyspace(keyspace_override.value_or(client.keyspace));
  if (context.trace != nullptr) [[unlikely]]
    context.trace->parameter("query", std::string(text));
  context.note("Parsing and preparing the statement");
  CO_TRY(const PreparedRef statement, plan(text, keyspace));
  plans_.put(statement);
  context.note("Keeping the prepared statement");
  auto keep = [&](Shard&) -> Task<Status> {
    services_.prepared.keep(statement->id, statement->keyspace, statement->text);
    co_return Status{};
  };
  CO_TRY_STATUS(co_await services_.coordinator.shards().run_on(ShardId{0}, keep));
  QueryResult result;
  result.warnings = statement->warnings;
  result.body = PreparedResult{statement->id, statement->binds, statement->partition_key_binds, statement->result,
                               statement->conditional};
  co_return result;
}

Task<Result<QueryResult>> Processor::execute(BytesView id, const QueryOptions& options, ClientState& client,
                                             const RequestContext& context) {
  CO_TRY(PreparedRef statement, co_await recall(id));
  ++home().requests.prepared;
  if (context.trace != nullptr) [[unlikely]]
    trace_request(*context.trace, statement->text, options);
  CO_TRY(auto values, arrange_values(options, statement->binds, true));
  co_return co_await run(std::move(statement), options, std::move(values), client, context);
}

// --- carrying out ---------------------------------------------------------------------------------------------------

Task<Result<QueryResult>> Processor::run(PreparedRef statement, const QueryOptions& options,
                                         std::vector<BoundValue> values, ClientState& client,
                                         const RequestContext& context) {
  StatementEvaluation functions(services_.env.clock, home().stamps, *dice_, node_bits_);
  const cql::Evaluation evaluation{values, functions};
  if (const auto* select = std::get_if<cql::SelectPlan>(&statement->plan))
    co_return co_await run_plan(*statement, *select, options, evaluation, context);
  if (const auto* modify = std::get_if<PreparedModify>(&statement->plan))
    co_return co_await run_plan(*modify, options, evaluation, context);
  if (const auto* batch = std::get_if<PreparedBatch>(&statement->plan))
    co_return co_await run_plan(*batch, options, evaluation, context);
  co_return co_await run_plan(std::get<cql::Statement>(statement->plan), options, client, context);
}

static RequestContext with_timeout(const RequestContext& context, std::optional<int64_t> timeout_ns) {
  RequestContext own = context;
  if (timeout_ns) own.deadline = std::min(own.deadline, context.clock.now() + Duration{*timeout_ns});
  return own;
}

// A batch is given up when the shortest of its statements' times, or its own, is over.
static RequestContext with_timeout(const RequestContext& context, const std::vector<ModifyStep>& steps) {
  RequestContext own = context;
  for (const ModifyStep& step : steps) own.deadline = with_timeout(own, step.bound.timeout_ns).deadline;
  return own;
}

Task<Result<QueryResult>> Processor::run_plan(const PreparedStatement& statement, const cql::SelectPlan& plan,
                                              const QueryOptions& options, const cql::Evaluation& evaluation,
                                              const RequestContext& context) {
  if (options.page_size == 0) co_return fail(Errc::protocol, "The page size cannot be 0");
  CO_TRY(const cql::BoundSelect bound, plan.bind(evaluation, options.page_size));
  const RequestContext own = with_timeout(context, bound.timeout_ns);
  CO_TRY(const KeyspaceRef keyspace, keyspace_of(*plan.table()));
  const SelectRequest request{
      plan, bound, evaluation, options.page_size, options.paging_state, now_of(options), services_.node.tombstones};
  QueryResult result;
  result.warnings = statement.warnings;
  if (plan.table()->is_virtual) {
    const SystemState state{services_.env.clock, services_.node, services_.coordinator.shards(), services_.prepared,
                            services_.clients};
    const auto source = system_table_source(*plan.table(), schema(), state);
    CO_TRY(result.body, co_await run_select(request, *source, own, result.warnings));
  } else {
    const RequestTiming timing(home().requests, services_.env.clock, plan.table()->id,
                               bound.where.by_key ? RequestKind::read : RequestKind::scan);
    StoredSource source(services_.coordinator, *plan.table(), *keyspace, options.consistency);
    CO_TRY(result.body, co_await run_select(request, source, own, result.warnings));
  }
  auto& rows = std::get<RowsResult>(result.body);
  rows.metadata_renewed = rows.metadata->id != statement.first_result_id;
  co_return result;
}

Task<Result<QueryResult>> Processor::run_plan(const PreparedModify& plan, const QueryOptions& options,
                                              const cql::Evaluation& evaluation, const RequestContext& context) {
  ModifyRequest request;
  request.mutation_bytes_max = mutation_bytes_max();
  request.tombstones_max = services_.node.tombstones.fail;
  request.consistency = options.consistency;
  request.serial_consistency = options.serial_consistency;
  request.evaluation = &evaluation;
  const cql::WriteDefaults defaults = write_defaults(options, stamped_by_node(plan.plan));
  request.now = defaults.now;
  CO_TRY(auto bound, plan.plan.bind(evaluation, defaults));
  const RequestContext own = with_timeout(context, bound.timeout_ns);
  request.steps.push_back({&plan, std::move(bound)});
  CO_TRY(const KeyspaceRef keyspace, keyspace_of(*plan.plan.table()));
  const RequestTiming timing(home().requests, services_.env.clock, plan.plan.table()->id, RequestKind::write);
  request.keyspace = keyspace.get();
  co_return co_await run_modify(request, services_.coordinator, own);
}

Task<Result<QueryResult>> Processor::run_plan(const PreparedBatch& plan, const QueryOptions& options,
                                              const cql::Evaluation& evaluation, const RequestContext& context) {
  if (plan.statements.empty()) co_return QueryResult{};
  ModifyRequest request;
  request.mutation_bytes_max = mutation_bytes_max();
  request.tombstones_max = services_.node.tombstones.fail;
  request.is_batch = true;
  request.logged = plan.kind == cql::Batch::Kind::logged;
  request.consistency = options.consistency;
  request.serial_consistency = options.serial_consistency;
  request.evaluation = &evaluation;
  const auto stamped = [](const PreparedModify& statement) { return stamped_by_node(statement.plan); };
  cql::WriteDefaults defaults = write_defaults(options, std::ranges::any_of(plan.statements, stamped));
  if (plan.timestamp) {
    CO_TRY(const cql::TermValue stamp, plan.timestamp->evaluate(evaluation));
    if (stamp.is_null()) co_return fail(Errc::invalid, "Invalid null value of timestamp");
    if (stamp.has_bytes()) defaults.timestamp = Timestamp{load_big<int64_t>(stamp.bytes().data())};
  }
  request.now = defaults.now;
  for (const PreparedModify& statement : plan.statements) {
    CO_TRY(auto bound, statement.plan.bind(evaluation, defaults));
    request.steps.push_back({&statement, std::move(bound)});
  }
  CO_TRY(const auto timeout_ns, cql::evaluate_timeout_ns(plan.timeout, evaluation));
  const RequestContext own = with_timeout(with_timeout(context, timeout_ns), request.steps);
  const TableRef& table = plan.statements.front().plan.table();
  const RequestTiming timing(home().requests, services_.env.clock, table->id, RequestKind::write);
  CO_TRY(const KeyspaceRef keyspace, keyspace_of(*table));
  request.keyspace = keyspace.get();
  co_return co_await run_modify(request, services_.coordinator, own);
}

Task<Result<QueryResult>> Processor::batch(const BatchRequest& request, ClientState& client,
                                           const RequestContext& context) {
  std::vector<PreparedRef> statements;
  std::vector<const PreparedModify*> plans;
  std::vector<std::vector<BoundValue>> values;
  const std::string keyspace(request.options.keyspace.value_or(client.keyspace));
  for (const BatchStatement& statement : request.statements) {
    PreparedRef planned;
    if (statement.prepared) {
      CO_TRY(planned, co_await recall(statement.what));
    } else {
      CO_TRY(planned, plan(statement.what, keyspace));
    }
    const auto* modify = std::get_if<PreparedModify>(&planned->plan);
    if (modify == nullptr)
      co_return fail(Errc::invalid,
                     "Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.");
    QueryOptions own;
    own.values = statement.values;
    CO_TRY(auto arranged, arrange_values(own, planned->binds, statement.prepared));
    plans.push_back(modify);
    values.push_back(std::move(arranged));
    statements.push_back(std::move(planned));
  }
  if (plans.empty()) co_return QueryResult{};
  if (context.trace != nullptr) [[unlikely]] {
    trace_request(*context.trace, statements.front()->text, request.options);
    context.trace->event("Prepared the " + std::to_string(plans.size()) + " statements of the batch");
  }
  CO_TRY_STATUS(check_batch(request.kind, plans, false));

  ModifyRequest modify;
  modify.mutation_bytes_max = mutation_bytes_max();
  modify.tombstones_max = services_.node.tombstones.fail;
  modify.is_batch = true;
  modify.logged = request.kind == BatchRequest::Kind::logged;
  modify.consistency = request.options.consistency;
  modify.serial_consistency = request.options.serial_consistency;
  const auto stamped = [](const PreparedModify* statement) { return stamped_by_node(statement->plan); };
  const cql::WriteDefaults defaults = write_defaults(request.options, std::ranges::any_of(plans, stamped));
  modify.now = defaults.now;
  StatementEvaluation functions(services_.env.clock, home().stamps, *dice_, node_bits_);
  std::vector<cql::Evaluation> evaluations;
  for (const auto& v : values) evaluations.push_back({v, functions});
  for (size_t i = 0; i < plans.size(); ++i) {
    CO_TRY(auto bound, plans[i]->plan.bind(evaluations[i], defaults));
    modify.steps.push_back({plans[i], std::move(bound)});
  }
  modify.evaluation = &evaluations.front();
  const TableRef& table = plans.front()->plan.table();
  const RequestTiming timing(home().requests, services_.env.clock, table->id, RequestKind::write);
  home().requests.regular += plans.size();
  CO_TRY(const KeyspaceRef ks, keyspace_of(*table));
  modify.keyspace = ks.get();
  const RequestContext own = with_timeout(context, modify.steps);
  co_return co_await run_modify(modify, services_.coordinator, own);
}

Task<Result<QueryResult>> Processor::run_plan(const cql::Statement& statement, const QueryOptions& options,
                                              ClientState& client, const RequestContext&) {
  if (const auto* use = std::get_if<cql::Use>(&statement)) {
    if (!schema()->keyspace(use->keyspace))
      co_return fail(Errc::invalid, "Keyspace '" + use->keyspace + "' does not exist");
    client.keyspace = use->keyspace;
    co_return QueryResult{SetKeyspaceResult{use->keyspace}, {}};
  }
  if (const auto* truncated = std::get_if<cql::Truncate>(&statement)) co_return co_await truncate(*truncated, client);
  const std::string keyspace(options.keyspace.value_or(client.keyspace));
  if (const auto* describe = std::get_if<cql::Describe>(&statement)) {
    QueryResult result;
    CO_TRY(result.body,
           run_describe(*describe, *schema(), services_.node, keyspace, options.page_size, options.paging_state));
    co_return result;
  }
  if (!is_schema_statement(statement))
    co_return fail(Errc::invalid, "this statement needs roles and permissions, which this node does not have");
  const cql::PlanContext names{*schema(), keyspace};
  if (const auto* drop = std::get_if<cql::DropTable>(&statement)) {
    if (const auto table = cql::find_table(names, drop->name))
      CO_TRY_STATUS(co_await services_.before_loss(true, (*table)->keyspace, (*table)->name));
  } else if (const auto* all = std::get_if<cql::DropKeyspace>(&statement)) {
    CO_TRY_STATUS(co_await services_.before_loss(true, all->name, {}));
  }
  const SchemaPlanning planning{keyspace, services_.node.data_center, home().stamps, *dice_};
  CO_TRY(QueryResult changed, co_await run_schema_statement(statement, home(), services_.catalog, planning));
  if (const auto* change = std::get_if<SchemaChange>(&changed.body)) services_.announce(*change);
  co_return changed;
}

Task<Result<QueryResult>> Processor::truncate(const cql::Truncate& truncate, const ClientState& client) {
  const cql::PlanContext plan_context{*schema(), client.keyspace};
  CO_TRY(const TableRef table, cql::find_table(plan_context, truncate.table));
  if (schema()->keyspace(table->keyspace)->is_virtual)
    co_return fail(Errc::invalid, "Truncation is not supported by table " + table->keyspace + "." + table->name);
  if (table->is_virtual) co_return fail(Errc::unauthorized, "system keyspace is not user-modifiable.");
  const Status kept = co_await services_.before_loss(false, table->keyspace, table->name);
  if (!kept) co_return fail(Errc::truncate_failed, kept.error().detail);
  auto clear = [id = table->id](Shard& shard) { return shard.engine.truncate(id); };
  CO_TRY_STATUS(co_await services_.coordinator.shards().run_on_all(clear));
  co_return QueryResult{};
}

}  // namespace ringlet
