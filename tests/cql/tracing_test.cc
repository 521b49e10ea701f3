// Tracing: what a traced request leaves in system_traces.
#include <doctest/doctest.h>

#include <functional>

#include "core/base/limits.h"
#include "tests/cql/statement_node.h"
#include "tests/sim/sim_world.h"

using namespace ringlet;
using namespace ringlet::cqltest;

namespace {

using NodeWork = std::function<Task<void>(sim::SimWorld&, Node&, StatementNode&)>;

Task<void> on_node(sim::SimWorld& world, const NodeWork& work) {
  NodeOptions options;
  options.memory_bytes = 128u << 20;
  auto node = co_await Node::start(world.env, std::move(options));
  REQUIRE(node.has_value());
  StatementNode statements(**node);
  for (const char* setup :
       {"CREATE KEYSPACE test WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "USE test",
        "CREATE TABLE t (k int PRIMARY KEY, v text)", "INSERT INTO t (k, v) VALUES (1, 'a')",
        "INSERT INTO t (k, v) VALUES (2, 'b')", "DELETE FROM t WHERE k = 2"}) {
    const auto done = co_await statements.run(setup, {}, std::nullopt);
    REQUIRE_MESSAGE(done.has_value(), done.error().detail);
  }
  co_await work(world, **node, statements);
  const Instant deadline = world.clock.now() + seconds(60);
  CHECK((co_await (*node)->stop(deadline)).has_value());
}

void with_node(size_t shards, const NodeWork& work) {
  const sim::Scenario scenario = [&](sim::SimWorld& world) { return on_node(world, work); };
  sim::WorldOptions options;
  options.shards = shards;
  sim::run_sim(1, options, scenario);
}

// Runs one request with a trace, as a session does, and returns the trace's id.
Task<Uuid> traced(sim::SimWorld& world, Node& node, std::string cql) {
  ClientState client;
  client.keyspace = "test";
  client.address = "10.1.2.3";
  auto trace = node.processor(ShardId{0}).begin_trace(client);
  const Uuid session = trace->session();
  RequestContext context{world.clock};
  context.trace = trace.get();
  QueryOptions options;
  options.page_size = 100;
  (void)co_await node.processor(ShardId{0}).query(cql, options, client, context);
  node.processor(ShardId{0}).end_trace(std::move(trace));
  Event pause;
  co_await pause.wait_until(world.clock.now() + millis(100));  // it is stored behind
  co_return session;
}

Task<std::vector<Row>> rows_of(StatementNode& statements, std::string cql) {
  const auto answer = co_await statements.run(cql, {}, std::nullopt);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().detail);
  co_return answer->rows;
}

Task<std::string> activities_of(StatementNode& statements, Uuid session) {
  std::string all;
  const auto rows = co_await rows_of(
      statements, "SELECT activity FROM system_traces.events WHERE session_id = " + to_string(session));
  for (const Row& row : rows) all += row.front() + "\n";
  co_return all;
}

}  // namespace

TEST_SUITE("tracing") {
  TEST_CASE("a traced read is told in system_traces: who asked what, how long it took, and what was looked at") {
    for (const size_t shards : {1, 3})
      with_node(shards, [](sim::SimWorld& world, Node& node, StatementNode& statements) -> Task<void> {
        const Uuid session = co_await traced(world, node, "SELECT * FROM t");
        const auto rows = co_await rows_of(
            statements,
            "SELECT client, command, request, coordinator, parameters['query'], parameters['page_size'], "
            "parameters['consistency_level'] FROM system_traces.sessions WHERE session_id = " +
                to_string(session));
        REQUIRE_EQ(rows.size(), 1);
        CHECK_EQ(rows.front(), Row{"'10.1.2.3'", "'QUERY'", "'Execute CQL3 query'", "'127.0.0.1'", "'SELECT * FROM t'",
                                   "'100'", "'ONE'"});
        const auto ended =
            co_await rows_of(statements, "SELECT duration, started_at FROM system_traces.sessions WHERE session_id = " +
                                             to_string(session));
        CHECK_NE(ended.front()[0], "null");
        CHECK_NE(ended.front()[1], "null");
        const std::string told = co_await activities_of(statements, session);
        CHECK(told.contains("Parsing SELECT * FROM t"));
        CAPTURE(told);
        CHECK(told.contains("Read 1 live rows and "));
        CHECK(told.contains(" tombstones of 2 partitions from "));
      });
  }

  TEST_CASE("a traced read says which sstables it looked into and which their filters spared it") {
    with_node(1, [](sim::SimWorld& world, Node& node, StatementNode& statements) -> Task<void> {
      const TableId table = node.catalog().schema()->table("test", "t")->id;
      for (const char* more : {"INSERT INTO t (k, v) VALUES (7, 'c')", "INSERT INTO t (k, v) VALUES (1, 'd')"}) {
        REQUIRE((co_await node.shards()[ShardId{0}].engine.flush(table)).has_value());
        REQUIRE((co_await statements.run(more, {}, std::nullopt)).has_value());
      }
      const Uuid session = co_await traced(world, node, "SELECT * FROM t WHERE k = 1");
      const std::string told = co_await activities_of(statements, session);
      CAPTURE(told);
      CHECK(told.contains("Read 1 live rows and 0 tombstones of 1 partitions from 1 memtables and 1 sstables; "));
    });
  }

  TEST_CASE("a traced write tells when the commit log had it and when it could be seen") {
    with_node(1, [](sim::SimWorld& world, Node& node, StatementNode& statements) -> Task<void> {
      const Uuid session = co_await traced(world, node, "INSERT INTO t (k, v) VALUES (3, 'x')");
      const std::string told = co_await activities_of(statements, session);
      const size_t logged = told.find("Appending to the commit log"),
                   seen = told.find("In the commit log and the memtable");
      CHECK_NE(logged, std::string::npos);
      CHECK_NE(seen, std::string::npos);
      CHECK(logged < seen);
      CHECK_EQ((co_await rows_of(statements, "SELECT v FROM t WHERE k = 3")).size(), 1);
    });
  }

  TEST_CASE("traces are gone after a day, and more of them than can be stored are dropped") {
    with_node(3, [](sim::SimWorld& world, Node& node, StatementNode& statements) -> Task<void> {
      ClientState client;
      for (uint32_t i = 0; i < 3 * kTracesWritingMax; ++i)
        node.processor(ShardId{0}).end_trace(node.processor(ShardId{0}).begin_trace(client));
      Event pause;
      co_await pause.wait_until(world.clock.now() + seconds(1));
      const char* all = "SELECT session_id FROM system_traces.sessions";
      const size_t stored = (co_await rows_of(statements, all)).size();
      CHECK(stored >= kTracesWritingMax);
      CHECK(stored < 3 * kTracesWritingMax);  // those of this shard's own tokens are stored at once
      co_await pause.wait_until(world.clock.now() + seconds(86401));
      CHECK((co_await rows_of(statements, all)).empty());
    });
  }
}
