#include "core/data/mutation.h"

#include <algorithm>

#include "core/base/murmur3.h"
#include "core/base/must.h"
#include "core/data/logged_mutation.h"
#include "core/data/reconcile.h"

namespace ringlet {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kHasPartitionDeletion = 1, kHasStaticRow = 2;

void encode_deletion(const Deletion& deletion, ByteWriter& out) {
  out.signed_vint(deletion.at.raw);
  out.signed_vint(deletion.local.raw);
}

Deletion decode_deletion(ByteReader& in) {
  const Timestamp at{in.signed_vint()};
  return {at, Seconds{in.signed_vint()}};
}

Status malformed(const char* what) { return fail(Errc::corrupt, std::string("mutation: ") + what); }

Status decode_ranges(ByteReader& in, std::vector<RangeWrite>& ranges) {
  for (uint64_t left = in.unsigned_vint(); left > 0 && !in.bad(); --left) {
    RangeWrite& range = ranges.emplace_back();
    range.start = in.sized_bytes();
    range.end = in.sized_bytes();
    range.deletion = decode_deletion(in);
    if (in.bad() || range.start >= range.end || range.deletion.none()) return malformed("a range deletes nothing");
  }
  return {};
}

Status decode_rows(ByteReader& in, std::vector<RowWrite>& rows) {
  for (uint64_t left = in.unsigned_vint(); left > 0 && !in.bad(); --left) {
    const BytesView position = in.sized_bytes(), row = in.sized_bytes();
    if (!rows.empty() && rows.back().position >= position) return malformed("rows are out of order");
    TRY_STATUS(validate_row(row));
    rows.push_back({Bytes(position), Bytes(row)});
  }
  return {};
}

void merge_row_into(Bytes& into, BytesView from) {
  if (from.empty()) return;
  if (into.empty()) {
    into = from;
    return;
  }
  const BytesView both[] = {into, from};
  Bytes merged;
  merge_rows(both, merged);
  into = std::move(merged);
}

}  // namespace

size_t Mutation::bytes() const {
  size_t total = 64 + partition_key.size() + static_row.size();
  for (const RangeWrite& range : ranges) total += 24 + range.start.size() + range.end.size();
  for (const RowWrite& row : rows) total += 8 + row.position.size() + row.row.size();
  return total;
}

static bool only_deletes(BytesView row) {
  RowReader reader(row);
  for (CellView cell; reader.next(cell);)
    if (cell.kind != CellKind::tombstone) return false;
  return reader.liveness().none();
}

bool Mutation::only_deletes() const {
  return (static_row.empty() || ringlet::only_deletes(static_row)) &&
         std::ranges::all_of(rows, [](const RowWrite& write) { return ringlet::only_deletes(write.row); });
}

void encode_mutation(const Mutation& mutation, ByteWriter& out) {
  out.u8(kVersion);
  out.bytes(mutation.table.bytes());
  encode_mutation_body(mutation, out);
}

void encode_mutation_body(const Mutation& mutation, ByteWriter& out) {
  out.unsigned_vint(mutation.schema.raw);
  out.sized_bytes(mutation.partition_key);
  out.u8(static_cast<uint8_t>((mutation.partition_deletion.none() ? 0 : kHasPartitionDeletion) |
                              (mutation.static_row.empty() ? 0 : kHasStaticRow)));
  if (!mutation.partition_deletion.none()) encode_deletion(mutation.partition_deletion, out);
  if (!mutation.static_row.empty()) out.sized_bytes(mutation.static_row);
  out.unsigned_vint(mutation.ranges.size());
  for (const RangeWrite& range : mutation.ranges) {
    out.sized_bytes(range.start);
    out.sized_bytes(range.end);
    encode_deletion(range.deletion, out);
  }
  out.unsigned_vint(mutation.rows.size());
  for (const RowWrite& row : mutation.rows) {
    out.sized_bytes(row.position);
    out.sized_bytes(row.row);
  }
}

Result<Mutation> decode_mutation(BytesView bytes) {
  ByteReader in{bytes};
  if (const uint8_t version = in.u8(); version != kVersion) {
    return fail(Errc::corrupt, "mutation: unknown version " + std::to_string(version));
  }
  const BytesView table = in.bytes(16);
  if (in.bad()) return fail(Errc::corrupt, "mutation: malformed header");
  return decode_mutation_body(uuid_from_bytes(table), in.rest());
}

Result<Mutation> decode_mutation_body(const TableId& table, BytesView body) {
  ByteReader in{body};
  Mutation mutation;
  mutation.schema = SchemaVersion{in.unsigned_vint()};
  mutation.partition_key = in.sized_bytes();
  const uint8_t flags = in.u8();
  if (in.bad() || mutation.partition_key.empty() || (flags & ~(kHasPartitionDeletion | kHasStaticRow)) != 0) {
    return fail(Errc::corrupt, "mutation: malformed header");
  }
  mutation.table = table;
  mutation.token = token_of(mutation.partition_key);
  if (flags & kHasPartitionDeletion) {
    mutation.partition_deletion = decode_deletion(in);
    if (mutation.partition_deletion.none()) return fail(Errc::corrupt, "mutation: empty partition deletion");
  }
  if (flags & kHasStaticRow) {
    mutation.static_row = in.sized_bytes();
    TRY_STATUS(validate_row(mutation.static_row));
  }
  TRY_STATUS(decode_ranges(in, mutation.ranges));
  TRY_STATUS(decode_rows(in, mutation.rows));
  if (in.bad() || !in.done()) return fail(Errc::corrupt, "mutation: cut short, or something follows it");
  return mutation;
}

MutationReader::MutationReader(BytesView body) : in_(body) {
  in_.unsigned_vint();
  partition_key = in_.sized_bytes();
  const uint8_t flags = in_.u8();
  if (flags & kHasPartitionDeletion) partition_deletion = decode_deletion(in_);
  if (flags & kHasStaticRow) static_row = in_.sized_bytes();
}

bool MutationReader::count_down(bool& begun) {
  if (!begun) left_ = in_.unsigned_vint();
  begun = true;
  MUST(!in_.bad());
  return left_-- != 0;
}

bool MutationReader::next_range(RangeWrite& out) {
  if (!count_down(ranges_begun_)) return false;
  out.start = in_.sized_bytes();
  out.end = in_.sized_bytes();
  out.deletion = decode_deletion(in_);
  return true;
}

bool MutationReader::next_row(BytesView& position, BytesView& row) {
  if (!count_down(rows_begun_)) return false;
  position = in_.sized_bytes();
  row = in_.sized_bytes();
  return true;
}

void merge_mutation(Mutation& into, Mutation&& from) {
  MUST(into.table == from.table && into.partition_key == from.partition_key);
  into.schema = std::max(into.schema, from.schema);
  into.partition_deletion = newer(into.partition_deletion, from.partition_deletion);
  merge_row_into(into.static_row, from.static_row);
  std::ranges::move(from.ranges, std::back_inserter(into.ranges));
  if (from.rows.empty()) return;

  std::vector<RowWrite> rows;
  rows.reserve(into.rows.size() + from.rows.size());
  std::ranges::merge(std::move_iterator(into.rows.begin()), std::move_iterator(into.rows.end()),
                     std::move_iterator(from.rows.begin()), std::move_iterator(from.rows.end()),
                     std::back_inserter(rows),
                     [](const RowWrite& a, const RowWrite& b) { return a.position < b.position; });
  into.rows.clear();
  for (RowWrite& row : rows) {
    if (!into.rows.empty() && into.rows.back().position == row.position)
      merge_row_into(into.rows.back().row, row.row);
    else
      into.rows.push_back(std::move(row));
  }
}

}  // namespace ringlet
