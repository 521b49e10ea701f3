// Tracing: what a traced request leaves in system_traces.
#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/cql/with_node.h"

using namespace ringlet;
using namespace ringlet::cqltest;

namespace {

SceneOptions scene_with_rows(size_t shards) {
  return {.shards = shards,
          .setup = {"CREATE TABLE t (k int PRIMARY KEY, v text)", "INSERT INTO t (k, v) VALUES (1, 'a')",
                    "INSERT INTO t (k, v) VALUES (2, 'b')", "DELETE FROM t WHERE k = 2"}};
}

// Runs one request with a trace, as a session does, and returns the trace's id once it is stored.
Task<Uuid> traced(NodeScene& scene, std::string cql) {
  QueryProcessor& processor = scene.node.processor(ShardId{0});
  ClientState client;
  client.keyspace = "test";
  client.address = "10.1.2.3";
  auto trace = processor.begin_trace(client);
  const Uuid session = trace->session();
  RequestContext context{scene.world.clock};
  context.trace = trace.get();
  QueryOptions options;
  options.page_size = 100;
  (void)co_await processor.query(cql, options, client, context);
  processor.end_trace(std::move(trace));
  co_await scene.pass(millis(100));
  co_return session;
}

Task<std::string> activities(NodeScene& scene, Uuid session) {
  std::string all;
  for (const Row& row :
       co_await scene.rows("SELECT activity FROM system_traces.events WHERE session_id = " + to_string(session)))
    all += row.front() + "\n";
  co_return all;
}

}  // namespace

TEST_SUITE("tracing") {
  TEST_CASE("a traced read is told in system_traces: who asked what, how long it took, and what was looked at") {
    for (const size_t shards : {1, 3})
      with_node(scene_with_rows(shards), [](NodeScene& scene) -> Task<void> {
        const Uuid session = co_await traced(scene, "SELECT * FROM t");
        const std::string of_session = " FROM system_traces.sessions WHERE session_id = " + to_string(session);
        const auto rows = co_await scene.rows(
            "SELECT client, command, request, coordinator, parameters['query'], parameters['page_size'], "
            "parameters['consistency_level']" +
            of_session);
        REQUIRE_EQ(rows.size(), 1);
        CHECK_EQ(rows.front(), Row{"'10.1.2.3'", "'QUERY'", "'Execute CQL3 query'", "'127.0.0.1'", "'SELECT * FROM t'",
                                   "'100'", "'ONE'"});
        const auto ended = co_await scene.rows("SELECT duration, started_at" + of_session);
        CHECK_NE(ended.front()[0], "null");
        CHECK_NE(ended.front()[1], "null");
        const std::string told = co_await activities(scene, session);
        CAPTURE(told);
        CHECK(told.contains("Parsing SELECT * FROM t"));
        CHECK(told.contains("Read 1 live rows and "));
        CHECK(told.contains(" tombstones of 2 partitions from "));
      });
  }

  TEST_CASE("a traced read says how many memtables and sstables it looked into") {
    with_node(scene_with_rows(1), [](NodeScene& scene) -> Task<void> {
      const TableId table = scene.node.catalog().schema()->table("test", "t")->id;
      for (const char* more : {"INSERT INTO t (k, v) VALUES (7, 'c')", "INSERT INTO t (k, v) VALUES (1, 'd')"}) {
        REQUIRE((co_await scene.node.shards()[ShardId{0}].engine.flush(table)).has_value());
        (void)co_await scene.rows(more);
      }
      const Uuid session = co_await traced(scene, "SELECT * FROM t WHERE k = 1");
      const std::string told = co_await activities(scene, session);
      CAPTURE(told);
      CHECK(told.contains("Read 1 live rows and 0 tombstones of 1 partitions from 1 memtables and 1 sstables; "));
    });
  }

  TEST_CASE("a traced read tells how many dead rows and cells it met") {
    with_node(scene_with_rows(1), [](NodeScene& scene) -> Task<void> {
      for (const char* more : {"DELETE v FROM t WHERE k = 1", "INSERT INTO t (k, v) VALUES (3, null)"})
        (void)co_await scene.rows(more);
      const Uuid session = co_await traced(scene, "SELECT * FROM t");
      const std::string told = co_await activities(scene, session);
      CAPTURE(told);
      CHECK(told.contains("Read 2 live rows and 3 tombstones of 3 partitions from "));
    });
  }

  TEST_CASE("a traced read that fails for its tombstones tells how many it had met") {
    SceneOptions options = scene_with_rows(1);
    options.tombstones = {.warn = 1, .fail = 2};
    with_node(options, [](NodeScene& scene) -> Task<void> {
      for (const char* more : {"INSERT INTO t (k, v) VALUES (1, null)", "INSERT INTO t (k, v) VALUES (2, null)",
                               "INSERT INTO t (k, v) VALUES (3, null)"})
        (void)co_await scene.rows(more);
      const Uuid session = co_await traced(scene, "SELECT * FROM t");
      const std::string told = co_await activities(scene, session);
      CAPTURE(told);
      CHECK(told.contains(" and 3 tombstones of 2 partitions"));
    });
  }

  TEST_CASE("a traced write tells when it went to the commit log and when it could be seen") {
    with_node(scene_with_rows(1), [](NodeScene& scene) -> Task<void> {
      const Uuid session = co_await traced(scene, "INSERT INTO t (k, v) VALUES (3, 'x')");
      const std::string told = co_await activities(scene, session);
      const size_t logged = told.find("Appending to the commit log");
      const size_t seen = told.find("In the commit log and the memtable");
      CHECK_NE(logged, std::string::npos);
      CHECK_NE(seen, std::string::npos);
      CHECK(logged < seen);
      CHECK_EQ((co_await scene.rows("SELECT v FROM t WHERE k = 3")).size(), 1);
    });
  }

  TEST_CASE("traces are gone after a day, and more of them than can be stored at a time are dropped") {
    with_node(scene_with_rows(3), [](NodeScene& scene) -> Task<void> {
      QueryProcessor& processor = scene.node.processor(ShardId{0});
      const ClientState client;
      for (uint32_t i = 0; i < 3 * kTracesWritingMax; ++i) processor.end_trace(processor.begin_trace(client));
      co_await scene.pass(seconds(1));
      const char* all = "SELECT session_id FROM system_traces.sessions";
      const size_t stored = (co_await scene.rows(all)).size();
      CHECK(stored >= kTracesWritingMax);
      CHECK(stored < 3 * kTracesWritingMax);  // those of this shard's own tokens are stored at once
      co_await scene.pass(seconds(86401));
      CHECK((co_await scene.rows(all)).empty());
    });
  }
}
