#include "tests/unit/storage/fragment_kit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "core/data/reconcile.h"

namespace ringlet::testing {

OwnedFragment::OwnedFragment(const Fragment& f) : kind(f.kind), prefix(f.prefix) {
  switch (kind) {
    case Fragment::Kind::partition:
      deletion = f.deletion;
      break;
    case Fragment::Kind::static_row:
      row = f.row;
      break;
    case Fragment::Kind::row:
      position = f.position;
      row = f.row;
      break;
    case Fragment::Kind::marker:
      position = f.position;
      before = f.before;
      after = f.after;
      break;
  }
}

Fragment OwnedFragment::view() const {
  return Fragment{.kind = kind,
                  .prefix = prefix,
                  .deletion = deletion,
                  .position = position,
                  .row = row,
                  .before = before,
                  .after = after};
}

static std::string show(const Deletion& d) { return d.none() ? "-" : std::to_string(d.at.raw); }

std::string show(const OwnedFragment& f) {
  switch (f.kind) {
    case Fragment::Kind::partition:
      return "partition " + to_hex(f.prefix) + " " + show(f.deletion);
    case Fragment::Kind::static_row:
      return "  static " + to_hex(f.row);
    case Fragment::Kind::row:
      return "  row " + to_hex(f.position) + " = " + to_hex(f.row);
    case Fragment::Kind::marker:
      return "  marker " + to_hex(f.position) + " " + show(f.before) + "|" + show(f.after);
  }
  return "?";
}

std::string show(const std::vector<OwnedFragment>& fragments) {
  std::string out;
  for (const OwnedFragment& f : fragments) out += show(f) + "\n";
  return out;
}

Result<Step> VectorStream::next(Fragment& out) {
  current_ = {};
  if (at_ == fragments_.size()) return Step::end;
  if (must_load_ || (dice_ != nullptr && !loaded_ && (*dice_)() % 4 == 0)) {
    must_load_ = true;
    return Step::blocked;
  }
  loaded_ = false;
  current_ = fragments_[at_++];
  out = current_.view();
  return Step::fragment;
}

Task<Status> VectorStream::load(const RequestContext&) {
  REQUIRE(must_load_);
  must_load_ = false;
  loaded_ = true;
  co_return Status{};
}

void VectorStream::skip_partition() {
  if (at_ == 0) return;
  while (at_ < fragments_.size() && fragments_[at_].kind != Fragment::Kind::partition) ++at_;
}

void run_now(Task<void> task) {
  struct Driver {
    struct promise_type {
      Driver get_return_object() { return {}; }
      std::suspend_never initial_suspend() { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() {}
      void unhandled_exception() { MUST(false); }
    };
  };
  bool done = false;
  [](Task<void> inner, bool& flag) -> Driver {
    co_await std::move(inner);
    flag = true;
  }(std::move(task), done);
  REQUIRE(done);
}

namespace {
class StillClock final : public Clock {
 public:
  Instant now() const override { return {}; }
  Timestamp wall() const override { return Timestamp{0}; }
  uint64_t boot() const override { return 1; }
};
Task<void> load_into(FragmentStream& stream, const RequestContext& context, Status& status) {
  status = co_await stream.load(context);
}
}  // namespace

Status load_now(FragmentStream& stream) {
  static const StillClock clock;
  const RequestContext context{.clock = clock};
  Status status;
  run_now(load_into(stream, context, status));
  return status;
}

std::vector<OwnedFragment> drain(FragmentStream& stream) {
  std::vector<OwnedFragment> out;
  Fragment fragment;
  while (true) {
    const Result<Step> step = stream.next(fragment);
    if (!step) FAIL(step.error().detail);
    if (*step == Step::end) return out;
    if (*step == Step::fragment)
      out.emplace_back(fragment);
    else
      REQUIRE(load_now(stream));
  }
}

void PartitionModel::add(const PartitionModel& other) {
  deletion = newer(deletion, other.deletion);
  statics.insert(statics.end(), other.statics.begin(), other.statics.end());
  ranges.insert(ranges.end(), other.ranges.begin(), other.ranges.end());
  rows.insert(rows.end(), other.rows.begin(), other.rows.end());
}

static Deletion covering(const PartitionModel& partition, BytesView position) {
  Deletion found;
  for (const auto& [slice, deletion] : partition.ranges) {
    if (slice.start <= position && position < slice.end) found = newer(found, deletion);
  }
  return partition.deletion.covers(found.at) ? Deletion{} : found;
}

static Bytes merged(const std::vector<BytesView>& rows, const Deletion& covering) {
  Bytes all, kept;
  merge_rows(rows, all);
  apply_deletion(all, covering, kept);
  return kept;
}

void PartitionModel::fragments(BytesView prefix, bool applied, std::vector<OwnedFragment>& out) const {
  const auto add = [&](Fragment f) {
    f.prefix = prefix;
    out.emplace_back(f);
  };
  add({.kind = Fragment::Kind::partition, .deletion = deletion});
  if (!statics.empty()) {
    const std::vector<BytesView> views(statics.begin(), statics.end());
    const Bytes row = merged(views, applied ? deletion : Deletion{});
    if (!row.empty()) add({.kind = Fragment::Kind::static_row, .row = row});
  }
  std::set<Bytes> places;
  std::map<Bytes, std::vector<BytesView>> by_position;
  for (const auto& [position, row] : rows) {
    places.insert(position);
    by_position[position].push_back(row);
  }
  for (const auto& [slice, ignored] : ranges) places.insert({slice.start, slice.end});
  Deletion open;
  for (const Bytes& place : places) {
    const Deletion here = covering(*this, place);
    if (here != open) add({.kind = Fragment::Kind::marker, .position = place, .before = open, .after = here});
    open = here;
    if (const auto found = by_position.find(place); found != by_position.end()) {
      const Bytes row = merged(found->second, applied ? newer(deletion, here) : Deletion{});
      if (!row.empty()) add({.kind = Fragment::Kind::row, .position = place, .row = row});
    }
  }
  REQUIRE(open.none());
}

std::vector<OwnedFragment> fragments_of(const Model& model, bool applied) {
  std::vector<OwnedFragment> out;
  for (const auto& [prefix, partition] : model) partition.fragments(prefix, applied, out);
  return out;
}

// Rows and markers of one slice of one partition.
static void select_slice(std::span<const OwnedFragment> all, const Slice& slice, std::vector<OwnedFragment>& out) {
  Deletion open;
  bool begun = false;
  const auto marker = [&](BytesView position, const Deletion& before, const Deletion& after) {
    if (before == after) return;
    out.emplace_back(Fragment{.kind = Fragment::Kind::marker,
                              .prefix = all.front().prefix,
                              .position = position,
                              .before = before,
                              .after = after});
  };
  for (const OwnedFragment& f : all) {
    if (f.kind != Fragment::Kind::row && f.kind != Fragment::Kind::marker) continue;
    if (f.position >= slice.end) break;
    const bool at_start = f.kind == Fragment::Kind::marker && f.position == slice.start;
    if (f.position >= slice.start && !begun) {
      begun = true;
      if (!at_start) marker(slice.start, {}, open);
    }
    if (f.position >= slice.start && f.kind == Fragment::Kind::row) out.push_back(f);
    if (f.position >= slice.start && f.kind == Fragment::Kind::marker)
      marker(f.position, at_start ? Deletion{} : f.before, f.after);
    if (f.kind == Fragment::Kind::marker) open = f.after;
  }
  if (!begun) marker(slice.start, {}, open);
  marker(slice.end, open, {});
}

std::vector<OwnedFragment> select(const std::vector<OwnedFragment>& all, const ReadRange& range) {
  std::vector<OwnedFragment> out;
  for (size_t i = 0; i < all.size();) {
    size_t end = i + 1;
    while (end < all.size() && all[end].kind != Fragment::Kind::partition) ++end;
    const std::span<const OwnedFragment> partition(all.data() + i, end - i);
    i = end;
    const Bytes& prefix = partition.front().prefix;
    if (range.one_partition
            ? prefix != range.first_prefix
            : prefix < range.first_prefix || (!range.last_prefix.empty() && prefix >= range.last_prefix)) {
      continue;
    }
    out.push_back(partition.front());
    if (partition.size() > 1 && partition[1].kind == Fragment::Kind::static_row && range.static_row)
      out.push_back(partition[1]);
    const bool resumed = range.slices_of_first && prefix == range.first_prefix;
    std::vector<OwnedFragment> rows;
    for (const Slice& slice : resumed ? *range.slices_of_first : range.slices) {
      select_slice(partition, slice, rows);
    }
    if (range.reversed) std::ranges::reverse(rows);
    out.insert(out.end(), rows.begin(), rows.end());
  }
  return out;
}

TableRef sample_table() {
  auto table = std::make_shared<Table>();
  table->id = uuid_from_bytes("0123456789abcdef");
  table->keyspace = "plant";
  table->name = "readings";
  table->partition_key.push_back(
      {.id = ColumnId{0}, .name = "k", .type = native_type(TypeKind::text), .kind = ColumnKind::partition_key});
  table->clustering.push_back(
      {.id = ColumnId{0}, .name = "c", .type = native_type(TypeKind::int_), .kind = ColumnKind::clustering});
  for (uint32_t i = 1; i <= 3; ++i) {
    table->regulars.push_back(
        {.id = ColumnId{i}, .name = "v" + std::to_string(i), .type = native_type(TypeKind::text)});
  }
  table->next_column_id = ColumnId{4};
  return table;
}

Bytes random_prefix(std::mt19937_64& dice, int partitions) {
  const Bytes key = "key" + std::to_string(dice() % static_cast<uint64_t>(partitions));
  Bytes prefix;
  append_partition_prefix(token_of(key), key, prefix);
  return prefix;
}

// Components begin with 0x02 as append_ordered() writes them, and some positions have two.
Bytes random_position(std::mt19937_64& dice, int positions) {
  const auto n = static_cast<char>(dice() % static_cast<uint64_t>(positions));
  Bytes position{'\x02', n};
  position += Bytes{'\x02', static_cast<char>(dice() % 3)};
  return position;
}

static Bytes random_bound(std::mt19937_64& dice, int positions) {
  Bytes position = random_position(dice, positions);
  if (dice() % 2 == 0) position.resize(2);
  if (dice() % 2 == 0) position += '\xFF';
  if (dice() % 16 == 0) return {};
  if (dice() % 16 == 0) return kPositionEnd;
  return position;
}

Slice random_slice(std::mt19937_64& dice, int positions) {
  while (true) {
    Slice slice{random_bound(dice, positions), random_bound(dice, positions)};
    if (slice.start < slice.end) return slice;
  }
}

static Timestamp random_time(std::mt19937_64& dice) { return Timestamp{static_cast<int64_t>(dice() % 50 + 1)}; }
static Deletion random_deletion(std::mt19937_64& dice) {
  const Timestamp at = random_time(dice);
  return {at, Seconds{at.raw * 2}};
}

Bytes random_row(std::mt19937_64& dice, size_t value_bytes) {
  Bytes out;
  RowBuilder builder(out);
  // A row never holds what its own deletion shadows.
  const Deletion deletion = dice() % 6 == 0 ? random_deletion(dice) : Deletion{};
  const auto above = [&] { return std::max(random_time(dice), Timestamp{deletion.none() ? 0 : deletion.at.raw + 1}); };
  if (dice() % 4 != 0) builder.liveness({.at = above()});
  builder.deletion(deletion);
  bool any = false;
  for (uint32_t column = 1; column <= 3; ++column) {
    if (dice() % 2 == 0 && (any || column < 3)) continue;
    any = true;
    CellView cell{.column = ColumnId{column}, .at = above()};
    Bytes value(value_bytes, static_cast<char>('a' + dice() % 26));
    if (dice() % 5 == 0) {
      cell.kind = CellKind::tombstone;
      cell.local = Seconds{cell.at.raw * 2};
    } else if (dice() % 5 == 0) {
      cell.kind = CellKind::expiring;
      cell.ttl = 10;
      cell.local = Seconds{cell.at.raw + 10};
      cell.value = value;
    } else {
      cell.value = value;
    }
    builder.cell(cell);
  }
  builder.finish();
  return out;
}

Model random_model(std::mt19937_64& dice, const RandomShape& shape) {
  Model model;
  const auto partitions = static_cast<int>(dice() % static_cast<uint64_t>(shape.partitions)) + 1;
  for (int i = 0; i < partitions; ++i) {
    PartitionModel& partition = model[random_prefix(dice, shape.partitions)];
    if (dice() % 4 == 0) partition.deletion = random_deletion(dice);
    if (dice() % 3 == 0) partition.statics.push_back(random_row(dice, shape.value_bytes));
    for (int n = static_cast<int>(dice() % static_cast<uint64_t>(shape.ranges + 1)); n > 0; --n) {
      partition.ranges.emplace_back(random_slice(dice, shape.positions), random_deletion(dice));
    }
    for (int n = static_cast<int>(dice() % static_cast<uint64_t>(shape.rows + 1)); n > 0; --n) {
      partition.rows.emplace_back(random_position(dice, shape.positions), random_row(dice, shape.value_bytes));
    }
  }
  return model;
}

}  // namespace ringlet::testing
