#include "core/cluster/coordinator.h"

#include "core/cluster/remote_read.h"
#include "core/data/keys.h"

namespace ringlet {
namespace {

constexpr uint32_t kAlive = 1;  // a ring of one: every partition has one live replica, this node

class LocalRead final : public CoordinatedRead {
 public:
  explicit LocalRead(std::unique_ptr<EngineRead> read) : read_(std::move(read)) {}
  FragmentStream& stream() override { return read_->stream(); }
  Task<void> close() override {
    read_.reset();
    co_return;
  }

 private:
  std::unique_ptr<EngineRead> read_;
};

}  // namespace

Task<Status> Coordinator::write(Mutation mutation, const Keyspace& keyspace, Consistency level,
                                const RequestContext& context, bool promised) {
  CO_TRY_STATUS(check_write(level, replication_factor(keyspace.replication), kAlive));
  const ShardId owner = shards_.owner_of(mutation.token);
  auto apply = [&](Shard& shard) { return shard.engine.apply(std::move(mutation), context, promised); };
  co_return co_await shards_.run_on(owner, apply);
}

bool Coordinator::write_here(const Mutation& mutation, uint32_t replication_factor, Consistency level,
                             WriteWaiter& waiter) {
  Engine& engine = home().engine;
  return shards_.owner_of(mutation.token) == home_ && engine.has_room() &&
         check_write(level, replication_factor, kAlive) && engine.enter(mutation, waiter);
}

Task<Status> Coordinator::write_all(std::vector<Mutation> mutations, const Keyspace& keyspace, Consistency level,
                                    bool logged, const RequestContext& context) {
  std::optional<LoggedBatch> record;
  if (logged) {
    const Uuid id = time_uuid(ticks_of(home().stamps.next()), home_.raw);
    CO_TRY(record, co_await home().engine.log_batch(mutations, id, context));
  }
  // After this line every part must be tried: a batch that is in the log is carried out, if not now then at the next start.
  Status status;
  for (Mutation& mutation : mutations) {
    const Status written = co_await write(std::move(mutation), keyspace, level, context, logged);
    if (!written && status) status = written;
  }
  if (record && status) home().engine.finish_batch(*std::move(record));
  if (record && !status) home().engine.leave_batch(*std::move(record));
  co_return status;
}

size_t Coordinator::scan_bytes(const Table& table) {
  constexpr size_t kBlocksBytes = 32u << 10, kFragmentsBytes = 256u << 10;
  const size_t travelling = shards_.count() > 1 ? kFragmentsBytes : 0;
  const size_t files = home().engine.sstables(table.id);
  return shards_.count() * (files * (kBlocksBytes + ahead_bytes_of(files)) + travelling);
}

Task<Result<std::unique_ptr<CoordinatedRead>>> Coordinator::read(const Table& table, const ReadRange& range,
                                                                 const Keyspace& keyspace, Consistency level,
                                                                 uint32_t rows_hint, const RequestContext& context) {
  CO_TRY_STATUS(check_read(level, replication_factor(keyspace.replication), kAlive));
  if (range.one_partition) {
    const auto biased = load_big<uint64_t>(range.first_prefix.data());
    const ShardId owner = shards_.owner_of(Token{static_cast<int64_t>(biased ^ (uint64_t{1} << 63))});
    if (owner != home_) co_return read_from_others(shards_, table.id, range, owner, rows_hint);
  } else if (shards_.count() > 1) {
    co_return read_from_others(shards_, table.id, range, std::nullopt, rows_hint);
  }
  CO_TRY(auto read, co_await home().engine.read_in_turn(table.id, range, context));
  co_return std::make_unique<LocalRead>(std::move(read));
}

std::unique_ptr<EngineRead> Coordinator::read_here(TableId table, Token token, const ReadRange& range) {
  if (shards_.owner_of(token) != home_) return nullptr;
  auto read = home().engine.read(table, range);
  return read ? *std::move(read) : nullptr;
}

}  // namespace ringlet
