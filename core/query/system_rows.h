// Rows of the system's tables, made by name and value; those of a virtual table are read as fragments like any other
// table's. Private to core/query.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/data/read_range.h"
#include "core/data/schema.h"
#include "core/query/read_source.h"

namespace ringlet {

// Collects rows in any order. What the range does not want may be added all the same: the stream leaves it out.
class SystemRows {
 public:
  using Values = std::vector<std::pair<std::string_view, std::optional<Bytes>>>;  // column, value; null may be left out

  SystemRows(const Table& table, const ReadRange& range) : table_(table), range_(range) {}
  const Table& table() const { return table_; }
  // Does the range want the partition with this one-column key? Saves making what nobody asked for.
  bool wants(BytesView partition_key) const;
  void add(Values values);
  std::unique_ptr<CoordinatedRead> take();

  struct Row {
    Bytes position, row;
  };
  using Partitions = std::map<Bytes, std::vector<Row>>;  // by prefix

 private:
  const Table& table_;
  const ReadRange& range_;
  Partitions partitions_;
};

// One row of any table without static columns. Key columns MUST have values.
SystemRows::Row make_row(const Table& table, const SystemRows::Values& values, const Liveness& lives);

// Values as bytes.
Bytes int_bytes(int32_t value);
Bytes bigint_bytes(int64_t value);
Bytes double_bytes(double value);
Bytes boolean_bytes(bool value);
Bytes uuid_bytes(const Uuid& value);
Bytes timestamp_bytes(Timestamp micros);
std::optional<Bytes> inet_bytes(std::string_view address);     // null where it is a name, or no address
Bytes text_list_bytes(const std::vector<std::string>& texts);  // list<text>; sorted texts are a set<text> as well
Bytes text_map_bytes(const std::map<std::string, std::string>& map);  // map<text, text>, map<text, blob>

}  // namespace ringlet
