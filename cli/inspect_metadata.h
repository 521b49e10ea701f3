// What `ringlet inspect` tells of the files that are neither log segments nor sstables: metadata.db and its write-ahead log,
// schema.log, a snapshot's manifest.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/one_file_disk.h"

namespace ringlet::cli {

struct MetadataFacts {
  std::string kind;
  std::vector<std::pair<std::string, std::variant<uint64_t, std::string>>> facts;
  std::vector<std::string> damage;  // beside what could be read all the same
};

// `magic`: the file's first 8 bytes. Errc::invalid: it is none of these.
Result<MetadataFacts> inspect_metadata(OneFileDisk& disk, const std::string& path, BytesView magic);

}  // namespace ringlet::cli
