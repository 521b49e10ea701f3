// PartitionIndex: where a memtable's partition is, without walking down the list: most reads and overwrites name one. Open
// addressing over the nodes; tokens are hashes already, so their bits choose the place.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/types.h"

namespace ringlet {

template <class Node>
class PartitionIndex {
 public:
  Node* find(BytesView prefix) const {
    if (slots_.empty()) return nullptr;
    for (size_t at = place(prefix);; at = (at + 1) & (slots_.size() - 1)) {
      Node* node = slots_[at];
      if (node == nullptr || node->key() == prefix) return node;
    }
  }
  // Where a partition with this token would be found, brought near: the slot first, and once it is here, its node.
  void prefetch_slot(Token token) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[place_of(token)]);
  }
  void prefetch_node(Token token) const {
    if (slots_.empty()) return;
    if (const Node* node = slots_[place_of(token)]) __builtin_prefetch(node);
  }
  void add(Node* node) {  // not there yet
    if ((count_ + 1) * 3 > slots_.size() * 2) grow();
    put(node);
    ++count_;
  }
  size_t bytes() const { return slots_.capacity() * sizeof(Node*); }

 private:
  size_t place(BytesView prefix) const { return place(load_big<uint64_t>(prefix.data())); }
  size_t place_of(Token token) const { return place(static_cast<uint64_t>(token.raw) ^ (uint64_t{1} << 63)); }
  size_t place(uint64_t biased) const {
    // The token's low bits: the high ones are alike within a shard's slice of the ring.
    return (biased * 0x9E3779B97F4A7C15u >> 20) & (slots_.size() - 1);
  }
  void put(Node* node) {
    size_t at = place(node->key());
    while (slots_[at] != nullptr) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = node;
  }
  void grow() {
    std::vector<Node*> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    for (Node* node : old)
      if (node != nullptr) put(node);
  }

  std::vector<Node*> slots_;  // a power of two of them, at most two thirds taken
  size_t count_ = 0;
};

}  // namespace ringlet
