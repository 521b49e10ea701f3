#include "core/node/flash_meter.h"

namespace ringlet {
namespace {

constexpr const char* kSetting = "flash-day";
constexpr Duration kLookEvery = seconds(60);

}  // namespace

Task<Status> FlashMeter::begin() {
  CO_TRY(const auto stored, co_await of_.local.setting(kSetting));
  // Nothing but a count: one that cannot be read is begun anew.
  if (const auto day = FlashDay::decode(stored.value_or(Bytes{}))) day_ = *day;
  looked_at_ = of_.env.clock.now();
  begun_ = true;
  co_return co_await look();
}

WrittenBytes FlashMeter::written(const EngineCounts& all_shards) const {
  WrittenBytes sum;
  sum[WriteCause::log] = of_.log.counts().page_bytes_written;
  sum[WriteCause::flush] = all_shards.flush_bytes;
  sum[WriteCause::compaction] = all_shards.compaction_written_bytes + of_.split_bytes();
  sum[WriteCause::metadata] = of_.local.written_bytes();
  sum[WriteCause::restore] = of_.restored_bytes();
  return sum;
}

Task<Status> FlashMeter::look() {
  EngineCounts all;
  auto ask = [&all](Shard& shard) -> Task<Status> {
    const EngineCounts counts = shard.engine.counts();
    all.flush_bytes += counts.flush_bytes;
    all.compaction_written_bytes += counts.compaction_written_bytes;
    co_return Status{};
  };
  CO_TRY_STATUS(co_await of_.shards.run_on_all(ask));
  const Instant now = of_.env.clock.now();
  const Duration elapsed = now - looked_at_;
  const WrittenBytes total = written(all);
  day_.add(total - counted_, elapsed);
  counted_ = total;
  looked_at_ = now;
  grant(elapsed);
  co_return Status{};
}

void FlashMeter::grant(Duration elapsed) {
  if (budget_bytes_ == 0) return of_.budget.grant_all();
  const WrittenBytes day = day_.last_day();
  of_.budget.grant(flash_share(budget_bytes_, day), day[WriteCause::compaction] > 0, elapsed);
}

void FlashMeter::set_budget(uint64_t bytes_a_day) {
  budget_bytes_ = bytes_a_day;
  grant({});
}

Task<void> FlashMeter::keep() {
  while (!stopping_) {
    if (co_await stopped_.wait_until(looked_at_ + kLookEvery)) continue;
    if (!co_await look()) {  // a full mailbox
      looked_at_ = of_.env.clock.now();
      continue;
    }
    co_await of_.local.remember(kSetting, day_.encode());
  }
}

void FlashMeter::stop() {
  stopping_ = true;
  stopped_.notify_all();
}

Task<Status> FlashMeter::store_exact() {
  if (!begun_) co_return Status{};
  CO_TRY_STATUS(co_await look());
  co_return co_await of_.local.set_setting(kSetting, day_.encode());
}

}  // namespace ringlet
