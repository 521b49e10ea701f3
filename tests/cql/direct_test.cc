// The short way of prepared statements: it answers what the long way answers, or declines.
#include <doctest/doctest.h>

#include <functional>

#include "tests/cql/statement_node.h"
#include "tests/sim/sim_world.h"

using namespace ringlet;
using namespace ringlet::cqltest;

namespace {

using Work = std::function<Task<void>(sim::SimWorld&, Node&, StatementNode&)>;

Task<void> on_node(sim::SimWorld& world, const Work& work) {
  NodeOptions options;
  options.memory_bytes = 128u << 20;
  auto node = co_await Node::start(world.env, std::move(options));
  REQUIRE(node.has_value());
  StatementNode statements(**node);
  co_await work(world, **node, statements);
  const Instant deadline = world.clock.now() + seconds(60);
  CHECK((co_await (*node)->stop(deadline)).has_value());
}

void with_node(const Work& work) {
  const sim::Scenario scenario = [&](sim::SimWorld& world) { return on_node(world, work); };
  sim::run_sim(1, sim::WorldOptions{}, scenario);
}

Task<void> run_all(StatementNode& statements, std::vector<const char*> texts) {
  for (const char* text : texts) {
    const auto done = co_await statements.run(text, {}, std::nullopt);
    REQUIRE_MESSAGE(done.has_value(), std::string(text) << ": " << done.error().detail);
  }
}

class Told final : public WriteWaiter {
 public:
  void written(const Status& status) override {
    outcome = status;
    told.notify_all();
  }
  std::optional<Status> outcome;
  Event told;
};

Bytes int_bytes(int32_t value) {
  Bytes bytes;
  ByteWriter(bytes).big<int32_t>(value);
  return bytes;
}

struct Prepared {
  Prepared(sim::SimWorld& w, Node& node) : world(w), processor(node.processor(ShardId{0})), context{w.clock} {
    client.keyspace = "test";
  }
  Task<Bytes> prepare(std::string text) {
    const auto result = co_await processor.prepare(text, std::nullopt, client, context);
    REQUIRE_MESSAGE(result.has_value(), text << ": " << result.error().detail);
    co_return std::get<PreparedResult>(result->body).id;
  }
  static QueryOptions bound(const std::vector<Bytes>& values) {
    QueryOptions options;
    for (const Bytes& value : values) options.values.push_back({BoundValue::Kind::bytes, value});
    return options;
  }

  sim::SimWorld& world;
  QueryProcessor& processor;
  ClientState client;
  RequestContext context;
  Told told;
  RowsResult rows;
};

Task<void> compare_reads(sim::SimWorld& world, Node& node, StatementNode& statements) {
  co_await run_all(
      statements,
      {"CREATE KEYSPACE test WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "USE test",
       "CREATE TABLE t (k int, c decimal, s int static, v text, m map<int, int>, n int, PRIMARY KEY (k, c))",
       "INSERT INTO t (k, c, s, v, m, n) VALUES (1, 1.5, 10, 'a', {1: 2}, 7)",
       "INSERT INTO t (k, c, v) VALUES (1, 1.50, 'b')", "INSERT INTO t (k, c) VALUES (1, 2)",
       "INSERT INTO t (k, s) VALUES (2, 20)", "INSERT INTO t (k, c, v) VALUES (3, 1, 'gone')",
       "DELETE FROM t WHERE k = 3", "INSERT INTO t (k, c, v, n) VALUES (4, 1, 'part', 1)",
       "DELETE n FROM t WHERE k = 4 AND c = 1", "INSERT INTO t (k, c, v) VALUES (5, 1, 'short') USING TTL 1000",
       "INSERT INTO t (k, c, v) VALUES (6, 1, 'x')", "DELETE FROM t WHERE k = 6 AND c > 0",
       "UPDATE t SET v = 'only a cell' WHERE k = 7 AND c = 1"});
  Prepared with(world, node);
  const char* const kTexts[] = {"SELECT * FROM t WHERE k = ? AND c = ?", "SELECT v, s FROM t WHERE k = ? AND c = ?",
                                "SELECT s, n FROM t WHERE k = ? AND c = ?", "SELECT c, m FROM t WHERE c = ? AND k = ?"};
  std::vector<Bytes> clustering;
  for (const BytesView bytes : {BytesView("\0\0\0\1\x0F", 5), BytesView("\0\0\0\2\0\x96", 6),
                                BytesView("\0\0\0\0\1", 5), BytesView("\0\0\0\0\2", 5), BytesView("\0\0\0\0\x63", 5)})
    clustering.emplace_back(bytes);
  int direct = 0;
  for (const bool flushed : {false, true}) {
    if (flushed) {
      const auto tables = node.shards()[ShardId{0}].engine.table_counts();
      for (const auto& [id, counts] : tables) CHECK((co_await node.shards()[ShardId{0}].engine.flush(id)).has_value());
    }
    for (const std::string text : kTexts) {
      const Bytes id = co_await with.prepare(text);
      const bool key_last = text.contains("WHERE c");
      for (int32_t k = 0; k < 8; ++k)
        for (const Bytes& c : clustering) {
          const std::vector<Bytes> values = key_last ? std::vector{c, int_bytes(k)} : std::vector{int_bytes(k), c};
          const QueryOptions options = Prepared::bound(values);
          const auto expected = co_await with.processor.execute(id, options, with.client, with.context);
          if (!expected) FAIL_CHECK(expected.error().detail);
          if (!expected) continue;
          const auto how = with.processor.execute_directly(id, options, with.told, with.rows);
          if (how == QueryProcessor::Direct::declined) continue;
          ++direct;
          const auto& rows = std::get<RowsResult>(expected->body);
          CAPTURE(text);
          CAPTURE(k);
          CHECK_EQ(to_hex(with.rows.cells), to_hex(rows.cells));
          CHECK_EQ(with.rows.row_count, rows.row_count);
          CHECK_EQ(with.rows.metadata->id, rows.metadata->id);
          CHECK_FALSE(with.rows.paging_state.has_value());
        }
    }
  }
  CHECK_GT(direct, 100);
}

Task<void> write_directly(sim::SimWorld& world, Node& node, StatementNode& statements) {
  co_await run_all(
      statements,
      {"CREATE KEYSPACE test WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "USE test",
       "CREATE KEYSPACE fast WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND "
       "durable_writes = false",
       "CREATE TABLE t (k int PRIMARY KEY, v int)", "CREATE TABLE fast.t (k int PRIMARY KEY, v int)",
       "CREATE TABLE gone (k int PRIMARY KEY, v int)"});
  Prepared with(world, node);
  const auto write = [&with](Bytes id, int32_t k, int32_t v) -> Task<std::optional<Status>> {
    const std::vector<Bytes> values{int_bytes(k), int_bytes(v)};
    const QueryOptions options = Prepared::bound(values);
    with.told.outcome.reset();
    if (with.processor.execute_directly(id, options, with.told, with.rows) != QueryProcessor::Direct::entered)
      co_return std::nullopt;
    while (!with.told.outcome) co_await with.told.told.wait();
    co_return with.told.outcome;
  };
  for (const std::string table : {"t", "fast.t"}) {
    const Bytes id = co_await with.prepare("INSERT INTO " + table + " (k, v) VALUES (?, ?)");
    for (int32_t k = 0; k < 100; ++k) {
      const auto told = co_await write(id, k, k * 2);
      REQUIRE(told.has_value());
      CHECK(told->has_value());
    }
    const auto sum = co_await statements.run("SELECT count(*), sum(v) FROM " + table, {}, std::nullopt);
    REQUIRE(sum.has_value());
    CHECK_EQ(sum->rows.front(), Row{"100", "9900"});
  }
  const Bytes id = co_await with.prepare("INSERT INTO gone (k, v) VALUES (?, ?)");
  co_await run_all(statements, {"DROP TABLE gone"});
  CHECK_FALSE((co_await write(id, 1, 1)).has_value());
}

}  // namespace

TEST_SUITE("direct") {
  TEST_CASE("reading one row the short way gives what the long way gives, from memtables and from sstables") {
    with_node(compare_reads);
  }
  TEST_CASE("a write the short way is there once its waiter is told, and of a dropped table it is declined") {
    with_node(write_directly);
  }
}
