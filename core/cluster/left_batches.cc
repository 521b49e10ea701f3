#include "core/cluster/left_batches.h"

namespace ringlet {
namespace {

constexpr Duration kTryEvery = seconds(1);
constexpr Duration kPatience = seconds(2);   // of one batch: a stop waits behind it
constexpr Duration kLookAgain = millis(10);  // at a full mailbox
constexpr size_t kFailuresARound = 4;

}  // namespace

Task<void> LeftBatches::keep() {
  while (!stopping_)
    if (!co_await stopped_.wait_until(env_.clock.now() + kTryEvery)) co_await apply_once();
}

void LeftBatches::stop() {
  stopping_ = true;
  stopped_.notify_all();
}

Task<void> LeftBatches::apply_once() {
  for (uint16_t s = 0; s < shards_.count() && !stopping_; ++s) (void)co_await apply_of(ShardId{s});  // or next time
}

Task<Status> LeftBatches::apply_of(ShardId shard) {
  std::vector<LoggedBatch> batches;
  auto take = [&batches](Shard& owner) -> Task<Status> {
    batches = owner.engine.take_left_batches();
    co_return Status{};
  };
  CO_TRY_STATUS(co_await shards_.run_on(shard, take));
  // Those that fail go behind the others, so that one alone keeps none from its turn.
  std::vector<LoggedBatch> applied, failed;
  size_t tried = 0;
  while (tried < batches.size() && failed.size() < kFailuresARound && !stopping_) {
    LoggedBatch& batch = batches[tried++];
    const Status whole = co_await apply(batch);
    (whole ? applied : failed).push_back(std::move(batch));
  }
  auto settle = [&](Shard& owner) -> Task<Status> {
    for (LoggedBatch& batch : applied) owner.engine.finish_batch(std::move(batch));
    for (size_t i = tried; i < batches.size(); ++i) owner.engine.leave_batch(std::move(batches[i]));
    for (LoggedBatch& batch : failed) owner.engine.leave_batch(std::move(batch));
    co_return Status{};
  };
  while (!co_await shards_.run_on(shard, settle)) co_await stopped_.wait_until(env_.clock.now() + kLookAgain);
  co_return Status{};
}

Task<Status> LeftBatches::apply(const LoggedBatch& batch) {
  CO_TRY(auto decoded, decode_batch(batch.record));
  RequestContext context{env_.clock};
  context.deadline = env_.clock.now() + kPatience;
  for (Mutation& mutation : std::get<BatchBegun>(decoded).mutations) {
    const ShardId owner = shards_.owner_of(mutation.token);
    auto again = [&](Shard& shard) { return shard.engine.apply_again(std::move(mutation), batch.begun, context); };
    CO_TRY_STATUS(co_await shards_.run_on(owner, again));
  }
  co_return Status{};
}

}  // namespace ringlet
