#include "core/storage/log_group.h"

#include <algorithm>

#include "core/storage/commit_log.h"
#include "core/storage/log_tail.h"

namespace ringlet {
namespace {

using log_format::kGroupBytesMax;
using log_format::RecordHeader;

constexpr uint64_t kTryBytesMin = 512;  // less is hardly ever a page fewer on the medium
constexpr uint32_t kPassesMost = 127;

}  // namespace

bool LogGroup::takes(const LogAppend& append) const {
  return members_.empty() || plain_bytes_ + log_format::grouped_bytes_max(append.record.size()) <= kGroupBytesMax;
}

void LogGroup::add(LogAppend& append, ShardId shard) {
  members_.push_back({&append, shard});
  payload_bytes_ += append.record.size();
  plain_bytes_ += log_format::grouped_bytes_max(append.record.size());
  records_bytes_ += log_format::record_bytes_max(append.record.size());
}

bool LogGroup::write(LogTail& tail, uint16_t shard_count) {
  if (members_.empty()) return false;
  auto header = worth_trying() ? pack() : std::nullopt;
  if (header) {
    header->shard_count = shard_count;
    write_packed(tail, *header);
  } else {
    write_each(tail, shard_count);
  }
  members_.clear();
  payload_bytes_ = plain_bytes_ = records_bytes_ = 0;
  return header.has_value();
}

bool LogGroup::worth_trying() {
  if (payload_bytes_ < kTryBytesMin || plain_bytes_ > kGroupBytesMax) return false;
  if (passes_ == 0) return true;
  --passes_;
  return false;
}

std::optional<RecordHeader> LogGroup::pack() {
  packer_.clear();
  for (const Member& member : members_) packer_.add({member.append->table, member.shard, member.append->record});
  const uint64_t alone = payload_bytes_ + members_.size() * log_format::kRecordHeaderBytesMin;
  auto header = packer_.pack(alone - alone / 8 - log_format::kRecordHeaderBytesMax);
  passes_next_ = header ? 0 : std::min(passes_next_ * 2 + 1, kPassesMost);
  passes_ = passes_next_;
  return header;
}

void LogGroup::write_packed(LogTail& tail, const RecordHeader& header) {
  const LogPosition end = tail.append(header, packer_.payload());
  for (size_t i = 0; i < members_.size(); ++i)
    members_[i].append->end = {end.segment, log_format::end_in_group(end.offset, members_.size(), i)};
}

void LogGroup::write_each(LogTail& tail, uint16_t shard_count) {
  for (const auto& [append, shard] : members_) {
    const RecordHeader header{.length = static_cast<uint32_t>(append->record.size()),
                              .shard = shard,
                              .shard_count = shard_count,
                              .table = append->table};
    append->end = tail.append(header, append->record);
  }
}

}  // namespace ringlet
