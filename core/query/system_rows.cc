#include "core/query/system_rows.h"

#include <algorithm>
#include <bit>

#include "core/base/murmur3.h"
#include "core/base/must.h"
#include "core/cql/multi_cell.h"
#include "core/data/keys.h"
#include "core/data/text_value.h"
#include "core/data/value.h"

namespace ringlet {
namespace {

constexpr Timestamp kWritten{1};  // older than any write: nothing is ever merged with these rows

// The cells of a value that is stored element by element; each is a `pattern` of its own.
void add_elements(const Column& column, BytesView value, const CellView& pattern, RowBuilder& row) {
  const auto elements = split_elements(*column.type, value);
  MUST(elements.has_value());
  const bool map = column.type->kind == TypeKind::map;
  MUST(map || column.type->kind == TypeKind::set);
  struct Element {
    cql::CellPath path;
    BytesView value;
  };
  std::vector<Element> cells;
  for (size_t i = 0; i < elements->size(); i += map ? 2 : 1)
    cells.push_back({cql::element_path(*column.type, *(*elements)[i]), map ? *(*elements)[i + 1] : BytesView{}});
  std::ranges::sort(cells, {}, [](const Element& e) -> const Bytes& { return e.path.path; });
  for (const Element& element : cells) {
    CellView cell = pattern;
    cell.column = column.id;
    cell.has_path = true;
    cell.path = element.path.path;
    cell.path_as_written = element.path.as_written;
    cell.value = element.value;
    row.cell(cell);
  }
}

// The partitions of a snapshot that a range wants.
class SystemStream final : public FragmentStream {
 public:
  SystemStream(SystemRows::Partitions partitions, const ReadRange& range)
      : partitions_(std::move(partitions)), range_(range), at_(partitions_.lower_bound(range.first_prefix)) {}

  Result<Step> next(Fragment& out) override {
    out = Fragment{};
    for (; at_ != partitions_.end() && wants(at_->first); leave()) {
      out.prefix = at_->first;
      if (!entered_) {
        entered_ = true;
        enter();
        out.kind = Fragment::Kind::partition;
        return Step::fragment;
      }
      if (row_ == wanted_.size()) continue;
      const SystemRows::Row& row = *wanted_[row_++];
      out.kind = Fragment::Kind::row;
      out.position = row.position;
      out.row = row.row;
      return Step::fragment;
    }
    return Step::end;
  }
  Task<Status> load(const RequestContext&) override { co_return Status{}; }
  void skip_partition() override { row_ = wanted_.size(); }

 private:
  bool wants(const Bytes& prefix) const {
    if (range_.one_partition) return prefix == range_.first_prefix;
    return range_.last_prefix.empty() || prefix < range_.last_prefix;
  }

  void enter() {
    const bool first = range_.slices_of_first && at_->first == range_.first_prefix;
    const std::vector<Slice>& slices = first ? *range_.slices_of_first : range_.slices;
    wanted_.clear();
    row_ = 0;
    for (const SystemRows::Row& row : at_->second)
      if (std::ranges::any_of(slices, [&](const Slice& s) { return s.start <= row.position && row.position < s.end; }))
        wanted_.push_back(&row);
    if (range_.reversed) std::ranges::reverse(wanted_);
  }
  void leave() {
    ++at_;
    entered_ = false;
  }

  const SystemRows::Partitions partitions_;
  const ReadRange& range_;
  SystemRows::Partitions::const_iterator at_;
  bool entered_ = false;
  std::vector<const SystemRows::Row*> wanted_;
  size_t row_ = 0;
};

class SystemRead final : public CoordinatedRead {
 public:
  explicit SystemRead(std::unique_ptr<SystemStream> stream) : stream_(std::move(stream)) {}
  FragmentStream& stream() override { return *stream_; }
  Task<void> close() override { co_return; }

 private:
  std::unique_ptr<SystemStream> stream_;
};

}  // namespace

bool SystemRows::wants(BytesView partition_key) const {
  if (!range_.one_partition) return true;
  Bytes prefix;
  append_partition_prefix(token_of(partition_key), partition_key, prefix);
  return prefix == range_.first_prefix;
}

static const Bytes* find(const SystemRows::Values& values, const Column& column) {
  for (const auto& [name, value] : values)
    if (name == column.name) return value ? &*value : nullptr;
  return nullptr;
}

static std::vector<BytesView> parts_of(const std::vector<Column>& columns, const SystemRows::Values& values) {
  std::vector<BytesView> parts;
  for (const Column& column : columns) {
    const Bytes* value = find(values, column);
    MUST(value != nullptr);
    parts.push_back(*value);
  }
  return parts;
}

SystemRows::Row make_row(const Table& table, const SystemRows::Values& values, const Liveness& lives) {
  for (const auto& [name, value] : values) MUST(table.find(name) != nullptr);
  const std::vector<BytesView> clustering = parts_of(table.clustering, values);
  SystemRows::Row made;
  made.position = make_position(table, clustering);
  RowBuilder row(made.row);
  row.liveness(lives);
  row.clustering_as_written(clustering_as_written(table, clustering));
  CellView cell{.at = lives.at, .ttl = lives.ttl, .local = lives.expires};
  if (lives.expiring()) cell.kind = CellKind::expiring;
  for (const Column& column : table.regulars) {
    const Bytes* value = find(values, column);
    if (value == nullptr) continue;
    if (column.type->is_multi_cell()) {
      add_elements(column, *value, cell, row);
      continue;
    }
    cell.column = column.id;
    cell.value = *value;
    row.cell(cell);
  }
  row.finish();
  return made;
}

void SystemRows::add(Values values) {
  const auto key = make_partition_key(table_, parts_of(table_.partition_key, values));
  MUST(key.has_value());
  Bytes prefix;
  append_partition_prefix(token_of(*key), *key, prefix);
  partitions_[std::move(prefix)].push_back(make_row(table_, values, {.at = kWritten}));
}

std::unique_ptr<CoordinatedRead> SystemRows::take() {
  for (auto& [prefix, rows] : partitions_) std::ranges::sort(rows, {}, &Row::position);
  return std::make_unique<SystemRead>(std::make_unique<SystemStream>(std::move(partitions_), range_));
}

// --- values -----------------------------------------------------------------------------------------------------------

template <class T>
static Bytes big(T value) {
  Bytes bytes;
  ByteWriter(bytes).big(value);
  return bytes;
}

Bytes int_bytes(int32_t value) { return big(value); }
Bytes bigint_bytes(int64_t value) { return big(value); }
Bytes double_bytes(double value) { return big(std::bit_cast<uint64_t>(value)); }
Bytes boolean_bytes(bool value) { return Bytes(1, value ? '\1' : '\0'); }
Bytes uuid_bytes(const Uuid& value) { return Bytes(value.bytes()); }
Bytes timestamp_bytes(Timestamp micros) { return big(micros.raw / 1000); }

std::optional<Bytes> inet_bytes(std::string_view address) { return parse_inet(address); }

Bytes text_list_bytes(const std::vector<std::string>& texts) {
  static const TypeRef kType = list_type(native_type(TypeKind::text), true);
  return join_elements(*kType, {texts.begin(), texts.end()});
}

Bytes text_map_bytes(const std::map<std::string, std::string>& map) {
  static const TypeRef kType = map_type(native_type(TypeKind::text), native_type(TypeKind::blob), true);
  std::vector<std::optional<BytesView>> elements;
  for (const auto& [key, value] : map) {
    elements.push_back(key);
    elements.push_back(value);
  }
  return join_elements(*kType, elements);
}

}  // namespace ringlet
