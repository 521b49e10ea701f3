// The engine's writes: durable first, visible then, many at a time.
#include <algorithm>

#include "core/data/keys.h"
#include "core/data/logged_mutation.h"
#include "core/storage/engine.h"
#include "core/storage/engine_state.h"

namespace ringlet {
namespace {

constexpr Duration kLookForSpaceEvery = seconds(1);

class AwaitedWrite final : public WriteWaiter {
 public:
  void written(const Status& status) override {
    status_ = status;
    done_ = true;
    if (waiting_) Executor::current()->post(waiting_);
  }
  bool await_ready() const { return done_; }
  void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
  Status await_resume() { return std::move(status_); }

 private:
  Status status_;
  bool done_ = false;
  std::coroutine_handle<> waiting_;
};

}  // namespace

Task<Status> Engine::apply(Mutation mutation, const RequestContext& context, bool promised) {
  if (!promised && local_.reserve().full()) {
    co_await look_for_space(local_, env_, space_look_at_);
    CO_TRY_STATUS(refuse_when_full(mutation));
  }
  if (held_back(mutation.table)) [[unlikely]]
    CO_TRY_STATUS(co_await keep_pace(mutation, context, promised));
  if (!has_room()) CO_TRY_STATUS(co_await wait_for_room(context));
  CO_TRY_STATUS(context.check());
  AwaitedWrite write;
  context.note("Appending to the commit log");
  CO_TRY_STATUS(join_group(mutation, write));
  Status written = co_await write;
  context.note(written ? "In the commit log and the memtable" : "The write failed");
  co_return written;
}

Status Engine::enter(const Mutation& mutation, WriteWaiter& waiter) {
  TRY_STATUS(refuse_when_full(mutation));
  if (held_back(mutation.table)) [[unlikely]]
    return fail(Errc::busy, "the table's writes wait for merges");
  return join_group(mutation, waiter);
}

Status Engine::join_group(const Mutation& mutation, WriteWaiter& waiter) {
  const StoreRef store = find(mutation.table);
  if (!store) return fail(Errc::invalid, "the table of this write does not exist any more");
  if (stopping_) return fail(Errc::cancelled, "the node stops");
  if (!store->table->durable_writes) {
    Bytes encoded;
    ByteWriter out(encoded);
    encode_mutation_body(mutation, out);
    make_visible(*store, encoded, mutation.token);
    relieve_memory();
    waiter.written({});
    return {};
  }
  if (filling_.empty()) write_wanted_.notify_all();
  filling_.add(mutation, store, waiter);
  return {};
}

Task<void> look_for_space(LocalStore& local, Env& env, Instant& look_at) {
  if (!local.reserve().full() || look_at > env.clock.now()) co_return;
  look_at = env.clock.now() + kLookForSpaceEvery;
  co_await local.look_for_space(env);
}

Status Engine::refuse_when_full(const Mutation& mutation) {
  if (!local_.reserve().full()) [[likely]]
    return {};
  if (mutation.only_deletes()) return {};
  flush_wanted_.notify_all();  // to look whether it still is
  return fail(local_.reserve().refusal());
}

// What arrives while a group is at the log makes the next one.
Task<void> Engine::write_loop() {
  for (;;) {
    while (filling_.empty()) {
      if (stopping_) co_return;
      co_await write_wanted_.wait();
    }
    std::swap(filling_, at_log_);
    const Status status = co_await log_->append(at_log_.records(), shard_);
    finish(at_log_, status);
    at_log_.clear();
  }
}

void Engine::finish(WriteGroup& group, const Status& status) {
  constexpr size_t kAhead = 4;
  const auto expect = [&group](size_t i, bool near) {
    if (i < group.writes().size()) (*group.writes()[i].store)->active->expect(group.writes()[i].token, near);
  };
  for (size_t i = 0; i < group.writes().size(); ++i) {
    expect(i + 2 * kAhead, false);
    expect(i + kAhead, true);
    const WriteGroup::Write& write = group.writes()[i];
    if (!status) {
      write.waiter->written(status);
      continue;
    }
    const LogAppend& logged = group.answers()[i];
    TableStore& store = **write.store;
    if (store.dropped) {
      log_->release(logged.table, shard_, {{logged.end.segment, logged.record.size()}});
      write.waiter->written(fail(Errc::invalid, "the table of this write was dropped meanwhile"));
      continue;
    }
    make_visible(store, logged.record, write.token);
    store.active->use_log(logged.end, logged.record.size());
    write.waiter->written({});
  }
  relieve_memory();
}

void Engine::make_visible(TableStore& store, BytesView encoded, Token token) {
  MutationReader mutation(encoded);
  prefix_.clear();
  append_partition_prefix(token, mutation.partition_key, prefix_);
  Memtable& memtable = *store.active;
  const size_t before = memtable.bytes();
  last_ = Sequence{last_.raw + 1};
  memtable.apply(mutation, prefix_, last_, newest_pin());
  active_bytes_ += memtable.bytes() - before;
  if (store.rows->on()) store.rows->written(prefix_);
  ++counts_.writes;
  counts_.user_bytes += encoded.size();
}

void Engine::relieve_memory() {
  while (active_bytes_ >= options_.memtable_bytes / 2) {
    TableStore* largest = nullptr;
    for (const auto& [id, store] : tables_)
      if (!store->active->empty() && (largest == nullptr || store->active->bytes() > largest->active->bytes()))
        largest = store.get();
    if (largest == nullptr) return;  // what counts belongs to a table that is being dropped
    freeze(*largest);
    want_flush(*largest);
  }
}

Task<Status> Engine::wait_for_room(const RequestContext& context) {
  while (active_bytes_ + frozen_bytes_ >= options_.memtable_bytes) {
    for (const auto& [id, store] : tables_)
      if (store->flush_error)
        co_return fail(store->flush_error->code,
                       "memtables are full and cannot be flushed: " + store->flush_error->detail);
    CO_TRY_STATUS(context.check());
    relieve_memory();
    if (!co_await flush_done_.wait_until(context.deadline))
      co_return fail(Errc::overloaded, "memtables are full: flushing does not keep up with writing");
  }
  co_return Status{};
}

void Engine::freeze(TableStore& store) {
  if (store.active->empty()) return;
  store.read_credits.take_back(store.active->bytes());
  active_bytes_ -= store.active->bytes();
  frozen_bytes_ += store.active->bytes();
  store.frozen.push_back(std::exchange(store.active, std::make_shared<Memtable>(store.table)));
  active_bytes_ += store.active->bytes();
}

}  // namespace ringlet
