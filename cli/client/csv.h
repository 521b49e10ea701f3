// CSV, read and written as RFC 4180 has it: fields between commas, quoted where they need it, quotes doubled inside quotes; records
// end in LF or CRLF, and line ends inside quotes belong to the field. An unquoted empty field is null, a quoted one ("") is the
// empty string, so that what was exported imports as the same data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace ringlet::cli {

struct CsvRecord {
  std::vector<std::optional<std::string>> fields;  // nullopt is null
  uint64_t line = 0;                               // where it begins, from 1
  uint64_t begin = 0, end = 0;                     // bytes in the file
};

class CsvReader {
 public:
  enum class Next : uint8_t { more_bytes, record, bad, end };

  // To go on at byte `offset`, which begins line `line`.
  explicit CsvReader(uint64_t offset = 0, uint64_t line = 1) : offset_(offset), line_(line) {}
  void feed(BytesView bytes);
  void finish() { finished_ = true; }  // nothing more will be fed
  Next next();                         // blank lines are passed over; after `bad` the reader goes on with the next line
  const CsvRecord& record() const { return record_; }
  uint64_t line() const { return line_; }  // where the next record begins
  uint64_t offset() const { return offset_; }
  const std::string& problem() const { return problem_; }  // of the record at record().line

  static constexpr size_t kRecordBytesMax = 16u << 20;

 private:
  enum class Scan : uint8_t { whole, cut_short, bad };
  Scan scan_record(size_t& at, uint64_t& lines);
  Scan scan_quoted(size_t& at, uint64_t& lines, std::string& field);
  Next skip_line(std::string problem);

  Bytes buffer_;
  size_t begin_ = 0;
  uint64_t offset_, line_;
  bool finished_ = false;
  CsvRecord record_;
  std::string problem_;
};

// Appends one field; `first` tells whether a comma goes in front.
void append_csv_field(const std::optional<std::string_view>& field, bool first, Bytes& out);
void end_csv_record(Bytes& out);

}  // namespace ringlet::cli
