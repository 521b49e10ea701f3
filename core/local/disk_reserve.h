// DiskReserve: space kept back for the day the disk is full, in a file that holds nothing.
//
// Who needs room for the log, a flush or metadata and finds none calls release(): the file goes, and its space is theirs. From
// then on the disk counts as full: ordinary writes are refused and no merge runs, while deletions are logged, memtables are
// flushed and tables can be emptied and dropped. look() takes the space again as soon as there is enough of it and some to
// spare, and with that writes are welcome again.
#pragma once

#include <atomic>

#include "core/env/disk.h"

namespace ringlet {

class DiskReserve {
 public:
  static constexpr const char* kFile = "reserve";

  explicit DiskReserve(Disk& disk) : disk_(disk) {}

  bool full() const { return state_.load(std::memory_order_acquire) == State::full; }  // any thread
  Error refusal() const;  // any thread: what a refused client is told
  bool release();         // any thread, after Errc::no_space: true: try once more, there may be room now

  // On the local executor's thread; these block. Best effort: a node works without a reserve.
  void find();                // what an earlier life kept is ours to release
  void keep(uint64_t bytes);  // less of it on a small disk. No room: the disk counts as full
  void look();

 private:
  enum class State : uint8_t { none, held, full };
  Status take();

  Disk& disk_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<State> state_{State::none};
};

}  // namespace ringlet
