#include "core/storage/range_list.h"

#include <algorithm>

namespace ringlet {

std::vector<Boundary> boundaries_of(std::vector<RangeWrite> ranges) {
  std::erase_if(ranges, [](const RangeWrite& r) { return r.start >= r.end; });
  std::vector<Bytes> positions;
  for (const RangeWrite& r : ranges) {
    positions.push_back(r.start);
    positions.push_back(r.end);
  }
  std::ranges::sort(positions);
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  std::ranges::sort(ranges, {}, &RangeWrite::start);

  std::vector<Boundary> out;
  std::vector<const RangeWrite*> open;
  size_t next = 0;
  Deletion current;
  for (Bytes& position : positions) {
    std::erase_if(open, [&](const RangeWrite* r) { return r->end <= position; });
    for (; next < ranges.size() && ranges[next].start <= position; ++next) open.push_back(&ranges[next]);
    Deletion holds;
    for (const RangeWrite* r : open) holds = newer(holds, r->deletion);
    if (holds == current) continue;
    out.push_back({std::move(position), current, holds});
    current = holds;
  }
  return out;
}

std::vector<Boundary> clip(const std::vector<Boundary>& boundaries, const Slice& slice) {
  std::vector<Boundary> out;
  auto it = std::ranges::upper_bound(boundaries, slice.start, {}, &Boundary::position);
  Deletion open = it == boundaries.begin() ? Deletion{} : std::prev(it)->after;
  if (!open.none()) out.push_back({slice.start, Deletion{}, open});
  for (; it != boundaries.end() && it->position < slice.end; ++it) {
    out.push_back(*it);
    open = it->after;
  }
  if (!open.none()) out.push_back({slice.end, open, Deletion{}});
  return out;
}

}  // namespace ringlet
