// What a node wrote to flash in its last day, by cause, and what of a daily budget that leaves to compaction. Pure.
//
// The log, flushes and metadata always go on: they keep what was acknowledged. Compaction can wait, and costs the most. It gets
// what the others leave of the budget, spread over the day: credit that grows by the minute, and is never more than an hour's
// share. A merge begins only while nothing is owed, and then runs to its end, because half a merge that a restart throws away is
// flash worn for nothing; what it cost is paid back before the next one. Four rules more:
//   - one that is larger than what is left of the day waits, unless the day has had no merge yet: large ones must come some time
//   - where kFilesPiledUp files lie over one token their merge begins whatever it costs: reads must not get slower for ever
//   - what an operator asks for by command is done, and counted
//   - a merge that only reads would gain by has no such exceptions: it waits until the day has the bytes
// A day is 24 hours of running, in hours: time switched off does not count, for a gateway may not know how long it was.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/env/clock.h"

namespace ringlet {

enum class WriteCause : uint8_t { log, flush, compaction, metadata, restore };
inline constexpr size_t kWriteCauses = 5;
inline constexpr const char* kWriteCauseNames[kWriteCauses] = {"log", "flush", "compaction", "metadata", "restore"};

struct WrittenBytes {
  std::array<uint64_t, kWriteCauses> by{};
  uint64_t& operator[](WriteCause cause) { return by[static_cast<size_t>(cause)]; }
  uint64_t operator[](WriteCause cause) const { return by[static_cast<size_t>(cause)]; }
  uint64_t total() const;
  WrittenBytes& operator+=(const WrittenBytes& more);
  friend WrittenBytes operator-(WrittenBytes a, const WrittenBytes& b);  // of two counts; one that went back is 0
  friend bool operator==(const WrittenBytes&, const WrittenBytes&) = default;
};

class FlashDay {
 public:
  void add(const WrittenBytes& more, Duration since_last);
  WrittenBytes last_day() const;  // of the running hour and the 24 before it

  // In metadata.db: u8 version 1, vint milliseconds into the running hour, then for each of kHours hours, the running one
  // first, a vint for each cause in the order of WriteCause.
  Bytes encode() const;
  static Result<FlashDay> decode(BytesView bytes);
  friend bool operator==(const FlashDay&, const FlashDay&) = default;

 private:
  static constexpr size_t kHours = 25;
  std::array<WrittenBytes, kHours> hours_;  // newest first
  Duration into_hour_{};
};

struct FlashShare {
  uint64_t a_day = 0;  // what compaction may write in a day
  uint64_t left = 0;   // of the budget, for the day
  bool over = false;   // more was written than the budget has
};
FlashShare flash_share(uint64_t budget, const WrittenBytes& last_day);
uint64_t credit_for(const FlashShare& share, Duration elapsed);
uint64_t credit_max(const FlashShare& share);

// What a merge is judged by, before it begins.
struct FlashAllowance {
  bool bounded = false;
  bool merged_today = false;
  int64_t credit = 0;  // below 0: owed
  uint64_t left = 0;
};
struct MergeCost {
  uint64_t bytes = 0;
  size_t files_over_a_token = 0;
};
bool is_piled_up(const MergeCost& merge);
bool may_begin(const MergeCost& merge, const FlashAllowance& allowance);
bool may_spare(const MergeCost& merge, const FlashAllowance& allowance);  // for a merge that can be done without

}  // namespace ringlet
