#include "core/storage/block_cache.h"

#include <set>
#include <utility>
#include <vector>

#include "core/base/must.h"

namespace ringlet {

struct BlockCache::Block {
  enum class Place : uint8_t { nowhere, small, main, pinned };
  CacheKey key;
  Bytes bytes;
  uint32_t references = 0;  // handles, and one for the cache
  uint8_t uses = 0;         // since it entered its queue, 3 at most
  Place place = Place::nowhere;
  Block* chain = nullptr;  // next of the same hash bucket
  Block* older = nullptr;  // towards the end that leaves first
  Block* newer = nullptr;

  static constexpr size_t kAllocatorBytes = 32;  // what malloc adds to the block and to its bytes
  size_t cost() const { return sizeof(Block) + kAllocatorBytes + bytes.capacity(); }
};

namespace {

using Block = BlockCache::Block;

constexpr uint8_t kUsesMax = 3;

uint64_t hash_of(const CacheKey& key) {
  uint64_t h = (key.file.raw * 0x9E3779B97F4A7C15u) ^ key.offset;
  h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93u;
  return h ^ (h >> 29);
}

void release(Block* block) {
  if (--block->references == 0) delete block;
}

// First in, first out; blocks carry the links.
struct Queue {
  Block* oldest = nullptr;
  Block* newest = nullptr;
  size_t bytes = 0;
  size_t blocks = 0;

  void push(Block* block) {
    block->older = newest;
    block->newer = nullptr;
    (newest != nullptr ? newest->newer : oldest) = block;
    newest = block;
    bytes += block->cost();
    ++blocks;
  }
  void remove(Block* block) {
    (block->older != nullptr ? block->older->newer : oldest) = block->newer;
    (block->newer != nullptr ? block->newer->older : newest) = block->older;
    bytes -= block->cost();
    --blocks;
  }
};

// Remembers the keys that left the small queue lately: a direct-mapped table, so a collision forgets one key.
class Ghosts {
 public:
  void resize(size_t slots) {
    if (slots_.size() != slots) slots_.assign(slots, Slot{});
  }
  size_t bytes() const { return slots_.size() * sizeof(Slot); }
  void add(uint64_t hash) {
    if (!slots_.empty()) slots_[hash % slots_.size()] = Slot{static_cast<uint32_t>(hash >> 32), ++clock_};
  }
  // True once for each add, while at most `reach` keys were added since.
  bool take(uint64_t hash, size_t reach) {
    if (slots_.empty()) return false;
    Slot& slot = slots_[hash % slots_.size()];
    const bool known = slot.at != 0 && slot.tag == static_cast<uint32_t>(hash >> 32) && clock_ - slot.at <= reach;
    if (known) slot = {};
    return known;
  }

 private:
  struct Slot {
    uint32_t tag = 0, at = 0;
  };
  std::vector<Slot> slots_;
  uint32_t clock_ = 0;
};

}  // namespace

struct BlockCache::State {
  size_t capacity = 0;
  std::vector<Block*> buckets{16, nullptr};  // a power of two
  Queue small, main, pinned;                 // seen once; seen again; never to leave
  std::set<FileId> pinned_files;
  uint64_t pins_refused = 0;
  Ghosts ghosts;
  uint64_t hits = 0, misses = 0;

  size_t bytes() const {
    return small.bytes + main.bytes + pinned.bytes + buckets.size() * sizeof(Block*) + ghosts.bytes();
  }
  size_t blocks() const { return small.blocks + main.blocks + pinned.blocks; }
  Block*& bucket(const CacheKey& key) { return buckets[hash_of(key) & (buckets.size() - 1)]; }

  Block* find(const CacheKey& key) {
    for (Block* block = bucket(key); block != nullptr; block = block->chain) {
      if (block->key == key) return block;
    }
    return nullptr;
  }

  void grow_buckets() {
    std::vector<Block*> old(buckets.size() * 2, nullptr);
    old.swap(buckets);
    for (Block* block : old) {
      while (block != nullptr) {
        Block* const next = block->chain;
        Block*& head = bucket(block->key);
        block->chain = head;
        head = block;
        block = next;
      }
    }
  }

  void unlink(Block* block) {
    Block** at = &bucket(block->key);
    while (*at != block) at = &(*at)->chain;
    *at = block->chain;
    queue_of(block->place).remove(block);
    block->place = Block::Place::nowhere;
    release(block);
  }

  void enter(Block* block, Block::Place place) {
    block->place = place;
    block->uses = 0;
    queue_of(place).push(block);
  }

  Queue& queue_of(Block::Place place) {
    return place == Block::Place::small ? small : place == Block::Place::main ? main : pinned;
  }
  void move(Block* block, Block::Place place) {
    queue_of(block->place).remove(block);
    enter(block, place);
  }
  template <class What>
  void for_each_in(Queue& queue, FileId file, What what) {
    for (Block* block = queue.oldest; block != nullptr;) {
      Block* const next = block->newer;
      if (block->key.file == file) what(block);
      block = next;
    }
  }
  bool has_room_to_pin(size_t bytes) const { return pinned.bytes + bytes <= capacity / BlockCache::kPinnedShare; }
  // Where a block of a file that stays goes: `otherwise` beyond the share, or if the file does not stay.
  Block::Place place_for(const Block& block, Block::Place otherwise) {
    if (pinned_files.empty() || !pinned_files.contains(block.key.file)) return otherwise;
    if (has_room_to_pin(block.cost())) return Block::Place::pinned;
    ++pins_refused;
    return otherwise;
  }

  // One step of making room: something leaves, or moves on.
  void evict_once() {
    if (small.blocks > 0 && (small.bytes >= capacity / 10 || main.blocks == 0)) {
      Block* const block = small.oldest;
      if (block->uses > 1) {
        small.remove(block);
        enter(block, Block::Place::main);
      } else {
        ghosts.add(hash_of(block->key));
        unlink(block);
      }
      return;
    }
    Block* const block = main.oldest;
    if (block->uses == 0) return unlink(block);
    main.remove(block);
    main.push(block);
    --block->uses;
  }

  void fit() {
    while (small.blocks + main.blocks > 0 && bytes() > capacity) evict_once();
  }
};

BlockCache::Handle::Handle(Block* block) : block_(block) { ++block_->references; }
BlockCache::Handle::Handle(Handle&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
BlockCache::Handle& BlockCache::Handle::operator=(Handle&& other) noexcept {
  std::swap(block_, other.block_);
  return *this;
}
BlockCache::Handle::Handle(const Handle& other) : block_(other.block_) {
  if (block_ != nullptr) ++block_->references;
}
BlockCache::Handle& BlockCache::Handle::operator=(const Handle& other) {
  Handle copy(other);
  std::swap(block_, copy.block_);
  return *this;
}
BlockCache::Handle::~Handle() {
  if (block_ != nullptr) release(block_);
}
BytesView BlockCache::Handle::bytes() const { return block_->bytes; }

BlockCache::BlockCache(size_t capacity_bytes) : state_(std::make_unique<State>()) { resize(capacity_bytes); }
BlockCache::~BlockCache() {
  while (state_->small.oldest != nullptr) state_->unlink(state_->small.oldest);
  while (state_->main.oldest != nullptr) state_->unlink(state_->main.oldest);
  while (state_->pinned.oldest != nullptr) state_->unlink(state_->pinned.oldest);
}

BlockCache::Handle BlockCache::unattached(Bytes block) {
  auto* const made = new Block{};
  made->bytes = std::move(block);
  return Handle(made);
}

BlockCache::Handle BlockCache::find(const CacheKey& key) {
  Block* const block = state_->find(key);
  if (block == nullptr) {
    ++state_->misses;
    return {};
  }
  ++state_->hits;
  if (block->uses < kUsesMax) ++block->uses;
  return Handle(block);
}

BlockCache::Handle BlockCache::insert(const CacheKey& key, Bytes bytes) {
  State& state = *state_;
  if (Block* const there = state.find(key)) return Handle(there);
  auto* const block = new Block{};
  block->key = key;
  block->bytes = std::move(bytes);
  Handle handle(block);
  if (block->cost() > state.capacity) return handle;
  if (state.blocks() >= state.buckets.size()) state.grow_buckets();
  Block*& head = state.bucket(key);
  block->chain = head;
  head = block;
  ++block->references;
  const bool came_back = state.ghosts.take(hash_of(key), state.main.blocks + 16);
  state.enter(block, state.place_for(*block, came_back ? Block::Place::main : Block::Place::small));
  state.fit();
  return handle;
}

void BlockCache::erase(const CacheKey& key) {
  if (Block* const block = state_->find(key)) state_->unlink(block);
}

void BlockCache::forget(FileId file) {
  state_->pinned_files.erase(file);
  for (Queue* queue : {&state_->small, &state_->main, &state_->pinned})
    state_->for_each_in(*queue, file, [this](Block* block) { state_->unlink(block); });
}

void BlockCache::pin(FileId file) {
  state_->pinned_files.insert(file);
  for (Queue* queue : {&state_->small, &state_->main})
    state_->for_each_in(*queue, file, [this](Block* block) {
      if (const auto place = state_->place_for(*block, block->place); place != block->place) state_->move(block, place);
    });
}

void BlockCache::unpin(FileId file) {
  state_->pinned_files.erase(file);
  state_->for_each_in(state_->pinned, file, [this](Block* block) { state_->move(block, Block::Place::main); });
}

bool BlockCache::pinned(FileId file) const { return state_->pinned_files.contains(file); }
bool BlockCache::has_room_to_pin() const { return state_->has_room_to_pin(64u << 10); }

void BlockCache::resize(size_t capacity_bytes) {
  state_->capacity = capacity_bytes;
  while (!state_->has_room_to_pin(0)) state_->move(state_->pinned.oldest, Block::Place::main);
  state_->ghosts.resize(capacity_bytes / (8u << 10));  // one for each block of a usual size
  state_->fit();
}

BlockCache::Counts BlockCache::counts() const {
  return {state_->hits,     state_->misses,       state_->bytes(),     state_->blocks(),
          state_->capacity, state_->pinned.bytes, state_->pins_refused};
}

}  // namespace ringlet
