// IoRing: one thread's io_uring, by raw system calls. A shard owns one, attaches it to its thread and gives it to its loop;
// suspending file calls of that thread then go through it, and complete on the same thread without another one's help.
//
// Always holds
//   - used by the thread it is attached to, and by no other
//   - requests of one turn of the loop are submitted together, when the loop polls
//   - a request the kernel cut short is finished by the disk's I/O threads
#pragma once

#include <atomic>
#include <memory>

#include "core/env/poller.h"
#include "core/os/io_threads.h"

struct io_uring_sqe;
struct io_uring_cqe;
struct io_uring_params;

namespace ringlet {

class IoRing final : public Poller {
 public:
  static std::unique_ptr<IoRing> open(unsigned entries,
                                      IoThreads& threads);  // null where the kernel has (or allows) none
  ~IoRing() override;
  IoRing(const IoRing&) = delete;

  void attach();                    // to the calling thread, until the ring goes
  static IoRing* of_this_thread();  // null where none is attached

  bool submit(IoRequest& request);              // false: no room, use the threads
  int fd() const override { return ring_fd_; }  // readable when completions wait
  bool poll() override;
  bool waits_long() const override { return syncs_in_flight_ != 0; }

 private:
  struct Mapping {
    void* at = nullptr;
    size_t bytes = 0;
  };
  IoRing(int ring_fd, IoThreads& threads) : ring_fd_(ring_fd), threads_(threads) {}
  bool map(const io_uring_params& parameters);
  bool supports_what_we_use() const;
  io_uring_sqe& next_entry();
  void flush();
  void complete(const io_uring_cqe& completion);

  const int ring_fd_;
  IoThreads& threads_;
  Mapping rings_, entries_;
  uint32_t* submit_tail_ = nullptr;    // the kernel reads it
  uint32_t* complete_head_ = nullptr;  // the kernel reads it
  uint32_t* complete_tail_ = nullptr;  // the kernel writes it
  uint32_t submit_mask_ = 0, complete_mask_ = 0;
  io_uring_sqe* submissions_ = nullptr;
  const io_uring_cqe* completions_ = nullptr;
  unsigned capacity_ = 0, in_flight_ = 0, syncs_in_flight_ = 0, unsubmitted_ = 0;
};

}  // namespace ringlet
