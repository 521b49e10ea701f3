// Tables of metadata.db, and what versions of them this binary can read.
#pragma once

#include "core/local/sqlite_database.h"

namespace ringlet {

inline constexpr int64_t kLocalFormat = 1;

// Makes the tables of a new file; refuses one that is not ours (corrupt) or newer than this binary (invalid).
Status set_up_local_schema(SqliteDatabase& database, const Uuid& manifest);

}  // namespace ringlet
