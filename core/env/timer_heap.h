// TimerHeap: the timers of one executor, soonest first; equal instants fire in the order they were started. Pure: whoever
// owns it brings the time. Every implementation of Executor keeps its timers here.
#pragma once

#include <coroutine>
#include <cstdint>
#include <vector>

#include "core/env/executor.h"

namespace ringlet {

class TimerHeap {
 public:
  TimerId start(Instant when, std::coroutine_handle<> next);
  bool cancel(TimerId id);  // false: it was popped or cancelled before
  Instant next() const { return heap_.empty() ? kNever : heap_.front().when; }
  std::coroutine_handle<> pop_due(Instant now);  // null when nothing is due
  size_t size() const { return heap_.size(); }

 private:
  // A timer's id is its slot and the slot's generation, so that an id that has fired never names a later timer.
  struct Slot {
    std::coroutine_handle<> handle;
    size_t heap_index = 0;
    uint32_t generation = 0;
    bool armed = false;
  };
  struct Entry {
    Instant when;
    uint64_t order;
    uint32_t slot;
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.when != b.when ? a.when < b.when : a.order < b.order;
    }
  };
  void place(size_t index, Entry entry);
  void rise(size_t index);
  void sink(size_t index);
  void erase(size_t index);

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  std::vector<Entry> heap_;  // a binary heap; slots know where their entry is
  uint64_t started_ = 0;
};

}  // namespace ringlet
