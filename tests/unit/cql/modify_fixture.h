// For tests of INSERT, UPDATE and DELETE: a schema, and a partition in memory that statements are run against and shown from.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "core/cql/modify_plan.h"
#include "core/cql/multi_cell.h"
#include "core/cql/parser.h"
#include "core/cql/type_resolver.h"
#include "core/data/counter.h"
#include "core/data/keys.h"
#include "core/data/reconcile.h"
#include "core/data/value.h"

namespace ringlet::cql::modify_testing {

inline constexpr int64_t kStamp = 1000;  // the default timestamp of every statement
inline constexpr int64_t kNow = 500;     // and its seconds

class CountingContext : public EvaluationContext {
 public:
  Timestamp now() override { return Timestamp{1700000000000000}; }
  Uuid time_uuid() override { return ringlet::time_uuid(ticks_of(Timestamp{1700000000000000 + calls_++}), 7); }
  Uuid random_uuid() override { return ringlet::random_uuid(1, static_cast<uint64_t>(calls_++)); }

 private:
  int64_t calls_ = 0;
};

inline std::shared_ptr<Table> table_like(const std::string& text, const Schema& schema) {
  auto parsed = parse_statement(text);
  REQUIRE(parsed.has_value());
  const auto& create = std::get<CreateTable>(parsed->statement);
  auto table = std::make_shared<Table>();
  table->id = name_uuid(create.name.name);
  table->keyspace = "ks";
  table->name = create.name.name;
  const auto is_in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  const PrimaryKey& key = create.primary_keys.at(0);
  for (const ColumnDefinition& definition : create.columns) {
    const ColumnKind kind = is_in(key.partition, definition.name)    ? ColumnKind::partition_key
                            : is_in(key.clustering, definition.name) ? ColumnKind::clustering
                            : definition.is_static                   ? ColumnKind::static_
                                                                     : ColumnKind::regular;
    auto& list = kind == ColumnKind::partition_key ? table->partition_key
                 : kind == ColumnKind::clustering  ? table->clustering
                 : kind == ColumnKind::static_     ? table->statics
                                                   : table->regulars;
    Column column;
    column.id = table->next_column_id;
    ++table->next_column_id.raw;
    column.name = definition.name;
    column.type = *resolve_type(definition.type, schema, "ks");
    column.kind = kind;
    column.position = static_cast<uint16_t>(list.size());
    table->is_counter |= column.type->kind == TypeKind::counter;
    list.push_back(std::move(column));
  }
  return table;
}

inline const char* const kTables[] = {
    "CREATE TABLE t (p int, c int, d text, s int static, ss set<int> static, v int, w text, fl frozen<list<int>>, l "
    "list<int>, "
    "m map<text, int>, st set<int>, u u, fu frozen<u>, tu tuple<int, text>, dur duration, ld frozen<list<duration>>, "
    "PRIMARY KEY (p, c, d))",
    "CREATE TABLE k (k int PRIMARY KEY, v int, l list<int>, b blob)",
    "CREATE TABLE pp (a int, b text, v int, PRIMARY KEY ((a, b)))",
    "CREATE TABLE tx (k text PRIMARY KEY, v int, lt list<text>)",
    "CREATE TABLE cn (k int PRIMARY KEY, n counter, o counter)",
    "CREATE TABLE cc (k int, c int, n counter, PRIMARY KEY (k, c))",
    "CREATE TABLE ttl (k int PRIMARY KEY, v int)",
    "CREATE TABLE de (k int, c decimal, st set<decimal>, PRIMARY KEY (k, c))",
    "CREATE TABLE js (k int, c int, s int static, t text, \"Cap\" text, big bigint, dec decimal, vi varint, d double, "
    "bo boolean, bl blob, "
    "ts timestamp, da date, ti time, id uuid, ad inet, du duration, l list<int>, st set<text>, m map<int, text>, tu "
    "tuple<int, text>, "
    "u u, ve vector<float, 2>, mm map<frozen<list<int>>, int>, PRIMARY KEY (k, c))",
};

inline SchemaRef modify_schema() {
  auto schema = std::make_shared<Schema>();
  auto keyspace = std::make_shared<Keyspace>();
  keyspace->name = "ks";
  keyspace->types["u"] =
      user_type("ks", "u", {"f", "g"}, {native_type(TypeKind::int_), native_type(TypeKind::text)}, false);
  schema->keyspaces["ks"] = std::make_shared<Keyspace>(*keyspace);
  for (const char* text : kTables) {
    auto table = table_like(text, *schema);
    if (table->name == "ttl") table->options.default_time_to_live = 3600;
    keyspace->tables[table->name] = table;
  }
  schema->keyspaces["ks"] = keyspace;
  return schema;
}

// Values for markers.
struct Bind {
  BoundValue::Kind kind = BoundValue::Kind::bytes;
  Bytes bytes;
};
inline Bind null_bind() { return {BoundValue::Kind::null, {}}; }
inline Bind unset_bind() { return {BoundValue::Kind::unset, {}}; }
inline Bind bind_int(int32_t value) {
  Bind bind;
  ByteWriter(bind.bytes).big<int32_t>(value);
  return bind;
}
inline Bind bind_bigint(int64_t value) {
  Bind bind;
  ByteWriter(bind.bytes).big<int64_t>(value);
  return bind;
}
inline Bind bind_text(std::string_view text) { return {BoundValue::Kind::bytes, Bytes(text)}; }

// Statements of one text, planned and bound. Keeps alive what plans point into.
struct Bound {
  SchemaRef schema;
  std::shared_ptr<ModifyPlan> plan;
  std::vector<Bind> binds;
  std::vector<BoundValue> values;
  std::shared_ptr<Evaluation> evaluation;
  BoundModify bound;
};

inline Result<ModifyPlan> plan_of(const std::string& text, const SchemaRef& schema, BindMarkers& markers) {
  auto parsed = parse_statement(text);
  if (!parsed) return fail(std::move(parsed).error());
  const PlanContext context{*schema, "ks"};
  if (auto* insert = std::get_if<Insert>(&parsed->statement)) return ModifyPlan::prepare(*insert, context, markers);
  if (auto* update = std::get_if<Update>(&parsed->statement)) return ModifyPlan::prepare(*update, context, markers);
  return ModifyPlan::prepare(std::get<Delete>(parsed->statement), context, markers);
}

inline Result<std::unique_ptr<Bound>> bind_statement(const std::string& text, const SchemaRef& schema,
                                                     std::vector<Bind> binds, EvaluationContext& context,
                                                     int64_t stamp = kStamp, uint32_t boot = 0) {
  auto out = std::make_unique<Bound>();
  out->schema = schema;
  BindMarkers markers(64);
  TRY(ModifyPlan plan, plan_of(text, schema, markers));
  out->plan = std::make_shared<ModifyPlan>(std::move(plan));
  out->binds = std::move(binds);
  for (const Bind& bind : out->binds) out->values.push_back({bind.kind, bind.bytes});
  out->evaluation = std::make_shared<Evaluation>(Evaluation{out->values, context});
  const WriteDefaults defaults{Timestamp{stamp}, Seconds{kNow}, boot, name_uuid("replica")};
  TRY(out->bound, out->plan->bind(*out->evaluation, defaults));
  return out;
}

// --- how mutations are shown -----------------------------------------------------------------------------------------
inline std::string at(Timestamp when) { return when.raw == kStamp ? "" : "@" + std::to_string(when.raw); }

inline std::string show_path(const Column& column, const CellView& cell) {
  const Type& type = *column.type;
  if (!cell.has_path) return "";
  switch (type.kind) {
    case TypeKind::list:
      return "[]";
    case TypeKind::user:
      return "." + type.field_names[path_field(cell)];
    default:
      return "[" + to_literal(*type.parameters[0], path_key(type, cell)) + "]";
  }
}

inline std::string show_value(const Column& column, const CellView& cell) {
  const Type& type = *column.type;
  if (cell.kind == CellKind::tombstone) return " deleted";
  if (cell.kind == CellKind::counter) return "=" + std::to_string(counter_sum(cell.value));
  if (!cell.has_path) return "=" + to_literal(type, cell.value);
  switch (type.kind) {
    case TypeKind::set:
      return "";
    case TypeKind::user:
      return "=" + to_literal(*type.parameters[path_field(cell)], cell.value);
    case TypeKind::map:
      return "=" + to_literal(*type.parameters[1], cell.value);
    default:
      return "=" + to_literal(*type.parameters[0], cell.value);
  }
}

inline std::string show_row(const Table& table, BytesView row) {
  CHECK(validate_row(row).has_value());
  RowReader reader(row);
  std::string out;
  const auto add = [&out](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (!reader.liveness().none())
    add("live" + at(reader.liveness().at) +
        (reader.liveness().ttl ? " ttl " + std::to_string(reader.liveness().ttl) + " until " +
                                     std::to_string(reader.liveness().expires.raw)
                               : ""));
  if (!reader.deletion().none()) add("deleted" + at(reader.deletion().at));
  for (const ComplexDeletion& each : reader.complex_deletions())
    add(table.find(each.column)->name + " cleared" + at(each.deletion.at));
  CellView cell;
  while (reader.next(cell)) {
    const Column& column = *table.find(cell.column);
    add(column.name + show_path(column, cell) + show_value(column, cell) + at(cell.at) +
        (cell.kind == CellKind::expiring
             ? " ttl " + std::to_string(cell.ttl) + " until " + std::to_string(cell.local.raw)
             : ""));
  }
  return out;
}

inline std::string show_position(const Table& table, BytesView position, BytesView as_written = {}) {
  const auto components = split_position(table, position, as_written);
  if (!components) return "?";
  std::string out;
  for (size_t i = 0; i < components->size(); ++i)
    out += (i ? ", " : "") + to_literal(*table.clustering[i].type, (*components)[i]);
  return out;
}

inline std::string show_bound(const Table& table, BytesView bound) {
  const bool after = bound.ends_with('\xFF');
  return (after ? "after " : "before ") + std::string("(") +
         show_position(table, after ? bound.substr(0, bound.size() - 1) : bound) + ")";
}

inline std::string show(const Table& table, const Mutation& mutation) {
  Bytes bytes;
  ByteWriter out(bytes);
  encode_mutation(mutation, out);
  REQUIRE(decode_mutation(bytes).has_value());  // rows valid and in order
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (!mutation.partition_deletion.none()) add("partition deleted" + at(mutation.partition_deletion.at));
  if (!mutation.static_row.empty()) add("static: " + show_row(table, mutation.static_row));
  for (const RangeWrite& range : mutation.ranges)
    add(show_bound(table, range.start) + " to " + show_bound(table, range.end) + " deleted" + at(range.deletion.at));
  for (const RowWrite& row : mutation.rows)
    add("(" + show_position(table, row.position, RowReader(row.row).clustering_as_written()) +
        "): " + show_row(table, row.row));
  return text;
}

// One partition, kept in memory: statements see what earlier ones wrote.
class Partition {
 public:
  explicit Partition(SchemaRef schema = modify_schema()) : schema_(std::move(schema)) {}

  // The mutations of all partitions, as text; "error: ..." where the statement fails.
  std::string run(const std::string& text, std::vector<Bind> binds = {}, int64_t stamp = kStamp, uint32_t boot = 0) {
    CountingContext again = context_;
    auto statement = bind_statement(text, schema_, std::move(binds), context_, stamp, boot);
    if (!statement) return "error: " + statement.error().detail;
    std::string shown;
    const BoundModify& bound = (*statement)->bound;
    const Table& table = *(*statement)->plan->table();
    for (size_t i = 0; i < bound.where.partitions.size(); ++i) {
      Mutation mutation = mutation_for(table, bound.where.partitions[i]);
      if (const Status built = build(**statement, i, mutation); !built) return "error: " + built.error().detail;
      shown += (shown.empty() ? "" : " | ") + show(table, mutation);
      take(mutation);
      check_short_way(**statement, mutation, again);
    }
    return shown;
  }
  size_t short_ways() const { return short_ways_; }

  // Several statements as one batch: one mutation.
  std::string batch(const std::vector<std::string>& texts) {
    Mutation mutation;
    TableRef table;
    for (const std::string& text : texts) {
      auto statement = bind_statement(text, schema_, {}, context_);
      if (!statement) return "error: " + statement.error().detail;
      if (!table) mutation = mutation_for(*(*statement)->plan->table(), (*statement)->bound.where.partitions[0]);
      table = (*statement)->plan->table();
      if (const Status built = build(**statement, 0, mutation); !built) return "error: " + built.error().detail;
    }
    const std::string shown = show(*table, mutation);
    take(mutation);
    return shown;
  }

  // IF: "true", "false", or "error: ...".
  std::string condition(const std::string& text, std::vector<Bind> binds = {}) {
    auto statement = bind_statement(text, schema_, std::move(binds), context_);
    if (!statement) return "error: " + statement.error().detail;
    const BoundModify& bound = (*statement)->bound;
    const Bytes position = bound.where.positions.empty() ? Bytes{} : bound.where.positions[0];
    const auto holds = bound.condition_holds(input(*(*statement)->plan, position), rows_.contains(position));
    if (!holds) return "error: " + holds.error().detail;
    return *holds ? "true" : "false";
  }

  const Bytes& row(BytesView position) { return rows_[Bytes(position)]; }

 private:
  // Where the plan says that it is plain, the short way makes the very same mutation.
  void check_short_way(const Bound& statement, Mutation expected, CountingContext& context) {
    if (!statement.plan->plain()) return;
    const Evaluation evaluation{statement.values, context};
    CHECK_EQ(statement.bound.where.partitions.size(), 1);
    if (!statement.plan->build_plain(evaluation, statement.bound.defaults, plain_)) {
      CHECK(expected.empty());
      return;
    }
    ++short_ways_;
    expected.schema = plain_.mutation.schema;
    const Mutation* both[] = {&expected, &plain_.mutation};
    Bytes encoded[2];
    for (size_t i = 0; i < 2; ++i) {
      ByteWriter out(encoded[i]);
      encode_mutation(*both[i], out);
    }
    CHECK_EQ(to_hex(encoded[0]), to_hex(encoded[1]));
    CHECK_EQ(expected.token.raw, plain_.mutation.token.raw);
  }

  static Mutation mutation_for(const Table& table, const PartitionTarget& target) {
    Mutation mutation;
    mutation.table = table.id;
    mutation.token = target.token;
    mutation.partition_key = target.key;
    return mutation;
  }

  Status build(const Bound& statement, size_t i, Mutation& mutation) {
    const ModifyPlan& plan = *statement.plan;
    const BoundModify::Existing existing = [&](BytesView position) -> const RowInput& {
      REQUIRE(plan.reads_before_writing());
      return input(plan, position);
    };
    return statement.bound.build(i, existing, mutation);
  }

  const RowInput& input(const ModifyPlan& plan, BytesView position) {
    input_ = std::make_unique<RowInput>(plan.shape());
    CHECK(input_->static_row(static_row_, Seconds{kNow}).has_value());
    const auto row = rows_.find(Bytes(position));
    if (row == rows_.end())
      input_->no_row();
    else
      CHECK(input_->row({}, row->second, Seconds{kNow}).has_value());
    return *input_;
  }

  static void merge_into(Bytes& into, const Bytes& from) {
    if (from.empty()) return;
    const BytesView both[] = {into, from};
    Bytes merged;
    merge_rows(into.empty() ? std::span<const BytesView>(both).subspan(1) : std::span<const BytesView>(both), merged);
    into = std::move(merged);
  }
  void take(const Mutation& mutation) {
    merge_into(static_row_, mutation.static_row);
    for (const RowWrite& row : mutation.rows) merge_into(rows_[row.position], row.row);
  }

  SchemaRef schema_;
  CountingContext context_;
  Bytes static_row_;
  std::map<Bytes, Bytes> rows_;
  std::unique_ptr<RowInput> input_;
  PlainWrite plain_;
  size_t short_ways_ = 0;
};

inline std::string written(const std::string& text, std::vector<Bind> binds = {}) {
  return Partition().run(text, std::move(binds));
}

inline std::vector<std::string> marker_names(const std::string& text) {
  BindMarkers markers(16);
  const SchemaRef schema = modify_schema();
  const auto plan = plan_of(text, schema, markers);
  CAPTURE(text);
  CHECK(plan.has_value());
  std::vector<std::string> names;
  for (const ResultColumn& column : markers.columns())
    if (column.type) names.push_back(column.name + " " + to_cql(*column.type));
  return names;
}

}  // namespace ringlet::cql::modify_testing
