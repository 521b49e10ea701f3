// Range deletions of one partition as boundaries: pure sweeps from overlapping intervals to the markers of fragment.h.
#pragma once

#include <vector>

#include "core/data/mutation.h"
#include "core/data/read_range.h"

namespace ringlet {

struct Boundary {
  Bytes position;
  Deletion before, after;  // differ
};

// Boundaries of the union, by position; where intervals overlap the newest deletion holds.
std::vector<Boundary> boundaries_of(std::vector<RangeWrite> ranges);

// What a stream over `slice` yields of them: open and close at the slice's ends as fragment.h says.
std::vector<Boundary> clip(const std::vector<Boundary>& boundaries, const Slice& slice);

}  // namespace ringlet
