#include "core/os/io_ring.h"

#include <linux/fs.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "core/base/must.h"

namespace ringlet {
namespace {

thread_local IoRing* attached = nullptr;

uint32_t* word_at(void* base, uint32_t offset) {
  return reinterpret_cast<uint32_t*>(static_cast<char*>(base) + offset);
}

}  // namespace

std::unique_ptr<IoRing> IoRing::open(unsigned entries, IoThreads& threads) {
  io_uring_params parameters{};
  const auto fd = static_cast<int>(syscall(SYS_io_uring_setup, entries, &parameters));
  if (fd < 0) return nullptr;
  std::unique_ptr<IoRing> ring(new IoRing(fd, threads));
  if (!ring->map(parameters) || !ring->supports_what_we_use()) return nullptr;
  return ring;
}

IoRing::~IoRing() {
  MUST(in_flight_ == 0);
  if (attached == this) attached = nullptr;
  if (rings_.at != nullptr) munmap(rings_.at, rings_.bytes);
  if (entries_.at != nullptr) munmap(entries_.at, entries_.bytes);
  close(ring_fd_);
}

void IoRing::attach() {
  attached = this;
  // The kernel's threads that carry out what blocks work where this thread may: a node that was given one processor keeps
  // to it, and is not woken from another. Kernels before 5.14 cannot, and do without.
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof processors, &processors) == 0)
    syscall(SYS_io_uring_register, ring_fd_, IORING_REGISTER_IOWQ_AFF, &processors, sizeof processors);
}
IoRing* IoRing::of_this_thread() { return attached; }

bool IoRing::map(const io_uring_params& parameters) {
  if ((parameters.features & IORING_FEAT_SINGLE_MMAP) == 0 || (parameters.features & IORING_FEAT_NODROP) == 0)
    return false;
  const auto map_part = [this](size_t bytes, off_t which, Mapping& into) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_fd_, which);
    if (at == MAP_FAILED) return false;
    into = {at, bytes};
    return true;
  };
  const size_t ring_bytes = std::max(parameters.sq_off.array + parameters.sq_entries * sizeof(uint32_t),
                                     parameters.cq_off.cqes + parameters.cq_entries * sizeof(io_uring_cqe));
  if (!map_part(ring_bytes, IORING_OFF_SQ_RING, rings_)) return false;
  if (!map_part(parameters.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES, entries_)) return false;
  submit_tail_ = word_at(rings_.at, parameters.sq_off.tail);
  complete_head_ = word_at(rings_.at, parameters.cq_off.head);
  complete_tail_ = word_at(rings_.at, parameters.cq_off.tail);
  submit_mask_ = *word_at(rings_.at, parameters.sq_off.ring_mask);
  complete_mask_ = *word_at(rings_.at, parameters.cq_off.ring_mask);
  submissions_ = static_cast<io_uring_sqe*>(entries_.at);
  completions_ = reinterpret_cast<const io_uring_cqe*>(static_cast<char*>(rings_.at) + parameters.cq_off.cqes);
  capacity_ = parameters.sq_entries;
  uint32_t* order = word_at(rings_.at, parameters.sq_off.array);
  for (uint32_t n = 0; n < parameters.sq_entries; ++n) order[n] = n;  // entries are used in place, in ring order
  return true;
}

bool IoRing::supports_what_we_use() const {
  constexpr unsigned kOperations = 64;
  std::vector<char> space(sizeof(io_uring_probe) + kOperations * sizeof(io_uring_probe_op));
  auto* probe = reinterpret_cast<io_uring_probe*>(space.data());
  if (syscall(SYS_io_uring_register, ring_fd_, IORING_REGISTER_PROBE, probe, kOperations) < 0) return false;
  const auto has = [probe](unsigned operation) {
    return operation <= probe->last_op && (probe->ops[operation].flags & IO_URING_OP_SUPPORTED) != 0;
  };
  return has(IORING_OP_READ) && has(IORING_OP_WRITE) && has(IORING_OP_FSYNC);
}

io_uring_sqe& IoRing::next_entry() {
  io_uring_sqe& entry = submissions_[(*submit_tail_ + unsubmitted_) & submit_mask_];
  std::memset(&entry, 0, sizeof entry);
  ++unsubmitted_;
  ++in_flight_;
  return entry;
}

bool IoRing::submit(IoRequest& request) {
  constexpr size_t kTransferMax = 1u << 30;  // an entry's length has 32 bits
  if (in_flight_ == capacity_ || request.size > kTransferMax) return false;
  io_uring_sqe& entry = next_entry();
  entry.fd = request.fd;
  entry.user_data = reinterpret_cast<uint64_t>(&request);
  if (request.syncs()) ++syncs_in_flight_;
  if (request.kind == IoRequest::Kind::sync) {
    entry.opcode = IORING_OP_FSYNC;
    entry.fsync_flags = IORING_FSYNC_DATASYNC;
    return true;
  }
  entry.opcode = request.writes() ? IORING_OP_WRITE : IORING_OP_READ;
  entry.off = request.offset;
  entry.addr = reinterpret_cast<uint64_t>(request.data);
  entry.len = static_cast<uint32_t>(request.size);
  if (request.syncs()) {
    // One call of one kernel thread, where a write with a sync linked to it would be two calls and two completions. Never
    // on this thread, as a file system that writes without waiting might try to.
    entry.rw_flags = RWF_DSYNC;
    entry.flags = IOSQE_ASYNC;
  }
  return true;
}

void IoRing::flush() {
  if (unsubmitted_ == 0) return;
  std::atomic_ref(*submit_tail_).store(*submit_tail_ + unsubmitted_, std::memory_order_release);
  while (unsubmitted_ > 0) {
    const long taken = syscall(SYS_io_uring_enter, ring_fd_, unsubmitted_, 0, 0, nullptr, 0);
    if (taken < 0 && (errno == EINTR || errno == EAGAIN || errno == EBUSY)) continue;
    MUST(taken > 0);
    unsubmitted_ -= static_cast<unsigned>(taken);
  }
}

bool IoRing::poll() {
  flush();
  uint32_t head = *complete_head_;
  const uint32_t tail = std::atomic_ref(*complete_tail_).load(std::memory_order_acquire);
  if (head == tail) return false;
  for (; head != tail; ++head) complete(completions_[head & complete_mask_]);
  std::atomic_ref(*complete_head_).store(head, std::memory_order_release);
  return true;
}

void IoRing::complete(const io_uring_cqe& completion) {
  IoRequest& request = *reinterpret_cast<IoRequest*>(completion.user_data);
  --in_flight_;
  if (request.syncs()) --syncs_in_flight_;
  bool finish_on_thread = completion.res == -EINTR || completion.res == -EAGAIN;
  if (completion.res >= 0) {
    request.done = static_cast<size_t>(completion.res);
    const bool at_end_of_file = request.kind == IoRequest::Kind::read && request.done == 0;
    finish_on_thread = request.done < request.size && !at_end_of_file;
  } else if (!finish_on_thread) {
    request.error_number = -completion.res;
  }
  if (finish_on_thread) {
    threads_.submit(request);
  } else {
    request.executor->post(request.waiter);
  }
}

}  // namespace ringlet
