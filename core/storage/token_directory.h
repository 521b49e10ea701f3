// TokenDirectory: where to begin looking for a new partition's neighbours in a memtable's list. Tokens are spread evenly, so
// their high bits say about where one stands: from the node found here it is a few steps, where a descent through the list is
// a cache miss a step.
//
// Always holds
//   - what below() gives stands strictly below the token asked for; that it is near is only likely
//   - nodes are never looked at: a slot carries its node's token
#pragma once

#include <cstdint>
#include <vector>

namespace ringlet {

template <class Node>
class TokenDirectory {
 public:
  // Tokens are Node::head: biased, so that they rise as keys do. Null: none known within a few slots.
  Node* below(uint64_t token) const {
    if (slots_.empty()) return nullptr;
    const size_t at = place(token), last = at < kLookBack ? 0 : at - kLookBack;
    for (size_t i = at + 1; i-- > last;)
      if (slots_[i].node != nullptr && slots_[i].token < token) return slots_[i].node;
    return nullptr;
  }
  void add(Node* node) {
    if (count_ == slots_.size()) grow();
    ++count_;
    put({node->head, node});
  }
  size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  static constexpr size_t kLookBack = 8;
  struct Slot {
    uint64_t token = 0;
    Node* node = nullptr;  // the least of those that were put here
  };
  size_t place(uint64_t token) const { return static_cast<size_t>(token >> shift_); }
  void put(const Slot& slot) {
    Slot& there = slots_[place(slot.token)];
    if (there.node == nullptr || slot.token < there.token) there = slot;
  }
  // Halves that nothing is known of stay empty until somebody comes: nobody waits for the whole list to be walked.
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    shift_ = old.empty() ? 60 : shift_ - 1;
    for (const Slot& slot : old)
      if (slot.node != nullptr) put(slot);
  }

  std::vector<Slot> slots_;  // a power of two of them
  size_t count_ = 0;
  int shift_ = 64;
};

}  // namespace ringlet
