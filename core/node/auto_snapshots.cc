#include "core/node/auto_snapshots.h"

#include <algorithm>
#include <charconv>

#include "core/base/limits.h"
#include "core/node/snapshot_folder.h"

namespace ringlet {
namespace {

constexpr Duration kLookEvery = seconds(300);
constexpr const char* kAges = "auto-snapshot-ages";

}  // namespace

Bytes encode_ages(const SnapshotAges& ages) {
  Bytes bytes;
  ByteWriter out(bytes);
  for (const auto& [name, age_ms] : ages) {
    out.sized_bytes(name);
    out.signed_vint(age_ms);
  }
  return bytes;
}

SnapshotAges decode_ages(BytesView bytes) {
  SnapshotAges ages;
  for (ByteReader in(bytes); !in.done();) {
    const std::string name(in.sized_bytes());
    const int64_t age_ms = in.signed_vint();
    if (in.bad()) break;
    if (age_ms > 0) ages[name] = age_ms;
  }
  return ages;
}

std::vector<AutoSnapshot> auto_snapshots(const std::vector<std::string>& names, const SnapshotAges& ages) {
  std::vector<AutoSnapshot> found;
  for (const std::string& name : names) {
    if (!is_auto_snapshot(name)) continue;
    AutoSnapshot one{name};
    if (const auto at = ages.find(name); at != ages.end()) one.age_ms = at->second;
    const char* digits = name.data() + name.find('-') + 1;
    if (std::from_chars(digits, name.data() + name.size(), one.taken_ms).ec == std::errc{}) found.push_back(one);
  }
  std::ranges::sort(found, [](const AutoSnapshot& a, const AutoSnapshot& b) {  // the clock may have been set back
    return a.age_ms != b.age_ms ? a.age_ms > b.age_ms : a.taken_ms < b.taken_ms;
  });
  return found;
}

size_t outlived(const std::vector<AutoSnapshot>& oldest_first, uint32_t hours) {
  const auto old = std::ranges::count_if(
      oldest_first, [&](const AutoSnapshot& one) { return one.age_ms >= int64_t{hours} * 3600000; });
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

Task<Status> AutoSnapshots::begin() {
  CO_TRY(const auto stored, co_await local_.setting(kAges));
  if (stored) ages_ = decode_ages(*stored);
  co_return Status{};
}

std::vector<AutoSnapshot> AutoSnapshots::aged(const std::vector<std::string>& names) {
  const Instant now = env_.clock.now();
  const int64_t passed_ms = (now - looked_).nanos / 1000000;
  looked_ = looked_ + millis(passed_ms);
  SnapshotAges ages;
  for (const std::string& name : names) {
    if (!is_auto_snapshot(name)) continue;
    const auto known = ages_.find(name);
    ages[name] = known == ages_.end() ? 0 : known->second + passed_ms;
  }
  ages_ = std::move(ages);
  return auto_snapshots(names, ages_);
}

Task<void> AutoSnapshots::remove_outlived() {
  Executor& home = *Executor::current();
  co_await env_.background.hop();
  const auto names = snapshot_names(env_.disk);
  co_await home.hop();
  if (!names) co_return;
  const std::vector<AutoSnapshot> all = aged(*names);
  if (!ages_.empty())
    co_await local_.remember(kAges, encode_ages(ages_));  // what a crash forgets of it is kept for longer
  const size_t old = outlived(all, hours_);
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
