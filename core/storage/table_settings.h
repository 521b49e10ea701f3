// What a table's options mean to the engine.
#pragma once

#include "core/data/schema.h"

namespace ringlet {

bool table_compresses(const Table& table);

}  // namespace ringlet
