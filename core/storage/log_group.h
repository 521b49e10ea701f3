// LogGroup: appends on their way into the log's buffer, together: as one compressed record where that makes fewer bytes, as
// records of their own where it does not. Owned by the leader of the log, who writes it before anything else reaches the tail.
//
// Always holds
//   - a group takes at least an eighth fewer bytes than its records would
//   - what does not compress is written as it is, and the next ones are not tried: the more of them, the more often it did not
#pragma once

#include <vector>

#include "core/storage/log_group_format.h"

namespace ringlet {

struct LogAppend;
class LogTail;

class LogGroup {
 public:
  uint64_t bytes_max() const { return records_bytes_; }  // that write() may append
  bool takes(const LogAppend& append) const;             // it is not full
  void add(LogAppend& append, ShardId shard);            // `append` stays until write()
  bool write(LogTail& tail, uint16_t shard_count);       // tells each where it ends; true: they were compressed

 private:
  struct Member {
    LogAppend* append;
    ShardId shard;
  };
  bool worth_trying();
  std::optional<log_format::RecordHeader> pack();
  void write_packed(LogTail& tail, const log_format::RecordHeader& header);
  void write_each(LogTail& tail, uint16_t shard_count);

  std::vector<Member> members_;
  uint64_t payload_bytes_ = 0, plain_bytes_ = 0, records_bytes_ = 0;
  log_format::GroupPacker packer_;
  uint32_t passes_ = 0, passes_next_ = 0;  // so many groups are not tried
};

}  // namespace ringlet
