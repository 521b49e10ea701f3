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
  bool made = false;            // the part of its header that it was made with is intact
  uint64_t synced_through = 0;  // as its records tell
};

class Replayer {
 public:
  explicit Replayer(LogReplayWork& work) : work_(work), files_(work.files), report_(work.report) {}

  Task<Result<LogReplayed>> run() {
    CO_TRY_STATUS(find_segments());
    report_missing();
    link_segments();
    for (const Segment& segment : segments_) {
      files_.add(segment.id, segment.bytes, keeper_of(segment));
      if (segment.abandoned) files_.give_up(segment.id);
      note_oldest(segment);
    }
    for (Segment& segment : segments_) {
      if (!segment.abandoned) CO_TRY_STATUS(co_await replay_segment(segment));
    }
    CO_TRY_STATUS(settle_last());
    co_return found_;
  }

 private:
  Status find_segments() {
    // What the folder shows may be undone by a power cut until this: a released segment could come back later.
    TRY_STATUS(work_.disk.sync_directory(std::string(kLogFolder)));
    TRY(const auto names, work_.disk.list(std::string(kLogFolder)));
    for (const std::string& name : names) {
      const std::optional<SegmentId> id = log_segment_of(name);
      if (!id) continue;
      Segment segment{*id, log_segment_path(*id), nullptr, 0, {}, {}, false, false};
      TRY(segment.file, work_.disk.open(segment.path, OpenMode::write));
      TRY(segment.bytes, segment.file->size_now());
      TRY_STATUS(read_header(segment));
      if (counts(segment)) {
        if (!listed_as_is(segment)) TRY_STATUS(segment.file->sync_now());  // its size goes on the list
        segments_.push_back(std::move(segment));
      } else {
        segment.file.reset();
        (void)work_.disk.remove(segment.path);  // what stays is not looked at next time either
      }
    }
    std::ranges::sort(segments_, {}, &Segment::id);
    return {};
  }

  bool counts(const Segment& segment) const {
    if (!work_.list || work_.list->contains(segment.id)) return true;
    return segment.header && (work_.list->empty() || segment.id > work_.list->rbegin()->first);
  }

  bool listed_as_is(const Segment& segment) const {
    const auto listed = listing_of(segment.id);
    return listed && listed->bytes == segment.bytes;
  }

  std::optional<ListedSegment> listing_of(SegmentId id) const {
    if (!work_.list) return {};
    const auto at = work_.list->find(id);
    return at == work_.list->end() ? std::nullopt : std::optional(at->second);
  }

  void report_missing() {
    if (!work_.list) return;
    for (const auto& [id, listed] : *work_.list) {
      if (std::ranges::binary_search(segments_, id, {}, &Segment::id)) continue;
      report_.holes.push_back(log_segment_path(id) +
                              " is missing, though metadata.db lists it: the records it held are lost on this node");
    }
  }

  void report_short(const Segment& segment) {
    uint64_t expected = segment.end.value_or(0);
    if (const auto listed = listing_of(segment.id); listed && !segment.end) expected = listed->bytes;
    if (segment.bytes >= expected) return;
    report_.holes.push_back(segment.path + " is cut short: " + std::to_string(segment.bytes) + " of its " +
                            std::to_string(expected) + " bytes are left, records in the rest are lost on this node");
  }

  Status read_header(Segment& segment) {
    char raw[kSegmentHeaderBytes];
    TRY(const size_t bytes, segment.file->read_now(0, raw));
    const auto header = log_format::decode_segment_header({raw, bytes});
    segment.made = log_format::is_made_segment({raw, bytes}, segment.id);
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

  Task<Status> replay_segment(Segment& segment) {
    report_short(segment);
    bytes_.resize(segment.bytes);
    CO_TRY(const size_t read, segment.file->read_now(0, bytes_));
    bytes_.resize(read);
    const auto visit = [&](const log_format::FoundRecord& record, uint64_t end) { return take(segment, record, end); };
    LogScan::Part part;
    part.pause = work_.wants_room;
    const auto listed = listing_of(segment.id);
    if (listed) part.synced_through = listed->synced_through;
    files_.note_synced(segment.id, std::max(part.synced_through, segment.end.value_or(0)));
    uint64_t records = 0, holes = 0;
    LogScan scan;
    do {
      scan = scan_log_segment(bytes_, segment.id, segment.end, visit, part);
      CO_TRY_STATUS(scan.status);
      report_holes(segment, scan);
      records += scan.records;
      holes += scan.holes.size();
      part.from = scan.end;
      if (scan.paused) CO_TRY_STATUS(co_await work_.make_room());
    } while (scan.paused);
    if (!segment.header && records == 0 && holes == 0) {  // made, and never begun
      if (listed && !segment.made && segment.bytes == listed->bytes)
        report_.holes.push_back(segment.path +
                                " has lost its header, with whatever it held: any records in it are lost on this node");
      co_return Status{};
    }
    ++report_.segments;
    report_torn(segment, scan);
    last_ = &segment;
    found_.end = {segment.id, scan.end};
    co_return Status{};
  }

  void report_holes(const Segment& segment, const LogScan& scan) {
    for (const LogScan::Hole& hole : scan.holes)
      report_.holes.push_back(segment.path + ": bytes " + std::to_string(hole.begin) + " to " +
                              std::to_string(hole.end) +
                              " were on the medium and are damaged: records in them are lost on this node");
  }

  // Only the log's very end may be torn; what an earlier segment says of itself was settled by its successor.
  void report_torn(const Segment& segment, const LogScan& scan) {
    report_.torn_tail = scan.torn_tail;
    report_.torn.clear();
    if (!scan.torn_tail) return;
    report_.torn = segment.path + ": cut at offset " + std::to_string(scan.end) + ", " +
                   std::to_string(scan.torn_bytes) +
                   " bytes of a write that no sync had completed: nothing in them was acknowledged as durable";
  }

  Status take(Segment& segment, const log_format::FoundRecord& found, uint64_t end) {
    segment.synced_through = std::max(segment.synced_through, found.header.synced_through);
    if (found.header.kind != log_format::RecordKind::mutation) return {};
    const LogRecord record{found.header.table, found.header.shard, found.header.shard_count, found.payload,
                           position_of(segment, end)};
    TRY(const std::optional<ShardId> shard, work_.replay(record));
    if (shard) files_.uses.add(record.end.segment, record.table, *shard, record.payload.size());
    ++report_.records;
    report_.bytes += record.payload.size();
    return {};
  }

  static LogPosition position_of(const Segment& segment, uint64_t end) {
    if (!segment.header || end > kSegmentHeaderBytes + segment.header->moved_bytes) return {segment.id, end};
    return {segment.header->previous_segment, segment.header->previous_end + end - kSegmentHeaderBytes};
  }

  // After a kill the page cache may still hold what nobody had synced. We show it from now on, so it has to stay. A sync of it may
  // have failed before the kill, and then one that succeeds proves nothing but for bytes that were written again: the last batch.
  Status settle_last() {
    if (last_ == nullptr) return {};
    const auto listed = listing_of(last_->id);
    const uint64_t synced = std::max(last_->synced_through, listed ? listed->synced_through : 0);
    const uint64_t end = found_.end.offset, from = std::min(synced, end);
    bytes_.resize(end - from);
    TRY(const size_t read, last_->file->read_now(from, bytes_));
    if (read > 0) TRY_STATUS(last_->file->write_now(from, BytesView(bytes_).substr(0, read)));
    return last_->file->sync_now();
  }

  LogReplayWork& work_;
  LogFiles& files_;
  LogReplayReport& report_;
  std::vector<Segment> segments_;
  Segment* last_ = nullptr;
  Bytes bytes_;
  LogReplayed found_;
};

}  // namespace

Task<Result<LogReplayed>> replay_log(LogReplayWork& work) {
  Replayer replayer(work);
  co_return co_await replayer.run();
}

}  // namespace ringlet
