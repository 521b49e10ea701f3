// PartitionIndex: where a memtable's partition is, without walking down the list: most reads and overwrites name one. Open
// addressing over the nodes; tokens are hashes already, so their bits choose the place.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.h"

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
  void add(Node* node) {  // not there yet
    if ((count_ + 1) * 3 > slots_.size() * 2) grow();
    put(node);
    ++count_;
  }
  size_t bytes() const { return slots_.capacity() * sizeof(Node*); }

 private:
  size_t place(BytesView prefix) const {
    // The token's low bits: the high ones are alike within a shard's slice of the ring.
    return (load_big<uint64_t>(prefix.data()) * 0x9E3779B97F4A7C15u >> 20) & (slots_.size() - 1);
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
