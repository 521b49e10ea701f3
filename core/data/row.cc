#include "core/data/row.h"

#include <algorithm>

#include "core/base/must.h"
#include "core/data/counter.h"

namespace ringlet {
namespace {

constexpr uint8_t kHasLiveness = 1, kLivenessExpires = 2, kHasDeletion = 4, kHasComplex = 8, kHasClustering = 16;
constexpr uint8_t kRowFlags = 31;

constexpr uint8_t kKindMask = 3, kHasPath = 4, kLivenessTimestamp = 8, kHasValue = 16, kPathAsWritten = 32;
constexpr uint8_t kCellFlags = 63;

// Column, header, timestamp, ttl, expiry, boot and three lengths: the most that a cell's numbers take.
constexpr size_t kCellNumberBytesMax = 1 + 8 * kVintBytesMax;

char* store_sized(char* at, BytesView bytes) {
  at += store_unsigned_vint(at, bytes.size());
  return at + bytes.copy(at, bytes.size());
}

bool fits_32(uint64_t v) { return v <= UINT32_MAX; }

}  // namespace

// --- reading -----------------------------------------------------------------------------------------------------------

RowReader::RowReader(BytesView encoded) : in_(encoded) {
  const uint8_t flags = in_.u8();
  if ((flags & ~kRowFlags) != 0 || ((flags & kLivenessExpires) && !(flags & kHasLiveness))) bad_ = true;
  if (flags & kHasLiveness) {
    liveness_.at = Timestamp{in_.signed_vint()};
    bad_ |= liveness_.none();
  }
  if (flags & kLivenessExpires) {
    const uint64_t ttl = in_.unsigned_vint();
    liveness_.expires = Seconds{in_.signed_vint()};
    const uint64_t boot = in_.unsigned_vint();
    liveness_.ttl = static_cast<uint32_t>(ttl);
    liveness_.boot = static_cast<uint32_t>(boot);
    bad_ |= !fits_32(ttl) || !fits_32(boot) || !liveness_.expiring();
  }
  if (flags & kHasDeletion) {
    deletion_.at = Timestamp{in_.signed_vint()};
    deletion_.local = Seconds{in_.signed_vint()};
    bad_ |= deletion_.none();
  }
  if (flags & kHasClustering) clustering_ = in_.sized_bytes();
  if (flags & kHasComplex) read_complex();
}

void RowReader::read_complex() {
  const uint64_t count = in_.unsigned_vint();
  if (count == 0 || count > in_.left() / 3) {  // each takes three bytes at least: never allocate for less
    bad_ = true;
    return;
  }
  complex_.reserve(static_cast<size_t>(count));
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t column = in_.unsigned_vint();
    const Timestamp at{in_.signed_vint()};
    const Seconds local{in_.signed_vint()};
    bad_ |= !fits_32(column) || at == kNoTimestamp;
    complex_.push_back({ColumnId{static_cast<uint32_t>(column)}, {at, local}});
  }
}

Deletion RowReader::complex_deletion(ColumnId column) const {
  const auto found = std::ranges::lower_bound(complex_, column, {}, &ComplexDeletion::column);
  return found != complex_.end() && found->column == column ? found->deletion : Deletion{};
}

bool RowReader::next(CellView& cell) {
  if (in_.done() || bad_) return false;
  const uint64_t column = in_.unsigned_vint();
  const uint8_t header = in_.u8();
  cell.column = ColumnId{static_cast<uint32_t>(column)};
  cell.kind = static_cast<CellKind>(header & kKindMask);
  cell.at = header & kLivenessTimestamp ? liveness_.at : Timestamp{in_.signed_vint()};
  cell.ttl = 0;
  cell.local = kNoExpiry;
  cell.boot = 0;
  bool good = (header & ~kCellFlags) == 0 && fits_32(column) && cell.at != kNoTimestamp;
  if (cell.kind == CellKind::tombstone) {
    cell.local = Seconds{in_.signed_vint()};
    good &= (header & kHasValue) == 0;
  } else if (cell.kind == CellKind::expiring) {
    const uint64_t ttl = in_.unsigned_vint();
    cell.local = Seconds{in_.signed_vint()};
    const uint64_t boot = in_.unsigned_vint();
    cell.ttl = static_cast<uint32_t>(ttl);
    cell.boot = static_cast<uint32_t>(boot);
    good &= fits_32(ttl) && fits_32(boot);
  }
  cell.has_path = (header & kHasPath) != 0;
  cell.path = cell.has_path ? in_.sized_bytes() : BytesView{};
  cell.path_as_written = header & kPathAsWritten ? in_.sized_bytes() : BytesView{};
  cell.value = header & kHasValue ? in_.sized_bytes() : BytesView{};
  good &= cell.has_path || (header & kPathAsWritten) == 0;
  if (!good) bad_ = true;
  return !bad();
}

// --- writing -----------------------------------------------------------------------------------------------------------

RowBuilder::RowBuilder(Bytes& out) : out_(out), start_(out.size()) { out_.push_back('\0'); }

void RowBuilder::enter(Stage stage) {
  MUST(stage_ < stage || (stage_ == stage && (stage == Stage::complex || stage == Stage::cells)));
  if (stage_ < Stage::cells && stage >= Stage::cells && !complex_.empty()) write_complex();
  stage_ = stage;
}

void RowBuilder::liveness(const Liveness& liveness) {
  enter(Stage::liveness);
  if (liveness.none()) return;
  any_ = true;
  flags_ |= kHasLiveness;
  liveness_at_ = liveness.at;
  ByteWriter out{out_};
  out.signed_vint(liveness.at.raw);
  if (!liveness.expiring()) return;
  flags_ |= kLivenessExpires;
  out.unsigned_vint(liveness.ttl);
  out.signed_vint(liveness.expires.raw);
  out.unsigned_vint(liveness.boot);
}

void RowBuilder::deletion(const Deletion& deletion) {
  enter(Stage::deletion);
  if (deletion.none()) return;
  any_ = true;
  flags_ |= kHasDeletion;
  ByteWriter out{out_};
  out.signed_vint(deletion.at.raw);
  out.signed_vint(deletion.local.raw);
}

void RowBuilder::clustering_as_written(BytesView bytes) {
  enter(Stage::clustering);
  if (bytes.empty()) return;
  flags_ |= kHasClustering;
  ByteWriter{out_}.sized_bytes(bytes);
}

void RowBuilder::complex_deletion(ColumnId column, const Deletion& deletion) {
  enter(Stage::complex);
  if (deletion.none()) return;
  MUST(complex_.empty() || complex_.back().column < column);
  any_ = true;
  complex_.push_back({column, deletion});
}

void RowBuilder::write_complex() {
  flags_ |= kHasComplex;
  ByteWriter out{out_};
  out.unsigned_vint(complex_.size());
  for (const ComplexDeletion& each : complex_) {
    out.unsigned_vint(each.column.raw);
    out.signed_vint(each.deletion.at.raw);
    out.signed_vint(each.deletion.local.raw);
  }
}

void RowBuilder::check_order(const CellView& cell) {
  if (has_last_ && cell.column <= last_column_) {
    MUST(cell.column == last_column_ && cell.has_path);
    MUST(!last_has_path_ || BytesView(out_).substr(last_path_at_, last_path_bytes_) < cell.path);
  }
  has_last_ = true;
  last_has_path_ = cell.has_path;
  last_column_ = cell.column;
}

void RowBuilder::cell(const CellView& cell) {
  enter(Stage::cells);
  check_order(cell);
  MUST(cell.has_path || (cell.path.empty() && cell.path_as_written.empty()));
  MUST(cell.at != kNoTimestamp && (cell.kind != CellKind::tombstone || cell.value.empty()));
  any_ = true;
  const bool liveness_timestamp = cell.at == liveness_at_;
  const auto header =
      static_cast<uint8_t>(static_cast<unsigned>(cell.kind) | (cell.has_path ? kHasPath : 0) |
                           (liveness_timestamp ? kLivenessTimestamp : 0) | (cell.value.empty() ? 0 : kHasValue) |
                           (cell.path_as_written.empty() ? 0 : kPathAsWritten));

  const size_t strings = cell.path.size() + cell.path_as_written.size() + cell.value.size();
  const size_t old_bytes = out_.size(), bytes_max = old_bytes + kCellNumberBytesMax + strings;
  if (bytes_max > out_.capacity()) out_.reserve(std::max(bytes_max, 2 * out_.capacity()));
  out_.resize_and_overwrite(bytes_max, [&](char* bytes, size_t) {
    char* at = bytes + old_bytes;
    at += store_unsigned_vint(at, cell.column.raw);
    *at++ = static_cast<char>(header);
    if (!liveness_timestamp) at += store_unsigned_vint(at, zigzag(cell.at.raw));
    if (cell.kind == CellKind::expiring) at += store_unsigned_vint(at, cell.ttl);
    if (cell.kind == CellKind::expiring || cell.kind == CellKind::tombstone) {
      at += store_unsigned_vint(at, zigzag(cell.local.raw));
    }
    if (cell.kind == CellKind::expiring) at += store_unsigned_vint(at, cell.boot);
    if (cell.has_path) {
      at = store_sized(at, cell.path);
      last_path_at_ = static_cast<size_t>(at - bytes) - cell.path.size();
      last_path_bytes_ = cell.path.size();
    }
    if (!cell.path_as_written.empty()) at = store_sized(at, cell.path_as_written);
    if (!cell.value.empty()) at = store_sized(at, cell.value);
    return static_cast<size_t>(at - bytes);
  });
}

void RowBuilder::finish() {
  enter(Stage::finished);
  if (!any_) return out_.resize(start_);
  out_[start_] = static_cast<char>(flags_);
}

// --- checking ----------------------------------------------------------------------------------------------------------

static bool complex_deletions_are_in_order(const RowReader& reader) {
  const auto& complex = reader.complex_deletions();
  return std::ranges::adjacent_find(complex, std::ranges::greater_equal{}, &ComplexDeletion::column) == complex.end();
}

static bool follows(const CellView& cell, const CellView& before) {
  if (cell.column != before.column) return cell.column > before.column;
  return cell.has_path && (!before.has_path || cell.path > before.path);
}

Status validate_row(BytesView encoded) {
  RowReader reader{encoded};
  if (!complex_deletions_are_in_order(reader)) return fail(Errc::corrupt, "row: collection deletions are out of order");
  CellView cell, before;
  bool any = !reader.liveness().none() || !reader.deletion().none() || !reader.complex_deletions().empty();
  for (bool first = true; reader.next(cell); first = false) {
    if (!first && !follows(cell, before)) return fail(Errc::corrupt, "row: cells are out of order");
    if (cell.kind == CellKind::counter && !counter_valid(cell.value))
      return fail(Errc::corrupt, "row: a counter's shards make no sense");
    before = cell;
    any = true;
  }
  if (reader.bad()) return fail(Errc::corrupt, "row: malformed or cut short");
  if (!any) return fail(Errc::corrupt, "row: holds nothing");
  return {};
}

}  // namespace ringlet
