#include "tests/cql/statement_node.h"

#include "core/cql/parser.h"
#include "core/cql/terms.h"
#include "core/data/value.h"

namespace ringlet::cqltest {
namespace {

Status read_rows(const RowsResult& result, Answer& answer) {
  answer.names.clear();
  for (const ResultColumn& column : result.metadata->columns) answer.names.push_back(column.name);
  ByteReader in(result.cells);
  for (uint32_t r = 0; r < result.row_count; ++r) {
    Row row;
    for (const ResultColumn& column : result.metadata->columns) {
      const auto bytes = in.big<int32_t>();
      if (bytes < 0)
        row.push_back("null");
      else
        row.push_back(to_literal(*column.type, in.bytes(static_cast<size_t>(bytes))));
    }
    answer.rows.push_back(std::move(row));
  }
  if (in.bad() || !in.done()) return fail(Errc::corrupt, "the answer's cells do not fit its columns");
  return {};
}

}  // namespace

Result<std::vector<Bytes>> StatementNode::bound(const std::vector<std::string>& terms,
                                                const std::vector<ResultColumn>& binds,
                                                std::vector<BoundValue>& values) {
  std::vector<Bytes> kept(terms.size());
  const SchemaRef schema = node_.catalog().schema();
  for (size_t i = 0; i < terms.size(); ++i) {
    if (terms[i] == "unset" || i >= binds.size()) {
      values.push_back({BoundValue::Kind::unset, {}});
      continue;
    }
    TRY(const cql::Term term, cql::parse_term(terms[i]));
    const cql::PlanContext plan{*schema, client_.keyspace};
    cql::BindMarkers none(0);
    cql::TermContext terms_context{plan, none, nullptr, client_.keyspace};
    TRY(const cql::TermRef prepared, cql::prepare_term(term, binds[i], terms_context));
    if (!prepared->is_constant()) return fail(Errc::invalid, "a bound value must be a constant: " + terms[i]);
    class NoFunctions final : public cql::EvaluationContext {
      Timestamp now() override { return {}; }
      Uuid time_uuid() override { return {}; }
      Uuid random_uuid() override { return {}; }
    } functions;
    TRY(cql::TermValue value, prepared->evaluate({{}, functions}));
    if (value.is_null()) {
      values.push_back({BoundValue::Kind::null, {}});
      continue;
    }
    kept[i] = std::move(value).to_bytes();
    values.push_back({BoundValue::Kind::bytes, kept[i]});
  }
  return kept;
}

Task<Result<QueryResult>> StatementNode::once(const std::string& cql, const PreparedResult* prepared,
                                              const QueryOptions& options) {
  QueryProcessor& processor = node_.processor(ShardId{0});
  if (prepared != nullptr) co_return co_await processor.execute(prepared->id, options, client_, context_);
  co_return co_await processor.query(cql, options, client_, context_);
}

Task<Result<Answer>> StatementNode::run(std::string cql, std::vector<std::string> binds,
                                        std::optional<uint32_t> page_rows) {
  QueryOptions options;
  std::optional<PreparedResult> prepared;
  std::vector<Bytes> kept;
  if (!binds.empty()) {
    CO_TRY(auto result, co_await node_.processor(ShardId{0}).prepare(cql, std::nullopt, client_, context_));
    prepared = std::get<PreparedResult>(std::move(result.body));
    CO_TRY(kept, bound(binds, prepared->binds, options.values));
  }
  if (page_rows) options.page_size = static_cast<int32_t>(*page_rows);
  Answer answer;
  Bytes state;
  for (;;) {
    CO_TRY(const QueryResult result, co_await once(cql, prepared ? &*prepared : nullptr, options));
    const auto* rows = std::get_if<RowsResult>(&result.body);
    if (rows == nullptr) co_return answer;
    if (page_rows && rows->row_count > *page_rows)
      co_return fail(Errc::corrupt, "a page has " + std::to_string(rows->row_count) + " rows, more than asked for");
    CO_TRY_STATUS(read_rows(*rows, answer));
    if (!rows->paging_state) co_return answer;
    state = *rows->paging_state;
    options.paging_state = state;
  }
}

}  // namespace ringlet::cqltest
