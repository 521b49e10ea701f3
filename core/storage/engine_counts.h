// What several shards count, as one number each.
#pragma once

#include "core/storage/engine.h"

namespace ringlet {

void add_up(TableCounts& sum, const TableCounts& one);
void add_up(EngineCounts& sum, const EngineCounts& one);

}  // namespace ringlet
