#include "core/shard/request_counts.h"

#include <algorithm>
#include <bit>

#include "core/base/limits.h"

namespace ringlet {
namespace {

size_t bucket_of(uint64_t micros) {
  if (micros < 4) return micros;
  const auto power = static_cast<size_t>(std::bit_width(micros) - 1);
  return (power - 1) * 4 + ((micros >> (power - 2)) & 3);
}

// The least time that is past the bucket.
uint64_t bucket_end(size_t bucket) {
  if (bucket < 4) return bucket + 1;
  const uint64_t quarter = uint64_t{1} << (bucket / 4 - 1);
  return quarter * (4 + bucket % 4 + 1);
}

}  // namespace

void LatencyHistogram::add(Duration took) {
  const auto micros = static_cast<uint64_t>(std::clamp<int64_t>(took.nanos / 1000, 0, UINT32_MAX));
  ++buckets_[std::min(bucket_of(micros), buckets_.size() - 1)];
  ++timed_;
  max_micros_ = std::max(max_micros_, micros);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  timed_ += other.timed_;
  max_micros_ = std::max(max_micros_, other.max_micros_);
}

double LatencyHistogram::quantile_ms(double quantile) const {
  const auto wanted = static_cast<uint64_t>(quantile * static_cast<double>(timed_));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen > wanted || (seen == timed_ && seen != 0))
      return static_cast<double>(std::min(bucket_end(i), std::max<uint64_t>(max_micros_, 1))) / 1000;
  }
  return 0;
}

TableTimes& RequestCounts::of(const TableId& table) {
  if (last_ == nullptr || last_id_ != table) {
    if (tables.size() >= kTablesMax && !tables.contains(table)) tables.clear();
    last_ = &tables[table];
    last_id_ = table;
  }
  return *last_;
}

RequestTiming::RequestTiming(RequestCounts& counts, const Clock& clock, const TableId& table, RequestKind kind)
    : counts_(counts), table_(table), kind_(kind) {
  ++counts.of(table).counts[static_cast<size_t>(kind)];
  ++counts_.running;
  if (++counts_.asked_ % RequestCounts::kTimedOneIn != 1) return;
  clock_ = &clock;
  begun_ = clock.now();
}

RequestTiming::~RequestTiming() {
  --counts_.running;
  if (clock_ != nullptr) counts_.add_time(table_, kind_, clock_->now() - begun_);
}

}  // namespace ringlet
