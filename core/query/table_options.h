// Table options: what WITH may say about a table, checked and in the form that is stored and shown.
#pragma once

#include <string>
#include <vector>

#include "core/data/schema.h"
#include "core/query/statement_properties.h"

namespace ringlet {

// Writes what `properties` say over `options` (the defaults, or an existing table's). Unknown or malformed properties are
// Errc::syntax, values that cannot be are Errc::config. Warnings say which accepted words have no effect here.
Status apply_table_properties(StatementProperties& properties, TableOptions& options,
                              std::vector<std::string>& warnings);

// The map options in their stored form: full class names, defaults filled in.
Result<StatementProperties::Map> stored_compaction(StatementProperties::Map given);
Result<StatementProperties::Map> stored_compression(StatementProperties::Map given, std::vector<std::string>& warnings);
Result<StatementProperties::Map> stored_caching(StatementProperties::Map given);
Result<StatementProperties::Map> stored_tombstone_gc(StatementProperties::Map given);

}  // namespace ringlet
