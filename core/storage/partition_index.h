// PartitionIndex: where a memtable's partition is, without walking down the list: most reads and overwrites name one. Open
// addressing over the nodes; tokens are hashes already, so their bits choose the place. It grows a little with each add: nobody
// waits until a large one is filled anew.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/types.h"
#include "core/storage/zeroed_array.h"

namespace ringlet {

template <class Node>
class PartitionIndex {
 public:
  Node* find(BytesView prefix) const {
    Node* node = find_in(slots_, prefix);
    return node != nullptr ? node : find_in(old_, prefix);
  }
  // Where a partition with this token would be found, brought near: the slot first, and once it is here, its node.
  void prefetch_slot(Token token) const {
    if (slots_.size() != 0) __builtin_prefetch(&slots_[place_of(token)]);
  }
  void prefetch_node(Token token) const {
    if (slots_.size() == 0) return;
    if (const Node* node = slots_[place_of(token)]) __builtin_prefetch(node);
  }
  void add(Node* node) {  // not there yet
    if ((count_ + 1) * 3 > slots_.size() * 2) grow();
    move_some();
    put(node);
    ++count_;
  }
  size_t bytes() const { return (slots_.size() + old_.size()) * sizeof(Node*); }

 private:
  using Slots = ZeroedArray<Node*>;
  static constexpr size_t kMovedAtOnce = 8;  // slots: all are moved long before the new ones are full

  static uint64_t biased(BytesView prefix) { return load_big<uint64_t>(prefix.data()); }
  static size_t place(const Slots& slots, uint64_t biased) {
    // The token's low bits: the high ones are alike within a shard's slice of the ring.
    return (biased * 0x9E3779B97F4A7C15u >> 20) & (slots.size() - 1);
  }
  size_t place_of(Token token) const { return place(slots_, static_cast<uint64_t>(token.raw) ^ (uint64_t{1} << 63)); }
  static Node* find_in(const Slots& slots, BytesView prefix) {
    if (slots.size() == 0) return nullptr;
    for (size_t at = place(slots, biased(prefix));; at = (at + 1) & (slots.size() - 1)) {
      Node* node = slots[at];
      if (node == nullptr || node->key() == prefix) return node;
    }
  }
  void put(Node* node) {
    size_t at = place(slots_, biased(node->key()));
    while (slots_[at] != nullptr) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = node;
  }
  // What was moved stays in its old slot too: chains through it still hold.
  void move_some() {
    if (old_.size() == 0) return;
    const size_t end = std::min(moved_ + kMovedAtOnce, old_.size());
    for (; moved_ < end; ++moved_)
      if (old_[moved_] != nullptr) put(old_[moved_]);
    if (moved_ == old_.size()) old_ = {};
  }
  void grow() {
    while (old_.size() != 0) move_some();
    old_ = std::exchange(slots_, Slots(slots_.size() == 0 ? 16 : slots_.size() * 2));
    moved_ = 0;
  }

  Slots slots_;  // a power of two of them, at most two thirds taken
  Slots old_;    // half as many; those below moved_ are in slots_
  size_t moved_ = 0;
  size_t count_ = 0;
};

}  // namespace ringlet
