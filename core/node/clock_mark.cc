#include "core/node/clock_mark.h"

#include <algorithm>

namespace ringlet {
namespace {

constexpr std::string_view kSetting = "clock-mark";
constexpr int64_t kAheadMicros = 300'000'000;  // at most this far may stamps stand ahead of the clock after a power cut
constexpr Duration kLookEvery = seconds(30);

}  // namespace

Task<Status> ClockMark::store(Timestamp ceiling) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.big<int64_t>(ceiling.raw);
  CO_TRY_STATUS(co_await local_.set_setting(std::string(kSetting), std::move(bytes)));
  ceiling_ = ceiling;
  co_return Status{};
}

Task<Status> ClockMark::begin() {
  CO_TRY(const auto stored, co_await local_.setting(std::string(kSetting)));
  Timestamp floor{0};
  if (stored) {
    ByteReader in(*stored);
    floor = Timestamp{in.big<int64_t>()};
    if (in.bad()) co_return fail(Errc::corrupt, "metadata.db: the stored clock mark is not a number");
  }
  CO_TRY_STATUS(co_await store(Timestamp{std::max(floor.raw, env_.clock.wall().raw) + kAheadMicros}));
  for (uint16_t s = 0; s < shards_.count(); ++s) shards_[ShardId{s}].stamps.begin(floor, ceiling_);
  co_return Status{};
}

Task<Result<Timestamp>> ClockMark::highest_stamp() {
  Timestamp highest{0};
  auto ask = [&](Shard& shard) -> Task<Status> {
    highest = std::max(highest, shard.stamps.last());
    co_return Status{};
  };
  CO_TRY_STATUS(co_await shards_.run_on_all(ask));
  co_return highest;
}

Task<void> ClockMark::keep() {
  while (!stopping_) {
    if (co_await stopped_.wait_until(env_.clock.now() + kLookEvery)) continue;
    const Result<Timestamp> highest = co_await highest_stamp();
    if (!highest) continue;  // a full mailbox: the next look comes soon
    // The clock counts too: stamps given after an idle hour must not be an hour old.
    const int64_t reached = std::max(highest->raw, env_.clock.wall().raw);
    if (reached < ceiling_.raw - kAheadMicros / 2) continue;
    if (!co_await store(Timestamp{reached + kAheadMicros})) continue;  // stamps still count up to the old ceiling
    auto raise = [this](Shard& shard) -> Task<Status> {
      shard.stamps.raise(ceiling_);
      co_return Status{};
    };
    (void)co_await shards_.run_on_all(raise);
  }
}

void ClockMark::stop() {
  stopping_ = true;
  stopped_.notify_all();
}

Task<Status> ClockMark::store_exact() {
  if (ceiling_ == Timestamp{0}) co_return Status{};  // never begun: what is stored stays
  CO_TRY(const Timestamp highest, co_await highest_stamp());
  co_return co_await store(Timestamp{highest.raw + 1});
}

}  // namespace ringlet
