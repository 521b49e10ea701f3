// Positions of rows: the half of keys.h that needs the order of values.
#include "core/base/must.h"
#include "core/data/keys.h"
#include "core/data/value.h"

namespace ringlet {

Bytes make_position(const Table& table, const std::vector<BytesView>& components) {
  Bytes position;
  append_position(table, components, position);
  return position;
}

void append_position(const Table& table, const std::vector<BytesView>& components, Bytes& out) {
  MUST(components.size() <= table.clustering.size());
  for (size_t i = 0; i < components.size(); ++i)
    append_ordered(*table.clustering[i].type, components[i], table.clustering[i].descending, out);
}

// The clustering as written is each component's bytes, sized, in order.
Bytes clustering_as_written(const Table& table, const std::vector<BytesView>& components) {
  MUST(components.size() <= table.clustering.size());
  Bytes as_written;
  bool differs = false;
  for (size_t i = 0; i < components.size(); ++i) differs |= !round_trips(*table.clustering[i].type, components[i]);
  if (!differs) return as_written;
  for (const BytesView component : components) ByteWriter{as_written}.sized_bytes(component);
  return as_written;
}

Result<std::vector<Bytes>> split_position(const Table& table, BytesView position, BytesView as_written) {
  std::vector<Bytes> components;
  ByteReader in{as_written.empty() ? position : as_written};
  for (const Column& column : table.clustering) {
    if (in.done()) break;
    if (as_written.empty()) {
      TRY(Bytes component, read_ordered(*column.type, column.descending, in));
      components.push_back(std::move(component));
    } else {
      components.emplace_back(in.sized_bytes());
    }
  }
  if (in.bad() || !in.done())
    return fail(Errc::corrupt,
                "key: the clustering of " + table.keyspace + "." + table.name + " does not fit its bytes");
  return components;
}

}  // namespace ringlet
