#include <algorithm>

#include "core/storage/log_group_format.h"
#include "core/storage/log_replay.h"

namespace ringlet {
namespace {

using log_format::FoundRecord;

class Scan {
 public:
  Scan(BytesView bytes, SegmentId segment, std::optional<uint64_t> end, const LogScan::Visit& visit,
       const LogScan::Part& part)
      : bytes_(bytes), segment_(segment), known_end_(end), visit_(visit), part_(part) {}

  LogScan run() {
    uint64_t at = part_.from;
    found_.end = at;
    if (at == log_format::kSegmentHeaderBytes) read_header();
    while (found_.status && !found_.paused && !ended(at)) {
      const auto record = found_at(at);
      if (record && record->payload_intact && take(*record, at)) {
        at += record->bytes;
      } else if (!pass_over(at, record)) {
        break;
      }
    }
    return std::move(found_);
  }

 private:
  std::optional<FoundRecord> found_at(uint64_t at) const { return log_format::find_record(bytes_, segment_, at, 0); }
  bool ended(uint64_t at) const { return at >= bytes_.size() || (known_end_ && at >= *known_end_); }

  void read_header() {
    const auto header = log_format::decode_segment_header(bytes_);
    if (header && header->segment == segment_) {
      found_.header = *header;
    } else if (!header && header.error().code == Errc::invalid) {
      found_.status = fail(header.error());
    } else if (proven(0, log_format::kSegmentHeaderBytes)) {
      found_.holes.push_back({0, log_format::kSegmentHeaderBytes});
    }
  }

  // False: a group whose checksum holds, and that makes no sense all the same.
  bool take(const FoundRecord& record, uint64_t at) {
    const uint64_t end = at + record.bytes;
    if (record.header.kind == log_format::RecordKind::group) {
      if (!log_format::unpack_group(record, unpacked_, grouped_)) return false;
      take_grouped(record, end);
    } else {
      ++found_.records;
      found_.status = visit_(record, end);
    }
    found_.end = end;
    found_.paused = part_.pause && part_.pause();
    return true;
  }

  void take_grouped(const FoundRecord& group, uint64_t end) {
    ++found_.groups;
    found_.grouped_bytes += group.bytes;
    found_.plain_bytes += unpacked_.size();
    FoundRecord one = group;
    one.header.kind = log_format::RecordKind::mutation;
    one.header.records = 1, one.header.plain_bytes = 0;
    for (size_t i = 0; i < grouped_.size() && found_.status; ++i) {
      one.header.length = static_cast<uint32_t>(grouped_[i].payload.size());
      one.header.shard = grouped_[i].shard;
      one.header.table = grouped_[i].table;
      one.payload = grouped_[i].payload;
      ++found_.records;
      found_.status = visit_(one, log_format::end_in_group(end, grouped_.size(), i));
    }
  }

  // A bad record at `at`: true, and `at` on the next good one, when it was a hole; false at the log's end.
  bool pass_over(uint64_t& at, const std::optional<FoundRecord>& damaged) {
    uint64_t next = at + (damaged ? damaged->bytes : 1);
    if (next > bytes_.size()) next = at + 1;  // a length that verifies and is still too long
    const uint64_t resume = next_record(next);
    const bool hole = known_end_ ? true : proven(at, resume);
    if (!hole) {
      const auto begun = damaged ? damaged : but_for_one_bit(at);
      found_.torn_tail = begun.has_value() || resume < bytes_.size();
      if (found_.torn_tail) found_.torn_bytes = end_of_begun(at, begun) - at;
      return false;
    }
    const uint64_t told_end = known_end_.value_or(resume < bytes_.size() ? resume : part_.synced_through);
    found_.holes.push_back({at, std::max(at + 1, std::min(resume, told_end))});
    at = resume;
    return true;
  }

  // The record at `at` whose header one flipped bit keeps from verifying: the log's last one must not go without a word either.
  std::optional<FoundRecord> but_for_one_bit(uint64_t at) const {
    Bytes header(bytes_.substr(at, log_format::kRecordHeaderBytesMax));
    for (size_t bit = 0; bit < header.size() * 8; ++bit) {
      const auto mask = static_cast<char>(1u << bit % 8);
      header[bit / 8] ^= mask;
      if (auto record = log_format::find_record(header, segment_, at, at)) {
        record->payload = {};  // `header` ends here
        return record;
      }
      header[bit / 8] ^= mask;
    }
    return {};
  }

  // Offset of the first record from `from` on whose header verifies, or the segment's size.
  uint64_t next_record(uint64_t from) const {
    for (uint64_t at = from; at < bytes_.size(); ++at) {
      at = log_format::next_mark(bytes_, at);
      if (at + log_format::kRecordHeaderBytesMin > bytes_.size()) break;
      if (found_at(at)) return at;
    }
    return bytes_.size();
  }

  // Where the last thing that can be told from older bytes ends.
  uint64_t end_of_begun(uint64_t at, const std::optional<FoundRecord>& damaged) const {
    uint64_t end = damaged ? std::min<uint64_t>(at + damaged->bytes, bytes_.size()) : at;
    for (uint64_t next = next_record(at); next < bytes_.size(); next = next_record(end)) {
      const auto record = found_at(next);
      end = std::min<uint64_t>(next + record->bytes, bytes_.size());
    }
    return end;
  }

  // Whether anything from `from` on says that what lies at `offset` was on the medium.
  bool proven(uint64_t offset, uint64_t from) const {
    if (known_end_) return offset < *known_end_ && *known_end_ > log_format::kSegmentHeaderBytes;
    if (offset < part_.synced_through) return true;
    for (uint64_t at = next_record(from); at < bytes_.size();) {
      const auto record = found_at(at);
      if (record && record->header.synced_through > offset) return true;
      at = next_record(at + (record ? std::min(record->bytes, bytes_.size() - at) : 1));
    }
    return false;
  }

  const BytesView bytes_;
  const SegmentId segment_;
  const std::optional<uint64_t> known_end_;
  const LogScan::Visit& visit_;
  const LogScan::Part& part_;
  LogScan found_;
  Bytes unpacked_;
  std::vector<log_format::GroupedRecord> grouped_;
};

}  // namespace

LogScan scan_log_segment(BytesView bytes, SegmentId segment, std::optional<uint64_t> end, const LogScan::Visit& visit,
                         const LogScan::Part& part) {
  return Scan(bytes, segment, end, visit, part).run();
}

}  // namespace ringlet
