// The processor's planning: text to plan, plans recalled and renewed, values put in order.
#include <algorithm>

#include "core/base/limits.h"
#include "core/cql/modify_usings.h"
#include "core/query/processor_impl.h"

namespace ringlet {
namespace {

bool qualified(const cql::TableName& name) { return name.keyspace.has_value(); }

// Does the text mean the same whatever the connection's keyspace is?
bool names_its_keyspace(const cql::Statement& statement) {
  if (const auto* s = std::get_if<cql::Select>(&statement)) return qualified(s->table);
  if (const auto* s = std::get_if<cql::Insert>(&statement)) return qualified(s->table);
  if (const auto* s = std::get_if<cql::Update>(&statement)) return qualified(s->table);
  if (const auto* s = std::get_if<cql::Delete>(&statement)) return qualified(s->table);
  if (const auto* batch = std::get_if<cql::Batch>(&statement))
    return std::ranges::all_of(batch->statements, [](const auto& s) {
      return std::visit([](const auto& one) { return qualified(one.table); }, s);
    });
  return false;
}

// Before anything else about the statement. Virtual keyspaces are the planner's to refuse, in other words.
Status check_writable(const cql::TableName& name, const cql::PlanContext& context) {
  TRY(const TableRef table, cql::find_table(context, name));
  const KeyspaceRef keyspace = context.schema.keyspace(table->keyspace);
  if (is_system_keyspace(table->keyspace) && !keyspace->is_virtual)
    return fail(Errc::unauthorized, "system keyspace is not user-modifiable.");
  return {};
}

Result<PreparedModify> plan_modify(const cql::ModifyPlan::Ast& ast, const cql::PlanContext& context,
                                   cql::BindMarkers& binds, bool in_batch) {
  TRY_STATUS(std::visit([&](const auto& statement) { return check_writable(statement.table, context); }, ast));
  return prepare_modify(ast, context, binds, in_batch);
}

Result<PreparedBatch> plan_batch(const cql::Batch& batch, const cql::PlanContext& context, cql::BindMarkers& binds) {
  if (batch.usings.ttl) return fail(Errc::invalid, "Global TTL on the BATCH statement is not supported.");
  PreparedBatch prepared;
  prepared.kind = batch.kind;
  cql::TermContext terms{context, binds, nullptr, context.keyspace};
  if (batch.usings.timestamp) {
    const cql::Receiver receiver{context.keyspace, "", "[timestamp]", native_type(TypeKind::bigint)};
    TRY(prepared.timestamp, cql::prepare_term(*batch.usings.timestamp, receiver, terms));
  }
  if (batch.usings.timeout) {
    TRY(prepared.timeout, cql::prepare_timeout(*batch.usings.timeout, terms));
  }
  for (const auto& statement : batch.statements) {
    const cql::ModifyPlan::Ast ast = std::visit([](const auto& s) { return cql::ModifyPlan::Ast(s); }, statement);
    TRY(auto one, plan_modify(ast, context, binds, true));
    prepared.statements.push_back(std::move(one));
  }
  std::vector<const PreparedModify*> plans;
  for (const PreparedModify& p : prepared.statements) plans.push_back(&p);
  TRY_STATUS(check_batch(static_cast<BatchRequest::Kind>(batch.kind), plans, batch.usings.timestamp.has_value()));
  return prepared;
}

ResultMetadataRef no_columns() {
  static const ResultMetadataRef none = make_result_metadata({});
  return none;
}

}  // namespace

Status check_batch(BatchRequest::Kind kind, const std::vector<const PreparedModify*>& statements,
                   bool batch_timestamp) {
  bool counters = false, others = false, conditional = false, own_timestamps = false;
  for (const PreparedModify* statement : statements) {
    (statement->plan.is_counter() ? counters : others) = true;
    conditional |= statement->plan.conditional();
    own_timestamps |= statement->plan.sets_timestamp();
  }
  if (batch_timestamp && own_timestamps)
    return fail(Errc::invalid, "Timestamp must be set either on BATCH or individual statements");
  if (conditional && batch_timestamp)
    return fail(Errc::invalid, "Cannot provide custom timestamp for conditional BATCH");
  if (kind == BatchRequest::Kind::counter && batch_timestamp)
    return fail(Errc::invalid, "Cannot provide custom timestamp for counter BATCH");
  if (kind == BatchRequest::Kind::logged && counters)
    return fail(Errc::invalid, "Cannot include a counter statement in a logged batch");
  if (kind == BatchRequest::Kind::counter && others)
    return fail(Errc::invalid, "Cannot include non-counter statement in a counter batch");
  if (counters && others)
    return fail(Errc::invalid, "Counter and non-counter mutations cannot exist in the same batch");
  return {};
}

Result<PreparedRef> Processor::plan(std::string_view text, const std::string& keyspace,
                                    const PreparedStatement* before) {
  TRY(cql::ParsedStatement parsed, cql::parse_statement(text));
  if (parsed.markers.size() > kBindValuesMax)
    return fail(Errc::invalid, "Too many markers(?). " + std::to_string(parsed.markers.size()) +
                                   " markers exceed the allowed maximum of " + std::to_string(kBindValuesMax));
  const cql::PlanContext context{*schema(), keyspace};
  auto statement = std::make_shared<PreparedStatement>();
  statement->text = text;
  if (!names_its_keyspace(parsed.statement)) statement->keyspace = keyspace;
  statement->id = prepared_id(statement->keyspace, text);
  statement->planned_at = schema()->version;
  statement->result = no_columns();
  cql::BindMarkers binds(parsed.markers.size());
  if (const auto* select = std::get_if<cql::Select>(&parsed.statement)) {
    TRY(auto plan, cql::SelectPlan::prepare(*select, parsed.markers.size(), context));
    statement->binds = plan.binds();
    statement->partition_key_binds = plan.partition_key_binds();
    statement->result = plan.selection().metadata();
    statement->warnings = plan.warnings();
    TRY(const KeyspaceRef of, keyspace_of(*plan.table()));
    statement->replication_factor = replication_factor(of->replication);
    statement->plan = std::move(plan);
    statement->first_result_id = before != nullptr ? before->first_result_id : statement->result->id;
    return statement;
  }
  const auto modify = [&](const auto& ast) -> Status {
    TRY(auto plan, plan_modify(ast, context, binds, false));
    TRY(const KeyspaceRef of, keyspace_of(*plan.plan.table()));
    statement->replication_factor = replication_factor(of->replication);
    statement->partition_key_binds = plan.plan.partition_key_binds();
    statement->conditional = plan.plan.conditional();
    statement->plan = std::move(plan);
    return {};
  };
  if (const auto* insert = std::get_if<cql::Insert>(&parsed.statement))
    TRY_STATUS(modify(*insert));
  else if (const auto* update = std::get_if<cql::Update>(&parsed.statement))
    TRY_STATUS(modify(*update));
  else if (const auto* remove = std::get_if<cql::Delete>(&parsed.statement))
    TRY_STATUS(modify(*remove));
  else if (const auto* batch = std::get_if<cql::Batch>(&parsed.statement)) {
    TRY(auto plan, plan_batch(*batch, context, binds));
    for (const PreparedModify& p : plan.statements) statement->conditional |= p.plan.conditional();
    statement->plan = std::move(plan);
  } else {
    if (!parsed.markers.empty()) return fail(Errc::invalid, "Bind variables are not allowed in this statement");
    statement->plan = std::move(parsed.statement);
  }
  statement->binds = std::move(binds).take();
  return statement;
}

Task<Result<PreparedRef>> Processor::recall(BytesView id) {
  PreparedRef statement = plans_.find(id);
  if (!statement) {
    std::optional<std::pair<std::string, std::string>> text;
    const Bytes key(id);
    auto look = [&](Shard&) -> Task<Status> {
      if (const auto* found = services_.prepared.find(key)) text = *found;
      co_return Status{};
    };
    CO_TRY_STATUS(co_await services_.coordinator.shards().run_on(ShardId{0}, look));
    if (!text)
      co_return fail(
          Errc::unprepared,
          "Prepared query with ID " + to_hex(id) +
              " not found (either the query was not prepared on this host "
              "(maybe the host has been restarted?) or you have prepared too many queries and it has been evicted from "
              "the internal cache)",
          {key});
    CO_TRY(statement, plan(text->second, text->first, nullptr));
    plans_.put(statement);
  } else if (statement->planned_at != schema()->version) {
    CO_TRY(statement, plan(statement->text, statement->keyspace, statement.get()));
    plans_.put(statement);
  }
  co_return statement;
}

Result<std::vector<BoundValue>> arrange_values(const QueryOptions& options, const std::vector<ResultColumn>& binds,
                                               bool prepared) {
  if (options.names.empty()) {
    if (options.values.size() == binds.size()) return options.values;
    if (prepared) return fail(Errc::invalid, "Invalid amount of bind variables");
    return fail(Errc::invalid, "there were " + std::to_string(binds.size()) + " markers(?) in CQL but " +
                                   std::to_string(options.values.size()) + " bound variables");
  }
  std::vector<BoundValue> values(binds.size(), BoundValue{BoundValue::Kind::unset, {}});
  for (size_t b = 0; b < binds.size(); ++b) {
    const auto name = std::ranges::find(options.names, binds[b].name);
    if (name != options.names.end()) values[b] = options.values[static_cast<size_t>(name - options.names.begin())];
  }
  return values;
}

}  // namespace ringlet
