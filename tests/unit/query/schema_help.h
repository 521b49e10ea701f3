// Statements planned and applied one after the other, for tests of DDL and of DESCRIBE.
#pragma once

#include <doctest/doctest.h>

#include "core/cql/parser.h"
#include "core/env/seeded_rng.h"
#include "core/query/schema_statements.h"

namespace ringlet::testing {

// A schema that statements change, without a node.
class SchemaBench {
 public:
  SchemaBench() : stamps_(clock_, ShardId{0}, 1) {}

  // The error's text, or "" when the statement was planned and applied.
  std::string run(const std::string& text) {
    const auto planned = plan(text);
    if (!planned) return planned.error().detail;
    last_.reset();
    if (!*planned) return "";
    last_ = **planned;
    auto next = apply(*schema_, last_->command);
    if (!next) return next.error().detail;
    schema_ = *std::move(next);
    return "";
  }
  Result<std::optional<PlannedSchemaChange>> plan(const std::string& text) {
    auto parsed = cql::parse_statement(text);
    if (!parsed) return fail(parsed.error());
    const SchemaPlanning planning{"ks", "datacenter1", stamps_, dice_};
    return plan_schema_statement(parsed->statement, *schema_, planning);
  }

  void take(SchemaRef schema) { schema_ = std::move(schema); }
  const Schema& schema() const { return *schema_; }
  TableRef table(const std::string& name) const { return schema_->table("ks", name); }
  const std::optional<PlannedSchemaChange>& last() const { return last_; }  // none: there was nothing to do

 private:
  class FixedClock final : public Clock {
   public:
    Instant now() const override { return {}; }
    Timestamp wall() const override { return Timestamp{1700000000000000}; }
    uint64_t boot() const override { return 1; }
  } clock_;
  Stamps stamps_;
  SeededRng dice_{1};
  SchemaRef schema_ = std::make_shared<Schema>();
  std::optional<PlannedSchemaChange> last_;
};

inline constexpr const char* kCreateKs =
    "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";

}  // namespace ringlet::testing
