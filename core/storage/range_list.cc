#include "core/storage/range_list.h"

#include <algorithm>

namespace ringlet {

namespace {

// Ranges that are open, the one with the newest deletion first. One that has ended is in nobody's way until it is the first: only then
// it leaves. Thus a sweep stays cheap however many ranges lie over one another, as they do where "all before" is deleted again and
// again.
class OpenRanges {
 public:
  void open(const RangeWrite& range) {
    heap_.push_back(&range);
    std::ranges::push_heap(heap_, older);
  }
  Deletion newest_at(BytesView position) {
    while (!heap_.empty() && heap_.front()->end <= position) {
      std::ranges::pop_heap(heap_, older);
      heap_.pop_back();
    }
    return heap_.empty() ? Deletion{} : heap_.front()->deletion;
  }

 private:
  static bool older(const RangeWrite* a, const RangeWrite* b) {
    return a->deletion != b->deletion && newer(a->deletion, b->deletion) == b->deletion;
  }
  std::vector<const RangeWrite*> heap_;
};

}  // namespace

std::vector<Boundary> boundaries_of(std::vector<RangeWrite> ranges) {
  std::erase_if(ranges, [](const RangeWrite& r) { return r.start >= r.end; });
  std::ranges::sort(ranges, {}, &RangeWrite::start);
  std::vector<BytesView> positions;
  for (const RangeWrite& r : ranges) {
    positions.push_back(r.start);
    positions.push_back(r.end);
  }
  std::ranges::sort(positions);
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());

  std::vector<Boundary> out;
  OpenRanges open;
  size_t next = 0;
  Deletion current;
  for (const BytesView position : positions) {
    for (; next < ranges.size() && ranges[next].start <= position; ++next) open.open(ranges[next]);
    const Deletion holds = open.newest_at(position);
    if (holds == current) continue;
    out.push_back({Bytes(position), current, holds});
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
