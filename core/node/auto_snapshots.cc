#include "core/node/auto_snapshots.h"

#include <algorithm>
#include <charconv>

#include "core/base/limits.h"
#include "core/node/snapshot_folder.h"

namespace ringlet {
namespace {

constexpr Duration kLookEvery = seconds(300);

}  // namespace

std::vector<AutoSnapshot> auto_snapshots(const std::vector<std::string>& names) {
  std::vector<AutoSnapshot> found;
  for (const std::string& name : names) {
    if (!is_auto_snapshot(name)) continue;
    AutoSnapshot one{name};
    const char* digits = name.data() + name.find('-') + 1;
    if (std::from_chars(digits, name.data() + name.size(), one.taken_ms).ec == std::errc{}) found.push_back(one);
  }
  std::ranges::sort(found, {}, &AutoSnapshot::taken_ms);
  return found;
}

size_t outlived(const std::vector<AutoSnapshot>& oldest_first, int64_t now_ms, uint32_t hours) {
  const auto old = std::ranges::count_if(
      oldest_first, [&](const AutoSnapshot& one) { return now_ms - one.taken_ms >= int64_t{hours} * 3600000; });
  const size_t too_many = oldest_first.size() - std::min(oldest_first.size(), kAutoSnapshotsMax);
  return std::max(static_cast<size_t>(old), too_many);
}

bool is_short_of_space(const DiskSpace& space) { return space.free_bytes < space.total_bytes / 8; }

Task<Result<DiskSpace>> AutoSnapshots::space() {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  auto found = env_.disk.space();
  co_await home.hop();
  co_return found;
}

Task<bool> AutoSnapshots::holds_anything(const TableScope& scope) {
  bool any = false;
  const auto ids = snapshots_.tables_in(scope);
  if (!ids) co_return false;  // the statement itself says what is wrong
  auto ask = [&](Shard& shard) -> Task<Status> {
    const auto counts = shard.engine.table_counts();
    for (const TableRef& table : *ids)
      if (const auto at = counts.find(table->id); at != counts.end())
        any = any || at->second.sstables + at->second.memtable_partitions > 0;
    co_return Status{};
  };
  any = !co_await shards_.run_on_all(ask) || any;
  co_return any;
}

Task<Status> AutoSnapshots::before(const char* what, TableScope scope) {
  if (hours_ == 0) co_return Status{};
  if (!co_await holds_anything(scope)) co_return Status{};
  if (const auto now = co_await space(); now && is_short_of_space(*now)) co_return Status{};
  const std::string name = std::string(what) + "-" + std::to_string(env_.clock.wall().raw / 1000) + "-" +
                           (scope.table.empty() ? scope.keyspace : scope.table);
  const Status taken = co_await snapshots_.take_in_turn(name, scope);
  if (!taken && taken.error().code != Errc::exists)  // a moment ago
    co_return fail(taken.error().code,
                   "the snapshot that is taken before data goes (auto-snapshot-hours) failed: " + taken.error().detail);
  co_await remove_outlived();
  co_return Status{};
}

Task<void> AutoSnapshots::remove_outlived() {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  const auto names = snapshot_names(env_.disk);
  co_await home.hop();
  if (!names) co_return;
  const std::vector<AutoSnapshot> all = auto_snapshots(*names);
  const size_t old = outlived(all, env_.clock.wall().raw / 1000, hours_);
  for (size_t i = 0; i < all.size() && !stopping_; ++i) {
    if (i >= old) {
      const auto now = co_await space();
      if (!now || !is_short_of_space(*now)) co_return;
    }
    if (!co_await snapshots_.remove(all[i].name)) co_return;  // busy: at the next look
  }
}

Task<void> AutoSnapshots::keep() {
  while (!stopping_) {
    co_await remove_outlived();
    if (!stopping_) co_await stopped_.wait_until(env_.clock.now() + kLookEvery);
  }
}

void AutoSnapshots::set_hours(uint32_t hours) {
  hours_ = hours;
  stopped_.notify_all();
}

void AutoSnapshots::stop() {
  stopping_ = true;
  stopped_.notify_all();
}

}  // namespace ringlet
