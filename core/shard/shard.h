// Shard: one core's share of the node: its executor, its engine, its clock and locks. Nothing in it is touched by another
// thread; who needs it hops over with Shards::run_on.
#pragma once

#include <atomic>
#include <memory>
#include <type_traits>
#include <vector>

#include "core/base/limits.h"
#include "core/data/shard_of.h"
#include "core/shard/key_locks.h"
#include "core/shard/request_counts.h"
#include "core/shard/stamps.h"
#include "core/storage/engine.h"

namespace ringlet {

struct Shard {
  Shard(Env& env, ShardId shard, uint16_t shard_count, LocalStore& local, EngineOptions options)
      : id(shard),
        executor(*env.shards[shard.raw]),
        engine(env, shard, shard_count, local, options),
        stamps(env.clock, shard, shard_count) {}

  const ShardId id;
  Executor& executor;
  Engine engine;
  KeyLocks locks;
  Stamps stamps;
  RequestCounts requests;             // that arrived here
  SchemaRef schema;                   // the newest snapshot; requests keep the one they began with
  std::atomic<uint32_t> visitors{0};  // requests of other shards that are here or on their way: bounded
};

// All shards of the node. A request that arrives on one shard for another hops once, works there, and hops back.
class Shards {
 public:
  explicit Shards(std::vector<std::unique_ptr<Shard>> shards) : shards_(std::move(shards)) {}

  uint16_t count() const { return static_cast<uint16_t>(shards_.size()); }
  Shard& operator[](ShardId id) { return *shards_[id.raw]; }
  ShardId owner_of(Token token) const { return shard_of(token, count()); }

  // Runs `work(Shard&)`, which returns a Task<Result<...>>, on that shard and resumes here. `work` outlives the call.
  // Errc::overloaded when too many others are on their way there.
  template <class Work>
  auto run_on(ShardId id, Work& work) -> std::invoke_result_t<Work&, Shard&> {
    Shard& shard = *shards_[id.raw];
    if (shard.executor.is_current()) co_return co_await work(shard);
    Executor& home = *Executor::current();
    if (shard.visitors.fetch_add(1, std::memory_order_relaxed) >= kShardRequestsMax) {
      shard.visitors.fetch_sub(1, std::memory_order_relaxed);
      co_return fail(Errc::overloaded, "shard " + std::to_string(id.raw) + " has too many requests on their way to it");
    }
    co_await shard.executor.hop();
    auto result = co_await work(shard);
    shard.visitors.fetch_sub(1, std::memory_order_relaxed);
    co_await home.hop();
    co_return result;
  }

  // On every shard, one after the other; the first error ends it.
  template <class Work>
  Task<Status> run_on_all(Work& work) {
    for (const auto& shard : shards_) CO_TRY_STATUS(co_await run_on(shard->id, work));
    co_return Status{};
  }

 private:
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace ringlet
