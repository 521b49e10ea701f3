#include "core/cql/result_columns.h"

#include "core/base/uuid.h"

namespace ringlet {

ResultMetadataRef make_result_metadata(std::vector<ResultColumn> columns) {
  std::string described;
  for (const ResultColumn& column : columns) {
    described += column.name;
    described.push_back('\0');
    described += to_cql(*column.type);
    described.append(2, '\0');
  }
  auto metadata = std::make_shared<ResultMetadata>();
  metadata->columns = std::move(columns);
  metadata->id = Bytes(name_uuid(described).bytes());
  return metadata;
}

}  // namespace ringlet
