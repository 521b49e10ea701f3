// DESCRIBE: the schema as CQL text (cql-system-tables: Cassandra's layout), and lists of names. Pure.
#pragma once

#include "core/cluster/node_info.h"
#include "core/cql/ast.h"
#include "core/data/schema.h"
#include "core/query/result.h"

namespace ringlet {

Result<RowsResult> run_describe(const cql::Describe& describe, const Schema& schema, const NodeInfo& node,
                                const std::string& keyspace, int32_t page_size, std::optional<BytesView> paging_state);

std::string create_keyspace_text(const Keyspace& keyspace);
std::string create_table_text(const Table& table, bool with_internals);
std::string create_type_text(const Type& type);

}  // namespace ringlet
