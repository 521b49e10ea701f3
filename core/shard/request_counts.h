// RequestCounts: what the requests that arrived at one shard were, and how long those of each table took: what the system's
// views show. Every request is counted; some look at the clock. On the shard's thread.
#pragma once

#include <array>
#include <map>

#include "core/base/uuid.h"
#include "core/env/clock.h"

namespace ringlet {

// Times by buckets that are a quarter of a power of two wide: a quantile is told at most a quarter too long.
class LatencyHistogram {
 public:
  void add(Duration took);
  void merge(const LatencyHistogram& other);
  double max_ms() const { return static_cast<double>(max_micros_) / 1000; }
  double quantile_ms(double quantile) const;  // 0 where nothing was timed

 private:
  std::array<uint32_t, 128> buckets_{};
  uint64_t timed_ = 0, max_micros_ = 0;
};

enum class RequestKind : uint8_t { read, scan, write };
inline constexpr size_t kRequestKinds = 3;

struct TableTimes {
  std::array<uint64_t, kRequestKinds> counts{};
  std::array<LatencyHistogram, kRequestKinds> times;
};

struct RequestCounts {
  static constexpr uint32_t kTimedOneIn = 8;
  static constexpr uint64_t kTimedOneInDirect = 128;  // of those that take the short way
  uint64_t regular = 0, prepared = 0;                 // statements carried out
  uint32_t running = 0;
  std::map<TableId, TableTimes>
      tables;  // of those that were dropped too, until there are kTablesMax: then all begin again

  TableTimes& of(const TableId& table);  // valid until the next call
  void count_direct(const TableId& table, RequestKind kind) {
    ++prepared;
    ++of(table).counts[static_cast<size_t>(kind)];
  }
  bool times_next_direct() const { return prepared % kTimedOneInDirect == 0; }
  void add_time(const TableId& table, RequestKind kind, Duration took) {
    of(table).times[static_cast<size_t>(kind)].add(took);
  }

 private:
  TableId last_id_{};
  TableTimes* last_ = nullptr;  // most requests are of the table that the one before was of
  friend class RequestTiming;
  uint32_t asked_ = 0;
};

// Lives as long as the request that it counts.
class RequestTiming {
 public:
  RequestTiming(RequestCounts& counts, const Clock& clock, const TableId& table, RequestKind kind);
  ~RequestTiming();
  RequestTiming(const RequestTiming&) = delete;

 private:
  RequestCounts& counts_;
  const Clock* clock_ = nullptr;  // null: not timed
  const TableId table_;
  const RequestKind kind_;
  Instant begun_{};
};

}  // namespace ringlet
