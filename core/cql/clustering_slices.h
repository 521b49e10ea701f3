// Intervals of clustering positions: how bounds on clustering columns, whatever their orders, become slices.
#pragma once

#include <vector>

#include "core/cql/restriction.h"

namespace ringlet::cql {

// Sorted, disjoint; what touches is joined.
std::vector<Slice> united(std::vector<Slice> slices);
std::vector<Slice> intersected(const std::vector<Slice>& a, const std::vector<Slice>& b);  // both united

// Positions of rows that begin with `prefix` and whose next columns compare with `bound` as asked: all on one side of a
// tuple. Columns of mixed orders make several slices.
std::vector<Slice> one_side(const Table& table, const std::vector<BytesView>& prefix,
                            const std::vector<BytesView>& bound, bool lower, bool inclusive);

}  // namespace ringlet::cql
