#include "core/storage/log_queue.h"

namespace ringlet {

void LogRequestList::push_back(LogRequest* request) {
  request->next = nullptr;
  append_chain(request);
}

LogRequest* LogRequestList::pop_front() {
  LogRequest* first = head_;
  head_ = first->next;
  if (head_ == nullptr) tail_ = nullptr;
  return first;
}

void LogRequestList::append_chain(LogRequest* oldest) {
  if (oldest == nullptr) return;
  (tail_ == nullptr ? head_ : tail_->next) = oldest;
  tail_ = oldest;
  while (tail_->next != nullptr) tail_ = tail_->next;
}

bool LogQueue::push(LogRequest* request) {
  LogRequest* newest = newest_.load(std::memory_order_relaxed);
  do {
    request->next = newest == leading() ? nullptr : newest;
    // Acquire for the one who starts to lead: it goes on from the state that the last leader left.
  } while (!newest_.compare_exchange_weak(newest, request, std::memory_order_acq_rel, std::memory_order_relaxed));
  return newest == nullptr;
}

void LogQueue::take(LogRequestList& into) {
  LogRequest* newest = newest_.exchange(leading(), std::memory_order_acquire);
  LogRequest* oldest = nullptr;
  while (newest != nullptr && newest != leading()) {
    LogRequest* before = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = before;
  }
  into.append_chain(oldest);
}

bool LogQueue::step_down() {
  LogRequest* expected = leading();
  return newest_.compare_exchange_strong(expected, nullptr, std::memory_order_release, std::memory_order_relaxed);
}

}  // namespace ringlet
