// Partitions, slices and directions as SELECTs ask for them, drawn from dice.
#pragma once

#include "core/data/read_range.h"
#include "tests/sim/data_model.h"

namespace ringlet::sim {

ReadRange random_range(Dice& dice, const Table& table, int partitions, int rows);  // some of them hold nothing

}  // namespace ringlet::sim
