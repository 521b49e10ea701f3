// How far an import has come, kept in a file beside the CSV so that the same command goes on after any interruption.
//
// Always holds
//   - everything before the mark has been acknowledged by the node, and long enough ago to outlast its log's period
//   - a mark counts only for the file, the table and the header it was made with; otherwise the import begins anew, which is
//     harmless: rows keep the timestamps that the first attempt gave them, or get newer ones
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"

namespace ringlet::cli {

struct ImportMark {
  std::string table, table_id;  // "ks.t"; a table made anew has another id
  uint64_t file_bytes = 0;
  int64_t file_changed_ns = 0;    // modification time
  int64_t first_timestamp = 0;    // of row 0, microseconds: row n is written at first_timestamp + n
  uint64_t rows = 0;              // of the file, before the mark
  uint64_t refused = 0;           // of those
  uint64_t offset = 0, line = 1;  // where the next record begins

  bool is_of_same_import(const ImportMark& other) const {
    return table == other.table && table_id == other.table_id && file_bytes == other.file_bytes &&
           file_changed_ns == other.file_changed_ns;
  }
};

std::string mark_path(const std::string& csv_path);
std::optional<ImportMark> read_mark(const std::string& path);        // nullopt: none, or not one of ours
Status write_mark(const std::string& path, const ImportMark& mark);  // whole or not at all
void remove_mark(const std::string& path);

}  // namespace ringlet::cli
