// A schema and helpers for tests of plans: statements as text in, plans, values and errors out.
#pragma once

#include <map>

#include "core/base/must.h"
#include "core/cql/parser.h"
#include "core/cql/select_plan.h"
#include "core/cql/type_resolver.h"
#include "core/data/value.h"

namespace ringlet::cql::testing {

class FixedContext : public EvaluationContext {
 public:
  Timestamp now() override { return Timestamp{1700000000123456}; }
  Uuid time_uuid() override { return ringlet::time_uuid(ticks_of(Timestamp{1700000000123456 + calls_++}), 7); }
  Uuid random_uuid() override { return ringlet::random_uuid(1, calls_++); }

 private:
  int64_t calls_ = 0;
};

struct ColumnSpec {
  std::string name, type;
  ColumnKind kind;
  bool descending = false;
};

inline TypeRef type_of(const std::string& cql, const Schema& schema) {
  return *resolve_type(*parse_type(cql), schema, "ks");
}

inline TableRef make_table(const std::string& name, const std::vector<ColumnSpec>& columns, const Schema& schema) {
  auto table = std::make_shared<Table>();
  table->keyspace = "ks";
  table->name = name;
  for (const ColumnSpec& spec : columns) {
    auto& list = spec.kind == ColumnKind::partition_key ? table->partition_key
                 : spec.kind == ColumnKind::clustering  ? table->clustering
                 : spec.kind == ColumnKind::static_     ? table->statics
                                                        : table->regulars;
    Column column{.id = table->next_column_id,
                  .name = spec.name,
                  .type = type_of(spec.type, schema),
                  .kind = spec.kind,
                  .position = static_cast<uint16_t>(list.size()),
                  .descending = spec.descending};
    ++table->next_column_id.raw;
    list.push_back(std::move(column));
  }
  return table;
}

// ks.t: p1 int, p2 text | c1 int, c2 int DESC, c3 text | s static | regulars of many types. ks.k: one key, no clustering.
inline SchemaRef make_schema() {
  using enum ColumnKind;
  auto schema = std::make_shared<Schema>();
  auto keyspace = std::make_shared<Keyspace>();
  keyspace->name = "ks";
  keyspace->types["u"] =
      user_type("ks", "u", {"f", "g"}, {native_type(TypeKind::int_), native_type(TypeKind::text)}, false);
  schema->keyspaces["ks"] = keyspace;
  auto full = std::make_shared<Keyspace>(*keyspace);
  full->tables["t"] = make_table("t",
                                 {{"p1", "int", partition_key},
                                  {"p2", "text", partition_key},
                                  {"c1", "int", clustering},
                                  {"c2", "int", clustering, true},
                                  {"c3", "text", clustering},
                                  {"s", "int", static_},
                                  {"b", "bigint", regular},
                                  {"bl", "blob", regular},
                                  {"d", "decimal", regular},
                                  {"dur", "duration", regular},
                                  {"fl", "float", regular},
                                  {"l", "list<int>", regular},
                                  {"m", "map<text, int>", regular},
                                  {"st", "set<int>", regular},
                                  {"tx", "text", regular},
                                  {"ts", "timestamp", regular},
                                  {"tu", "frozen<tuple<int, text>>", regular},
                                  {"u", "u", regular},
                                  {"v", "int", regular}},
                                 *schema);
  full->tables["k"] =
      make_table("k", {{"k", "int", partition_key}, {"v", "int", regular}, {"w", "text", regular}}, *schema);
  full->tables["tl"] = make_table(
      "tl", {{"k", "int", partition_key}, {"ts", "timestamp", clustering}, {"v", "double", regular}}, *schema);
  full->tables["cn"] = make_table("cn", {{"k", "int", partition_key}, {"n", "counter", regular}}, *schema);
  schema->keyspaces["ks"] = full;
  return schema;
}

inline Result<SelectPlan> plan_select(const std::string& text, const SchemaRef& schema) {
  auto parsed = parse_statement(text);
  if (!parsed) return fail(std::move(parsed).error());
  const PlanContext context{*schema, "ks"};
  return SelectPlan::prepare(std::get<Select>(parsed->statement), parsed->markers.size(), context);
}

inline std::vector<BoundValue> bound(const std::vector<Bytes>& values) {
  std::vector<BoundValue> out;
  for (const Bytes& value : values) out.push_back({BoundValue::Kind::bytes, value});
  return out;
}

inline Bytes int_bytes(int32_t value) {
  Bytes bytes;
  ByteWriter(bytes).big<int32_t>(value);
  return bytes;
}

// "" where the statement is fine, when prepared and when bound.
inline std::string select_error(const std::string& text, const SchemaRef& schema,
                                const std::vector<BoundValue>& values = {}, int32_t page_size = -1) {
  const auto plan = plan_select(text, schema);
  if (!plan) return plan.error().detail;
  FixedContext context;
  const auto bound_select = plan->bind({values, context}, page_size);
  return bound_select ? "" : bound_select.error().detail;
}

}  // namespace ringlet::cql::testing
