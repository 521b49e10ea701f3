// Catalog: the schema of the ring, changed by commands one after the other. The executor it was opened on owns it; each
// shard holds its own reference to the newest snapshot (Shard::schema), set before a proposal returns.
//
// A command is durable before anything is done about it. After a crash between the two, the start carries it out.
#pragma once

#include <functional>
#include <memory>

#include "core/env/event.h"
#include "core/env/task.h"
#include "core/local/local_store.h"
#include "core/meta/catalog_command.h"

namespace ringlet {

class Catalog {
 public:
  // Carries a change out on this node: tables made and dropped on every shard, then the snapshot handed to each. Only an
  // error of the medium may fail it; the command stays, and a restart tries again.
  using CarryOut = std::function<Task<Status>(SchemaRef before, SchemaRef after)>;

  // Loads what is stored. The first start has an empty schema.
  static Task<Result<std::unique_ptr<Catalog>>> open(LocalStore& local);

  SchemaRef schema() const { return schema_; }
  void on_change(CarryOut carry_out) { carry_out_ = std::move(carry_out); }

  // From any executor; resumes there. The new schema, durable and in force on every shard. Errc::busy: planned against
  // another version, plan again.
  Task<Result<SchemaRef>> propose(CatalogCommand command);

 private:
  Catalog(LocalStore& local, Executor& owner) : local_(local), owner_(owner) {}
  Task<Result<SchemaRef>> propose_here(CatalogCommand command);

  LocalStore& local_;
  Executor& owner_;
  SchemaRef schema_ = std::make_shared<Schema>();
  uint64_t commands_since_snapshot_ = 0;
  CarryOut carry_out_;
  Semaphore one_at_a_time_{1};
};

}  // namespace ringlet
