// The schema as rows: system_schema.* and system_virtual_schema.*; private to core/query.
#pragma once

#include "core/query/system_rows.h"

namespace ringlet {

// False where the table is none of these.
bool add_schema_rows(SystemRows& rows, const Schema& schema);

const char* kind_name(ColumnKind kind);  // partition_key, clustering, static, regular

}  // namespace ringlet
