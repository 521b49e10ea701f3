#include "tests/sim/random_range.h"

#include "core/base/murmur3.h"
#include "core/data/keys.h"

namespace ringlet::sim {

ReadRange random_range(Dice& dice, const Table& table, int partitions, int rows) {
  ReadRange range;
  const auto prefix = [&] {
    const Bytes key = "p" + std::to_string(roll(dice, static_cast<uint64_t>(partitions) + 1));
    Bytes bytes;
    append_partition_prefix(token_of(key), key, bytes);
    return bytes;
  };
  switch (roll(dice, 4)) {
    case 0:
      break;
    case 1:
      range.first_prefix = prefix();
      range.last_prefix = prefix();
      if (range.last_prefix <= range.first_prefix) range.last_prefix.clear();
      break;
    default:
      range.one_partition = true;
      range.first_prefix = prefix();
  }
  range.reversed = roll(dice, 3) == 0;
  range.static_row = roll(dice, 4) != 0;
  if (table.has_clustering() && roll(dice, 2) == 0) {
    range.slices.clear();
    int32_t at = 0;
    for (uint64_t n = 1 + roll(dice, 2); n > 0 && at < rows; --n) {
      const auto from = at + static_cast<int32_t>(roll(dice, 4)), to = from + static_cast<int32_t>(roll(dice, 4));
      range.slices.push_back({row_position(table, from), row_position(table, to) + "\xFF"});
      at = to + 1;
    }
  }
  return range;
}

}  // namespace ringlet::sim
