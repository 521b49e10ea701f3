// RemoteQueue: handles that other threads hand to an executor. Any thread pushes, one thread takes; no locks, no bound of its
// own (a push never fails: what is posted is a suspended coroutine, and those are bounded where they are made).
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <new>

#include "core/env/frame_pool.h"

namespace ringlet {

class RemoteQueue {
 public:
  RemoteQueue() = default;
  RemoteQueue(const RemoteQueue&) = delete;
  ~RemoteQueue() {
    take_all([](std::coroutine_handle<>) {});
  }

  // true: the queue was empty, so the taker may be asleep. Sequentially consistent with the taker's sleep flag.
  bool push(std::coroutine_handle<> handle) {
    Node* node = new (frame_allocate(sizeof(Node))) Node{handle, nullptr};
    Node* older = newest_.load(std::memory_order_relaxed);
    do {
      node->older = older;  // once the exchange succeeds the node is the taker's, and may be gone
    } while (!newest_.compare_exchange_weak(older, node, std::memory_order_seq_cst, std::memory_order_relaxed));
    return older == nullptr;
  }
  bool empty() const { return newest_.load(std::memory_order_seq_cst) == nullptr; }

  // Everything pushed so far, oldest first.
  template <class Consumer>
  size_t take_all(Consumer consume) {
    if (newest_.load(std::memory_order_relaxed) == nullptr) return 0;
    Node* newest = newest_.exchange(nullptr, std::memory_order_acquire);
    Node* oldest = nullptr;
    while (newest != nullptr) {
      Node* older = newest->older;
      newest->older = oldest;
      oldest = newest;
      newest = older;
    }
    size_t taken = 0;
    for (; oldest != nullptr; ++taken) {
      Node* next = oldest->older;
      consume(oldest->handle);
      frame_release(oldest, sizeof(Node));
      oldest = next;
    }
    return taken;
  }

 private:
  struct Node {
    std::coroutine_handle<> handle;
    Node* older;
  };
  std::atomic<Node*> newest_{nullptr};  // a stack, turned around by the taker
};

}  // namespace ringlet
