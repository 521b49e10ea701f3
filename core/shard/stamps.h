// Stamps: this shard's hybrid clock for writes whose client brings no timestamp. Never repeats, never goes back, not over a
// restart and not when the wall clock does: its ceiling is stored ahead of use (core/node/clock_mark), and a start goes on
// from the stored ceiling. Shards draw from disjoint residues, so two shards never hand out the same stamp.
#pragma once

#include <algorithm>

#include "core/base/must.h"
#include "core/base/types.h"
#include "core/env/clock.h"

namespace ringlet {

class Stamps {
 public:
  Stamps(const Clock& clock, ShardId shard, uint16_t shard_count)
      : clock_(clock), shard_(shard.raw), count_(shard_count) {}

  // Stamps start above `floor` and stay below `ceiling`, which is stored already.
  void begin(Timestamp floor, Timestamp ceiling) {
    last_ = std::max(last_, floor.raw);
    ceiling_ = ceiling.raw;
  }
  void raise(Timestamp ceiling) { ceiling_ = std::max(ceiling_, ceiling.raw); }
  Timestamp ceiling() const { return Timestamp{ceiling_}; }
  Timestamp last() const { return Timestamp{last_}; }

  Timestamp next() {
    // A wall clock that jumped past the ceiling waits there until the next one is stored: stamps stay in order meanwhile.
    last_ = align(std::max(last_ + 1, std::min(clock_.wall().raw, ceiling_ - kReserve)));
    MUST(last_ < ceiling_);
    return Timestamp{last_};
  }
  // LWT: not before what the partition has seen.
  Timestamp next_after(Timestamp seen) {
    last_ = std::max(last_, std::min(seen.raw, ceiling_ - kReserve));
    return next();
  }

 private:
  static constexpr int64_t kReserve = 60'000'000;  // microseconds below the ceiling that only counting may use

  int64_t align(int64_t t) const { return t + (shard_ - t % count_ + count_) % count_; }

  const Clock& clock_;
  const int64_t shard_, count_;
  int64_t last_ = 0, ceiling_ = INT64_MAX;
};

}  // namespace ringlet
