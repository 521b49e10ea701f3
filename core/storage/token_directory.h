// TokenDirectory: where to begin looking for a new partition's neighbours in a memtable's list. Tokens are spread evenly, so
// their high bits say about where one stands: from the node found here it is a few steps, where a descent through the list is
// a cache miss a step.
//
// Always holds
//   - what below() gives stands strictly below the token asked for; that it is near is only likely
//   - nodes are never looked at: a slot carries its node's token
//   - it grows a little with each add: nobody waits until a large one is filled anew
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/storage/zeroed_array.h"

namespace ringlet {

template <class Node>
class TokenDirectory {
 public:
  // Tokens are Node::head: biased, so that they rise as keys do. Null: none known within a few slots.
  Node* below(uint64_t token) const {
    Node* const node = below_in(slots_, shift_, token);
    return node != nullptr ? node : below_in(old_, shift_ + 1, token);
  }
  void add(Node* node) {
    if (count_ == slots_.size()) grow();
    ++count_;
    move_some();
    put({node->head, node});
  }
  size_t bytes() const { return (slots_.size() + old_.size()) * sizeof(Slot); }

 private:
  static constexpr size_t kLookBack = 8;
  static constexpr size_t kMovedAtOnce = 4;  // slots: all are moved long before the new ones are full
  struct Slot {
    uint64_t token;
    Node* node;  // the least of those that were put here
  };
  using Slots = ZeroedArray<Slot>;

  static Node* below_in(const Slots& slots, int shift, uint64_t token) {
    if (slots.size() == 0) return nullptr;
    const auto at = static_cast<size_t>(token >> shift);
    const size_t last = at < kLookBack ? 0 : at - kLookBack;
    for (size_t i = at + 1; i-- > last;)
      if (slots[i].node != nullptr && slots[i].token < token) return slots[i].node;
    return nullptr;
  }
  void put(const Slot& slot) {
    Slot& there = slots_[static_cast<size_t>(slot.token >> shift_)];
    if (there.node == nullptr || slot.token < there.token) there = slot;
  }
  void move_some() {
    if (old_.size() == 0) return;
    const size_t end = std::min(moved_ + kMovedAtOnce, old_.size());
    for (; moved_ < end; ++moved_)
      if (old_[moved_].node != nullptr) put(old_[moved_]);
    if (moved_ == old_.size()) old_ = {};
  }
  // Halves that nothing is known of stay empty until somebody comes: nobody waits for the whole list to be walked.
  void grow() {
    while (old_.size() != 0) move_some();
    const size_t size = slots_.size();
    old_ = std::exchange(slots_, Slots(size == 0 ? 16 : size * 2));
    shift_ = size == 0 ? 60 : shift_ - 1;
    moved_ = 0;
  }

  Slots slots_;  // a power of two of them
  Slots old_;    // half as many; those below moved_ are in slots_
  size_t moved_ = 0;
  size_t count_ = 0;
  int shift_ = 64;
};

}  // namespace ringlet
