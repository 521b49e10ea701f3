#include "core/env/timer_heap.h"

namespace ringlet {

TimerId TimerHeap::start(Instant when, std::coroutine_handle<> next) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot].handle = next;
  slots_[slot].armed = true;
  heap_.push_back({when, started_++, slot});
  slots_[slot].heap_index = heap_.size() - 1;
  rise(heap_.size() - 1);
  return TimerId{static_cast<uint64_t>(slots_[slot].generation) << 32 | (slot + 1)};
}

bool TimerHeap::cancel(TimerId id) {
  const auto slot = static_cast<uint32_t>(id.raw) - 1;
  const auto generation = static_cast<uint32_t>(id.raw >> 32);
  if (slot >= slots_.size() || !slots_[slot].armed || slots_[slot].generation != generation) return false;
  erase(slots_[slot].heap_index);
  return true;
}

std::coroutine_handle<> TimerHeap::pop_due(Instant now) {
  if (heap_.empty() || heap_.front().when > now) return {};
  const std::coroutine_handle<> due = slots_[heap_.front().slot].handle;
  erase(0);
  return due;
}

void TimerHeap::place(size_t index, Entry entry) {
  heap_[index] = entry;
  slots_[entry.slot].heap_index = index;
}

void TimerHeap::rise(size_t index) {
  const Entry moving = heap_[index];
  for (; index > 0; index = (index - 1) / 2) {
    const size_t parent = (index - 1) / 2;
    if (!(moving < heap_[parent])) break;
    place(index, heap_[parent]);
  }
  place(index, moving);
}

void TimerHeap::sink(size_t index) {
  const Entry moving = heap_[index];
  while (true) {
    size_t child = index * 2 + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
    if (!(heap_[child] < moving)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, moving);
}

void TimerHeap::erase(size_t index) {
  Slot& slot = slots_[heap_[index].slot];
  slot.armed = false;
  ++slot.generation;
  free_slots_.push_back(heap_[index].slot);
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  place(index, last);
  rise(index);
  sink(slots_[last.slot].heap_index);
}

}  // namespace ringlet
