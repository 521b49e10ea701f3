#include "core/storage/flash_day.h"

#include <algorithm>

#include "core/base/limits.h"

namespace ringlet {
namespace {

constexpr Duration kHour = seconds(3600);
constexpr uint64_t kHoursADay = 24;
constexpr uint8_t kVersion = 1;

}  // namespace

uint64_t WrittenBytes::total() const {
  uint64_t sum = 0;
  for (const uint64_t bytes : by) sum += bytes;
  return sum;
}

WrittenBytes& WrittenBytes::operator+=(const WrittenBytes& more) {
  for (size_t i = 0; i < kWriteCauses; ++i) by[i] += more.by[i];
  return *this;
}

WrittenBytes operator-(WrittenBytes a, const WrittenBytes& b) {
  for (size_t i = 0; i < kWriteCauses; ++i) a.by[i] -= std::min(a.by[i], b.by[i]);
  return a;
}

void FlashDay::add(const WrittenBytes& more, Duration since_last) {
  into_hour_.nanos += std::max<int64_t>(since_last.nanos, 0);
  const auto passed = static_cast<size_t>(std::min<int64_t>(into_hour_.nanos / kHour.nanos, kHours));
  into_hour_.nanos %= kHour.nanos;
  std::shift_right(hours_.begin(), hours_.end(), static_cast<std::ptrdiff_t>(passed));
  std::fill_n(hours_.begin(), passed, WrittenBytes{});
  hours_.front() += more;
}

WrittenBytes FlashDay::last_day() const {
  WrittenBytes sum;
  for (const WrittenBytes& hour : hours_) sum += hour;
  return sum;
}

Bytes FlashDay::encode() const {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u8(kVersion);
  out.unsigned_vint(static_cast<uint64_t>(into_hour_.nanos / 1000000));
  for (const WrittenBytes& hour : hours_)
    for (const uint64_t each : hour.by) out.unsigned_vint(each);
  return bytes;
}

Result<FlashDay> FlashDay::decode(BytesView bytes) {
  ByteReader in(bytes);
  FlashDay day;
  const uint8_t version = in.u8();
  const uint64_t ms = in.unsigned_vint();
  for (WrittenBytes& hour : day.hours_)
    for (uint64_t& each : hour.by) each = in.unsigned_vint();
  if (in.bad() || !in.done() || version != kVersion || ms >= 3600 * 1000)
    return fail(Errc::corrupt, "metadata.db: what was kept of the last day's writes is not readable");
  day.into_hour_ = millis(static_cast<int64_t>(ms));
  return day;
}

FlashShare flash_share(uint64_t budget, const WrittenBytes& last_day) {
  const uint64_t all = last_day.total(), others = all - last_day[WriteCause::compaction];
  return {.a_day = budget - std::min(budget, others), .left = budget - std::min(budget, all), .over = all > budget};
}

uint64_t credit_for(const FlashShare& share, Duration elapsed) {
  return static_cast<uint64_t>(static_cast<double>(share.a_day) * static_cast<double>(elapsed.nanos) /
                               static_cast<double>(kHour.nanos * static_cast<int64_t>(kHoursADay)));
}

uint64_t credit_max(const FlashShare& share) { return share.a_day / kHoursADay; }

bool is_piled_up(const MergeCost& merge) { return merge.files_over_a_token >= kFilesPiledUp; }

bool may_begin(const MergeCost& merge, const FlashAllowance& allowance) {
  if (!allowance.bounded || is_piled_up(merge)) return true;
  if (allowance.credit < 0 || allowance.left == 0) return false;
  return merge.bytes <= allowance.left || !allowance.merged_today;
}

bool may_spare(const MergeCost& merge, const FlashAllowance& allowance) {
  return !allowance.bounded || (allowance.credit >= 0 && merge.bytes <= allowance.left);
}

}  // namespace ringlet
