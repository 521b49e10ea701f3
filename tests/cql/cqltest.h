// The format of .cqltest files (README.md shows it): text to records, and the comparison of rows. Pure: the runner reads
// the files and runs the statements.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace ringlet::cqltest {

using Row = std::vector<std::string>;

struct Record {
  enum class Expect : uint8_t { ok, error, rows };
  Expect expect = Expect::ok;
  size_t line = 0;  // of the record's first line, from 1
  std::string cql;
  std::vector<std::string> binds;  // CQL terms, or "unset"
  // of an error
  Errc code = Errc::invalid;
  std::string message_part;
  // of rows
  std::vector<Row> rows;
  std::optional<Row> names;
  bool any_order = false;
  std::optional<uint32_t> page_rows;
};

struct Section {
  std::string name;
  size_t line = 0;
  std::vector<Record> records;
};

struct File {
  std::vector<Record> setup;      // before the first section: run at the start of each
  std::vector<Section> sections;  // at least one: a file without any is one section named as the file
};

// Errc::invalid with "file:line: what" when the text does not keep to the format.
Result<File> parse_file(std::string_view name, std::string_view text);

// "" when the rows are those expected, else what differs.
std::string difference(const Record& expected, const Row& names, const std::vector<Row>& rows);

}  // namespace ringlet::cqltest
