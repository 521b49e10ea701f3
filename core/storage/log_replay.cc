#include "core/storage/log_replay.h"

#include <algorithm>

namespace ringlet {
namespace {

using log_format::kSegmentHeaderBytes;
using log_format::SegmentHeader;

struct Segment {
  SegmentId id;
  std::string path;
  std::unique_ptr<File> file;
  uint64_t bytes = 0;
  std::optional<SegmentHeader> header;  // when it is intact and of this life of the file
  std::optional<uint64_t> end;          // as the successor tells it
  bool abandoned = false;
};

class Replayer {
 public:
  Replayer(Disk& disk, LogFiles& files, const CommitLog::Replay& replay, LogReplayReport& report)
      : disk_(disk), files_(files), replay_(replay), report_(report) {}

  Result<LogReplayed> run() {
    TRY_STATUS(find_segments());
    link_segments();
    for (const Segment& segment : segments_) {
      files_.add(segment.id, segment.bytes, keeper_of(segment));
      if (segment.abandoned) files_.give_up(segment.id);
      note_oldest(segment);
    }
    for (Segment& segment : segments_) {
      if (!segment.abandoned) TRY_STATUS(replay_segment(segment));
    }
    TRY_STATUS(settle_last());
    return found_;
  }

 private:
  Status find_segments() {
    // What the folder shows may be undone by a power cut until this: a released segment could come back later.
    TRY_STATUS(disk_.sync_directory(std::string(kLogFolder)));
    TRY(const auto names, disk_.list(std::string(kLogFolder)));
    for (const std::string& name : names) {
      const std::optional<SegmentId> id = log_segment_of(name);
      if (!id) continue;
      Segment segment{*id, log_segment_path(*id), nullptr, 0, {}, {}, false};
      TRY(segment.file, disk_.open(segment.path, OpenMode::write));
      TRY(segment.bytes, segment.file->size_now());
      TRY_STATUS(read_header(segment));
      segments_.push_back(std::move(segment));
    }
    std::ranges::sort(segments_, {}, &Segment::id);
    return {};
  }

  Status read_header(Segment& segment) {
    char raw[kSegmentHeaderBytes];
    TRY(const size_t bytes, segment.file->read_now(0, raw));
    const auto header = log_format::decode_segment_header({raw, bytes});
    if (header && header->segment == segment.id) segment.header = *header;
    if (!header && header.error().code == Errc::invalid)
      return fail(Errc::invalid, segment.path + ": " + header.error().detail);
    return {};
  }

  // From the newest back, because an abandoned segment's word about its predecessor does not count.
  void link_segments() {
    for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
      if (segment->abandoned || !segment->header) continue;
      for (Segment& before : segments_) {
        if (before.id == segment->header->previous_segment) before.end = segment->header->previous_end;
        if (before.id > segment->header->previous_segment && before.id < segment->id) before.abandoned = true;
      }
    }
  }

  static std::optional<SegmentId> keeper_of(const Segment& segment) {
    if (!segment.header || segment.header->previous_segment == SegmentId{}) return {};
    return segment.header->previous_segment;
  }

  void note_oldest(const Segment& segment) {
    const bool older = segment.header && segment.header->moved_bytes != 0;
    const SegmentId oldest = older ? segment.header->previous_segment : segment.id;
    found_.oldest = std::min(found_.oldest.value_or(oldest), oldest);
  }

  Status replay_segment(Segment& segment) {
    bytes_.resize(segment.bytes);
    TRY(const size_t read, segment.file->read_now(0, bytes_));
    bytes_.resize(read);
    const auto visit = [&](const log_format::FoundRecord& record, uint64_t end) { return take(segment, record, end); };
    const LogScan scan = scan_log_segment(bytes_, segment.id, segment.end, visit);
    TRY_STATUS(scan.status);
    for (const LogScan::Hole& hole : scan.holes)
      report_.holes.push_back(segment.path + ": bytes " + std::to_string(hole.begin) + " to " +
                              std::to_string(hole.end) +
                              " were on the medium and are damaged: records in them are lost on this node");
    if (!segment.header && scan.records == 0 && scan.holes.empty()) return {};  // made, and never begun
    ++report_.segments;
    report_.torn_tail = scan.torn_tail;
    last_ = &segment;
    found_.end = {segment.id, scan.end};
    return {};
  }

  Status take(const Segment& segment, const log_format::FoundRecord& found, uint64_t end) {
    if (found.header.kind != log_format::RecordKind::mutation) return {};
    const LogRecord record{found.header.table, found.header.shard, found.header.shard_count, found.payload,
                           position_of(segment, end)};
    TRY(const std::optional<ShardId> shard, replay_(record));
    if (shard) files_.uses.add(record.end.segment, record.table, *shard, record.payload.size());
    ++report_.records;
    report_.bytes += record.payload.size();
    return {};
  }

  static LogPosition position_of(const Segment& segment, uint64_t end) {
    if (!segment.header || end > kSegmentHeaderBytes + segment.header->moved_bytes) return {segment.id, end};
    return {segment.header->previous_segment, segment.header->previous_end + end - kSegmentHeaderBytes};
  }

  // After a kill the page cache may still hold what nobody had synced. We show it from now on, so it has to stay.
  Status settle_last() { return last_ == nullptr ? Status{} : last_->file->sync_now(); }

  Disk& disk_;
  LogFiles& files_;
  const CommitLog::Replay& replay_;
  LogReplayReport& report_;
  std::vector<Segment> segments_;
  Segment* last_ = nullptr;
  Bytes bytes_;
  LogReplayed found_;
};

}  // namespace

Result<LogReplayed> replay_log(Disk& disk, LogFiles& files, const CommitLog::Replay& replay, LogReplayReport& report) {
  return Replayer(disk, files, replay, report).run();
}

}  // namespace ringlet
