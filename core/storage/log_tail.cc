#include "core/storage/log_tail.h"

#include "core/base/limits.h"

namespace ringlet {
namespace {

using log_format::kSegmentHeaderBytes;

// The records in `bytes`, which lie at `from` of a segment, as they must be written at `to` of another one.
void write_again(BytesView bytes, SegmentId from, uint64_t from_offset, SegmentId to, Bytes& out) {
  for (size_t at = 0; at < bytes.size();) {
    // Checked against the checksums they were made with: what memory holds is all there is of them.
    const auto record = log_format::find_record(bytes.substr(at), from, from_offset + at);
    MUST(record && record->payload_intact);
    log_format::RecordHeader header = record->header;
    header.synced_through = 0;
    log_format::encode(header, record->payload, to, out.size(), out);
    at += record->bytes;
  }
}

}  // namespace

LogPosition LogTail::append(log_format::RecordHeader header, BytesView payload) {
  header.synced_through = static_cast<uint32_t>(synced_);
  log_format::encode(header, payload, segment_.id, end(), unsynced_);
  return {segment_.id, end()};
}

Task<Status> LogTail::sync() {
  if (unsynced_.empty()) co_return Status{};
  Status status = co_await segment_.file->write_and_sync(synced_, unsynced_);
  if (!status) {
    segment_.file.reset();
    broken_ = true;
    co_return status;
  }
  synced_ += unsynced_.size();
  unsynced_.clear();
  if (unsynced_.capacity() > kLogBatchBytesMax * 2) unsynced_.shrink_to_fit();
  co_return status;
}

Task<Status> LogTail::go_on_in(LogSegmentFile next) {
  if (broken_) co_return co_await move_to(std::move(next));
  MUST(unsynced_.empty());
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
  unsynced_.clear();
  broken_ = false;
  co_return Status{};
}

}  // namespace ringlet
