#include "core/cql/clustering_slices.h"

#include <algorithm>

#include "core/data/keys.h"

namespace ringlet::cql {

std::vector<Slice> united(std::vector<Slice> slices) {
  std::erase_if(slices, [](const Slice& s) { return s.start >= s.end; });
  std::ranges::sort(slices, {}, &Slice::start);
  std::vector<Slice> joined;
  for (Slice& slice : slices) {
    if (!joined.empty() && slice.start <= joined.back().end)
      joined.back().end = std::max(joined.back().end, slice.end);
    else
      joined.push_back(std::move(slice));
  }
  return joined;
}

std::vector<Slice> intersected(const std::vector<Slice>& a, const std::vector<Slice>& b) {
  std::vector<Slice> common;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const Bytes& start = std::max(a[i].start, b[j].start);
    const Bytes& end = std::min(a[i].end, b[j].end);
    if (start < end) common.push_back({start, end});
    a[i].end < b[j].end ? ++i : ++j;
  }
  return common;
}

// (c1, c2) > (1, 2) is c1 > 1, or c1 = 1 and c2 > 2: one slice for each column, whose direction is its own.
std::vector<Slice> one_side(const Table& table, const std::vector<BytesView>& prefix,
                            const std::vector<BytesView>& bound, bool lower, bool inclusive) {
  std::vector<Slice> slices;
  std::vector<BytesView> components = prefix;
  for (size_t i = 0; i < bound.size(); ++i) {
    const bool descending = table.clustering[components.size()].descending;
    const Bytes before = make_position(table, components);
    components.push_back(bound[i]);
    const Bytes at = make_position(table, components);
    const bool include = inclusive && i + 1 == bound.size();
    if (lower != descending)
      slices.push_back({include ? at : at + kPositionEnd, before + kPositionEnd});
    else
      slices.push_back({before, include ? at + kPositionEnd : at});
  }
  return united(std::move(slices));
}

}  // namespace ringlet::cql
