#include "core/shard/key_locks.h"

#include "core/base/must.h"

namespace ringlet {

Task<Result<KeyLocks::Guard>> KeyLocks::lock(Bytes key, const RequestContext& context) {
  const auto [entry, made] = held_.try_emplace(key);
  if (!made) {
    const auto waiter = entry->second.emplace(entry->second.end());
    while (!waiter->has_it) {
      const bool notified = co_await waiter->granted.wait_until(context.deadline);
      if (waiter->has_it) break;  // granted in the same moment the deadline passed: the lock is ours
      if (!notified) {
        entry->second.erase(waiter);
        co_return fail(Errc::timeout, "waited past the deadline for another write of the same partition");
      }
    }
    entry->second.erase(waiter);
  }
  co_return Guard(this, std::move(key));
}

void KeyLocks::unlock(const Bytes& key) {
  const auto entry = held_.find(key);
  MUST(entry != held_.end());
  for (Waiter& waiter : entry->second) {
    if (waiter.has_it) continue;
    waiter.has_it = true;  // the entry stays: it is this waiter's now
    waiter.granted.notify_all();
    return;
  }
  held_.erase(entry);
}

}  // namespace ringlet
