// SkipList: byte strings in memcmp order, each with a payload, in an arena (Pugh, CACM 1990). One thread writes; once
// nobody writes any more, any thread may read.
//
// Always holds
//   - nodes never move and are never removed: a pointer to one is good as long as the arena
//   - the first eight key bytes are kept as a number, so that most comparisons touch no second cache line
// Appending in order, as imports and time series do, costs no search.
#pragma once

#include <cstdint>
#include <cstring>
#include <new>

#include "core/base/bytes.h"
#include "core/storage/arena.h"

namespace ringlet {

template <class Payload>
class SkipList {
 public:
  struct Node {
    uint64_t head;
    uint32_t key_bytes;
    uint8_t height;
    Payload payload{};
    Node* next[1];  // `height` of them, then the key
    BytesView key() const { return {reinterpret_cast<const char*>(next + height), key_bytes}; }
  };

  explicit SkipList(Arena& arena) : arena_(arena) {
    for (auto& n : first_) n = nullptr;
    for (auto& n : last_) n = nullptr;
  }

  const Node* front() const { return first_[0]; }
  size_t size() const { return size_; }

  // First node with key >= `key`; null when there is none.
  Node* seek(BytesView key) const {
    const uint64_t head = head_of(key);
    Node* const* links = first_;
    Node* node = nullptr;
    for (int level = height_ - 1; level >= 0; --level) {
      while ((node = links[level]) != nullptr && less(*node, head, key)) links = node->next;
    }
    return node;
  }
  // Last node with key < `key`; null when there is none.
  Node* seek_before(BytesView key) const {
    const uint64_t head = head_of(key);
    Node* const* links = first_;
    Node* before = nullptr;
    for (int level = height_ - 1; level >= 0; --level) {
      for (Node* node; (node = links[level]) != nullptr && less(*node, head, key);) {
        before = node;
        links = node->next;
      }
    }
    return before;
  }
  // The node of `key`, made when it is not there. `near`: a node whose first eight bytes are below the key's, from where most
  // nodes, which stand in the lowest level only, are linked without a descent; null: none is known.
  Node* insert(BytesView key, bool& made, Node* near = nullptr) {
    const uint64_t head = head_of(key);
    made = false;
    if (size_ != 0 && less(*last_[0], head, key)) {  // the end: every level's last node is its predecessor
      made = true;
      return link_at_end(head, key);
    }
    const int height = random_height();
    if (near != nullptr && height == 1) {
      if (Node* node = insert_near(head, key, near, made)) return node;
    }
    Node** before[kHeightMax];
    Node** links = first_;
    Node* node = nullptr;
    for (int level = height_ - 1; level >= 0; --level) {
      while ((node = links[level]) != nullptr && less(*node, head, key)) links = node->next;
      before[level] = links;
    }
    if (node != nullptr && node->head == head && node->key() == key) return node;
    made = true;
    for (int level = height_; level < height; ++level) before[level] = first_;
    if (height > height_) height_ = height;
    Node* fresh = make(head, key, height);
    for (int level = 0; level < height; ++level) {
      fresh->next[level] = before[level][level];
      before[level][level] = fresh;
      if (fresh->next[level] == nullptr) last_[level] = fresh;
    }
    return fresh;
  }

 private:
  static constexpr int kHeightMax = 12;

  static uint64_t head_of(BytesView key) {
    if (key.size() >= 8) return load_big<uint64_t>(key.data());
    char padded[8] = {};
    std::memcpy(padded, key.data(), key.size());
    return load_big<uint64_t>(padded);
  }
  // Equal heads say nothing about keys shorter than eight bytes: then the bytes decide.
  static bool less(const Node& node, uint64_t head, BytesView key) {
    return node.head != head ? node.head < head : node.key() < key;
  }
  int random_height() {
    int height = 1;
    dice_ ^= dice_ << 13;
    dice_ ^= dice_ >> 7;
    dice_ ^= dice_ << 17;
    for (uint64_t bits = dice_; height < kHeightMax && (bits & 3) == 0; bits >>= 2) ++height;
    return height;
  }
  Node* make(uint64_t head, BytesView key, int height) {
    char* memory = arena_.allocate(sizeof(Node) + sizeof(Node*) * static_cast<size_t>(height - 1) + key.size());
    Node* node = new (memory) Node;
    node->head = head;
    node->key_bytes = static_cast<uint32_t>(key.size());
    node->height = static_cast<uint8_t>(height);
    std::memcpy(reinterpret_cast<char*>(node->next + height), key.data(), key.size());
    ++size_;
    return node;
  }
  // Null: `near` is further off than a descent. There is a node behind (the end was looked at before).
  Node* insert_near(uint64_t head, BytesView key, Node* near, bool& made) {
    constexpr int kStepsMax = 24;
    Node* node = near->next[0];
    for (int steps = 0; less(*node, head, key); near = node, node = node->next[0])
      if (++steps > kStepsMax) return nullptr;
    if (node->head == head && node->key() == key) return node;
    made = true;
    Node* fresh = make(head, key, 1);
    fresh->next[0] = node;
    near->next[0] = fresh;
    return fresh;
  }
  Node* link_at_end(uint64_t head, BytesView key) {
    const int height = random_height();
    if (height > height_) height_ = height;
    Node* fresh = make(head, key, height);
    for (int level = 0; level < height; ++level) {
      fresh->next[level] = nullptr;
      (last_[level] == nullptr ? first_[level] : last_[level]->next[level]) = fresh;
      last_[level] = fresh;
    }
    return fresh;
  }

  Arena& arena_;
  Node* first_[kHeightMax];
  Node* last_[kHeightMax];
  int height_ = 1;
  size_t size_ = 0;
  uint64_t dice_ = 0x9E3779B97F4A7C15u;  // shapes the list, never what it answers
};

}  // namespace ringlet
