#include "tests/cql/with_node.h"

#include "core/base/must.h"

namespace ringlet::cqltest {

Task<std::vector<Row>> NodeScene::rows(std::string cql) {
  const auto answer = co_await statements.run(cql, {}, std::nullopt);
  if (!answer) must_failed((cql.substr(0, 200) + ": " + answer.error().detail).c_str(), __FILE__, __LINE__);
  co_return answer->rows;
}

Task<Error> NodeScene::error(std::string cql) {
  const auto answer = co_await statements.run(cql, {}, std::nullopt);
  if (answer) must_failed((cql.substr(0, 200) + ": succeeded").c_str(), __FILE__, __LINE__);
  co_return answer.error();
}

Task<void> NodeScene::pass(Duration time) {
  Event nothing;
  co_await nothing.wait_until(world.clock.now() + time);
}

static Task<void> on_node(sim::SimWorld& world, const SceneOptions& options,
                          const std::function<Task<void>(NodeScene&)>& work) {
  NodeOptions node_options;
  node_options.memory_bytes = options.memory_bytes;
  node_options.info.tombstones = options.tombstones;
  auto node = co_await Node::start(world.env, std::move(node_options));
  MUST(node.has_value());
  StatementNode statements(**node);
  NodeScene scene{world, **node, statements};
  (void)co_await scene.rows(
      "CREATE KEYSPACE test WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  (void)co_await scene.rows("USE test");
  for (const std::string& statement : options.setup) (void)co_await scene.rows(statement);
  co_await work(scene);
  const Instant deadline = world.clock.now() + seconds(60);
  MUST((co_await (*node)->stop(deadline)).has_value());
}

void with_node(SceneOptions options, const std::function<Task<void>(NodeScene&)>& work) {
  const sim::Scenario scenario = [&](sim::SimWorld& world) { return on_node(world, options, work); };
  sim::WorldOptions world;
  world.shards = options.shards;
  sim::run_sim(1, world, scenario);
}

}  // namespace ringlet::cqltest
