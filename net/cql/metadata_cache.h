// Result columns in wire form, kept for each statement and version: they take longer to write than most rows. One shard's.
#pragma once

#include <array>
#include <unordered_map>

#include "core/query/result.h"
#include "net/cql/result_metadata.h"

namespace ringlet::wire {

class MetadataCache {
 public:
  const EncodedColumns& columns(const ResultMetadataRef& metadata, Version version) {
    auto& known = by_version_[static_cast<size_t>(version) - static_cast<size_t>(Version::v3)];
    if (const auto it = known.find(metadata.get()); it != known.end()) return it->second.encoded;
    if (known.size() >= kEntriesMax) known.clear();  // rare: conditional statements make a few for each table
    return known.emplace(metadata.get(), Entry{metadata, encode_columns(metadata->columns, version)})
        .first->second.encoded;
  }

 private:
  static constexpr size_t kEntriesMax = 1024;
  struct Entry {
    ResultMetadataRef kept;  // so that its address stays its own
    EncodedColumns encoded;
  };
  std::array<std::unordered_map<const ResultMetadata*, Entry>, 3> by_version_;
};

}  // namespace ringlet::wire
