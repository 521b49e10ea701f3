// What result columns and bind markers look like to a client: keyspace, table, name and type of each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/data/type.h"

namespace ringlet {

struct ResultColumn {
  std::string keyspace, table, name;
  TypeRef type;
};
struct ResultMetadata {
  std::vector<ResultColumn> columns;
  Bytes id;  // 16 bytes, a hash of names and types: protocol v5's result_metadata_id
};
using ResultMetadataRef = std::shared_ptr<const ResultMetadata>;

ResultMetadataRef make_result_metadata(std::vector<ResultColumn> columns);  // computes the id

}  // namespace ringlet
