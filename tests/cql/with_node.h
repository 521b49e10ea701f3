// A test's work on a whole node of a simulated world, in the keyspace `test`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/cql/statement_node.h"
#include "tests/sim/sim_world.h"

namespace ringlet::cqltest {

struct NodeScene {
  sim::SimWorld& world;
  Node& node;
  StatementNode& statements;

  Task<std::vector<Row>> rows(std::string cql);  // of a statement that must succeed
  Task<Error> error(std::string cql);            // of a statement that must fail
  Task<void> pass(Duration time);
};

struct SceneOptions {
  size_t shards = 1;
  size_t memory_bytes = 128u << 20;
  std::vector<std::string> setup;  // statements
  TombstoneBounds tombstones = {};
};
void with_node(SceneOptions options, const std::function<Task<void>(NodeScene&)>& work);

}  // namespace ringlet::cqltest
