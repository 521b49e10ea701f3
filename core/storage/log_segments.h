// Segment files of the commit log: their names, and a new one made ready beside the leader, so that the log does not wait
// for a file to be made while writers wait for the log.
//
// A segment that is handed out has room for all its bytes and a name that is on the medium: writing into it finds no full
// disk, and what is synced into it is found after a crash. Files of released segments are used again: their blocks are
// already written, so a sync costs no metadata. Which files count is in metadata.db (log_list.h), kept here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/env/env.h"
#include "core/storage/log_errand.h"
#include "core/storage/log_list.h"

namespace ringlet {

inline constexpr std::string_view kLogFolder = "commitlog";
std::string log_segment_path(SegmentId id);                           // "commitlog/0000000000000042.log"
std::optional<SegmentId> log_segment_of(std::string_view file_name);  // of a name inside the folder

struct LogSegmentFile {
  SegmentId id;
  uint64_t bytes = 0;
  std::unique_ptr<File> file;
};

// What the leader wants: a file of `bytes`, made from one that is released where there is one; and released ones unlinked.
struct LogSegmentOrder {
  uint64_t bytes = 0;
  std::optional<SegmentId> recycle;
  std::vector<SegmentId> unlink;
  LogList needed;  // all others stop to count before any of these files goes
};

// Used by the leader of the moment, one order at a time.
class LogSegmentMaker {
 public:
  LogSegmentMaker(Env& env, LocalStore& local) : env_(env), local_(local) {}

  bool started() const { return errand_.started(); }
  void start(LogSegmentOrder order);      // goes on beside the caller, on the local executor
  Task<Result<LogSegmentFile>> finish();  // waits for what was started

 private:
  Task<void> make(LogSegmentOrder order);
  Task<Result<LogSegmentFile>> made(LogSegmentOrder& order);
  Status unlink(const std::vector<SegmentId>& released);
  Task<Result<SegmentId>> next_id();
  Result<std::unique_ptr<File>> recycle(SegmentId from, SegmentId to);
  static Status begin(File& file, SegmentId id);
  Result<std::unique_ptr<File>> create(SegmentId id, uint64_t bytes);
  Result<std::unique_ptr<File>> try_to_create(SegmentId id, uint64_t bytes);

  Env& env_;
  LocalStore& local_;
  uint64_t next_id_ = 0, ids_end_ = 0;  // a block of ids that is ours for ever
  LogErrand errand_;
  std::optional<Result<LogSegmentFile>> result_;
};

}  // namespace ringlet
