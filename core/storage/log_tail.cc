#include "core/storage/log_tail.h"

#include <utility>

#include "core/base/limits.h"

namespace ringlet {
namespace {

using log_format::kSegmentHeaderBytes;

// The records in `bytes`, which lie at `from` of a segment, as they must be written at `to` of another one.
void write_again(BytesView bytes, SegmentId from, uint64_t from_offset, SegmentId to, Bytes& out) {
  for (size_t at = 0; at < bytes.size();) {
    // Checked against the checksums they were made with: what memory holds is all there is of them.
    const auto record = log_format::find_record(bytes, from, from_offset + at, from_offset);
    MUST(record && record->payload_intact);
    log_format::move_record(*record, bytes.substr(at), to, out.size(), out);
    at += record->bytes;
  }
}

void empty(Bytes& buffer) {
  buffer.clear();
  if (buffer.capacity() > kLogBatchBytesMax * 2) buffer.shrink_to_fit();
}

}  // namespace

// How far back the table is told in what will be written together with this record; 0: it is not, and is told now.
uint64_t LogTail::back_to(const TableId& table) {
  const uint64_t here = end(), write_begins = here - unsynced_.size();
  for (const KnownTable& known : known_tables_)
    if (known.at != 0 && known.at >= write_begins && here - known.at <= log_format::kTableReachBytes &&
        known.table == table)
      return here - known.at;
  known_tables_[next_known_++ % known_tables_.size()] = {table, here};
  return 0;
}

LogPosition LogTail::append(log_format::RecordHeader header, BytesView payload) {
  header.synced_through = synced_;
  const uint64_t back = header.kind == log_format::RecordKind::group ? 0 : back_to(header.table);
  log_format::encode(header, payload, segment_.id, end(), unsynced_, back);
  return {segment_.id, end()};
}

void LogTail::cut(uint64_t end) {
  MUST(end >= synced_ + flying_bytes_.size());
  unsynced_.resize(end - synced_ - flying_bytes_.size());
  known_tables_ = {};
}

Task<Status> LogTail::sync() {
  MUST(!flying());
  if (unsynced_.empty()) co_return Status{};
  flown_ = co_await segment_.file->write_and_sync(synced_, unsynced_);
  if (flown_) {
    synced_ += unsynced_.size();
    empty(unsynced_);
  } else {
    segment_.file.reset();
    broken_ = true;
  }
  co_return flown_;
}

void LogTail::take_off() {
  MUST(open() && !flying() && !unsynced_.empty());
  flying_bytes_.swap(unsynced_);
  known_tables_ = {};
  flight_.start(fly());
}

Task<void> LogTail::fly() { flown_ = co_await segment_.file->write_and_sync(synced_, flying_bytes_); }

Task<Status> LogTail::land() {
  co_await flight_.finish();
  if (flown_) {
    synced_ += flying_bytes_.size();
  } else {
    segment_.file.reset();
    broken_ = true;
    flying_bytes_ += unsynced_;
    unsynced_.swap(flying_bytes_);
  }
  empty(flying_bytes_);
  co_return flown_;
}

Task<Status> LogTail::go_on_in(LogSegmentFile next) {
  known_tables_ = {};
  if (broken_) co_return co_await move_to(std::move(next));
  MUST(unsynced_bytes() == 0);
  log_format::encode({next.id, segment_.id, synced_, 0}, unsynced_);
  segment_ = std::move(next);
  synced_ = 0;
  co_return Status{};
}

Task<Status> LogTail::move_to(LogSegmentFile next) {
  BytesView records = unsynced_;
  uint64_t from = synced_;
  if (synced_ == 0) {  // not even its header is known to be on the medium
    records.remove_prefix(kSegmentHeaderBytes);
    from = kSegmentHeaderBytes;
  }
  Bytes bytes;
  log_format::encode({next.id, segment_.id, from, records.size()}, bytes);
  write_again(records, segment_.id, from, next.id, bytes);
  CO_TRY_STATUS(co_await next.file->write_and_sync(0, bytes));
  segment_ = std::move(next);
  synced_ = bytes.size();
  empty(unsynced_);
  broken_ = false;
  co_return Status{};
}

}  // namespace ringlet
