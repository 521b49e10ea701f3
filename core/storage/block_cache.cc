#include "core/storage/block_cache.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "core/base/must.h"

namespace ringlet {

// The bytes lie behind it, in the same piece of memory, where a line of the processor's cache begins: filters count on that.
struct BlockCache::Block {
  enum class Place : uint8_t { nowhere, small, main, pinned };
  CacheKey key;
  uint32_t references = 0;  // handles, and one for the cache
  uint32_t data_at;         // bytes from `this`
  uint8_t uses = 0;         // since it entered its queue, 3 at most
  Place place = Place::nowhere;
  size_t room;  // taken of the allocator
  size_t size;
  Block* older = nullptr;  // towards the end that leaves first
  Block* newer = nullptr;

  static constexpr size_t kAllocatorBytes = 16;  // what malloc adds
  static Block* make(size_t bytes, Block*& spare);
  BytesView bytes() const { return {reinterpret_cast<const char*>(this) + data_at, size}; }
  char* room_for_bytes() { return reinterpret_cast<char*>(this) + data_at; }
  size_t cost() const { return room + kAllocatorBytes; }
};

namespace {

using Block = BlockCache::Block;

constexpr uint8_t kUsesMax = 3;
constexpr size_t kGrantedShare = 4;  // of the budget
constexpr size_t kLineBytes = 64;
constexpr size_t kRoomStep = 128;
constexpr size_t kSpareBytesMost = 16u << 10;
constexpr size_t kSmallShare = 10;               // of the budget, for blocks seen once that the medium gave
constexpr size_t kSmallBytesLeast = 256u << 10;  // for others: a part of what a processor's own cache holds
constexpr size_t kScratchBytesMost = 128u << 10;
constexpr size_t kLookedAtOnce = 4096, kFreedAtOnce = 64;  // of a dead file: some 20 us

// The low bits of the file's number stand above: a dead file's blocks are found without looking at each.
constexpr int kFileBits = 16;
uint64_t file_mark(FileId file) { return file.raw << (64 - kFileBits); }

uint64_t hash_of(const CacheKey& key) {
  uint64_t h = (key.file.raw * 0x9E3779B97F4A7C15u) ^ key.offset;
  h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93u;
  return (h ^ (h >> 29)) >> kFileBits | file_mark(key.file);
}

void release(Block* block) {
  if (--block->references == 0) ::operator delete(block);
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

// Where blocks are: open addressing, so that a look touches one line, and the block.
class Places {
 public:
  struct Place {
    uint64_t hash = 0;
    Block* block = nullptr;
  };
  size_t bytes() const { return places_.size() * sizeof(Place); }
  size_t size() const { return places_.size(); }
  // The block there, if it is of that file.
  Block* at(size_t i, FileId file) const {
    const Place& place = places_[i];
    const bool perhaps = place.block != nullptr && ((place.hash ^ file_mark(file)) >> (64 - kFileBits)) == 0;
    return perhaps && place.block->key.file == file ? place.block : nullptr;
  }
  void expect(uint64_t hash) const { __builtin_prefetch(&places_[hash & mask_]); }
  Block* find(const CacheKey& key, uint64_t hash) const {
    for (size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const Place& place = places_[at];
      if (place.block == nullptr) return nullptr;
      if (place.hash != hash) continue;
      for (size_t line = 0; line < 4; ++line)
        __builtin_prefetch(reinterpret_cast<const char*>(place.block) + line * kLineBytes);
      if (place.block->key == key) return place.block;
    }
  }
  void add(Block* block) {
    if ((++used_) * 2 > places_.size()) grow();
    put({hash_of(block->key), block});
  }
  void remove(const Block* block) {
    size_t hole = hash_of(block->key) & mask_;
    while (places_[hole].block != block) hole = (hole + 1) & mask_;
    --used_;
    // Those behind that would not be found past the hole move into it.
    for (size_t at = hole;;) {
      at = (at + 1) & mask_;
      if (places_[at].block == nullptr) break;
      if (((at - places_[at].hash) & mask_) < ((at - hole) & mask_)) continue;
      places_[hole] = places_[at];
      hole = at;
    }
    places_[hole] = {};
  }

 private:
  void put(const Place& place) {
    size_t at = place.hash & mask_;
    while (places_[at].block != nullptr) at = (at + 1) & mask_;
    places_[at] = place;
  }
  void grow() {
    std::vector<Place> old(places_.size() * 2);
    old.swap(places_);
    mask_ = places_.size() - 1;
    for (const Place& place : old)
      if (place.block != nullptr) put(place);
  }

  std::vector<Place> places_ = std::vector<Place>(16);  // a power of two, at most half of them used
  size_t mask_ = 15, used_ = 0;
};

}  // namespace

// In the memory of `spare` where that is neither too small nor much too large; it is nobody's then.
Block* BlockCache::Block::make(size_t bytes, Block*& spare) {
  const size_t needed = (sizeof(Block) + kLineBytes + bytes + kRoomStep - 1) & ~(kRoomStep - 1);
  const bool fits = spare != nullptr && spare->room >= needed && spare->room - needed <= needed / 8;
  const size_t room = fits ? spare->room : needed;
  auto* const block = new (fits ? std::exchange(spare, nullptr) : ::operator new(needed)) Block{};
  const auto after = reinterpret_cast<uintptr_t>(block + 1);
  block->data_at =
      static_cast<uint32_t>(((after + kLineBytes - 1) & ~(kLineBytes - 1)) - reinterpret_cast<uintptr_t>(block));
  block->room = room;
  block->size = bytes;
  return block;
}

struct BlockCache::State {
  size_t capacity = 0;
  Places places;
  Queue small, main, pinned;  // seen once; seen again; never to leave
  std::set<FileId> pinned_files;
  uint64_t pins_refused = 0;
  Ghosts ghosts;
  uint64_t hits = 0, misses = 0;
  size_t granted = 0;
  size_t small_most = SIZE_MAX;  // bytes in `small`, where something has to leave
  Scratch scratch;
  Block* spare = nullptr;  // the last one that left: what comes next takes its memory, and malloc need not look for any

  size_t bytes() const { return granted + small.bytes + main.bytes + pinned.bytes + places.bytes() + ghosts.bytes(); }
  size_t blocks() const { return small.blocks + main.blocks + pinned.blocks; }
  Block* find(const CacheKey& key) const { return places.find(key, hash_of(key)); }

  void unlink(Block* block) {
    places.remove(block);
    queue_of(block->place).remove(block);
    block->place = Block::Place::nowhere;
    if (block->references > 1 || block->room > kSpareBytesMost) return release(block);
    ::operator delete(std::exchange(spare, block));
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

  // A block seen once is kept for the case that it is asked for again soon. Where that would cost a look into the page cache, fewer are
  // kept: each takes the memory of one that came just before it, which is near the processor, and leaves more to those seen again.
  void learn(From from, size_t bytes) {
    const size_t most = capacity / kSmallShare, least = std::min(most, kSmallBytesLeast);
    small_most = from == From::medium ? small_most + std::min(bytes, SIZE_MAX - small_most)
                                      : small_most - std::min(bytes, small_most);
    small_most = std::clamp(small_most, least, most);
  }

  // One step of making room: something leaves, or moves on.
  void evict_once() {
    if (small.blocks > 0 && (small.bytes >= small_most || main.blocks == 0)) {
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

  // Something comes, so something leaves: what is first in line for that is far from the processor. First itself, then its
  // neighbours.
  void expect_eviction(bool near) const {
    const Block* const block = small.oldest != nullptr ? small.oldest : main.oldest;
    if (block == nullptr) return;
    if (!near) return __builtin_prefetch(block);
    places.expect(hash_of(block->key));
    __builtin_prefetch(block->newer);
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
BytesView BlockCache::Handle::bytes() const { return block_->bytes(); }

BlockCache::BlockCache(size_t capacity_bytes) : state_(std::make_unique<State>()) { resize(capacity_bytes); }
BlockCache::~BlockCache() {
  while (state_->small.oldest != nullptr) state_->unlink(state_->small.oldest);
  while (state_->main.oldest != nullptr) state_->unlink(state_->main.oldest);
  while (state_->pinned.oldest != nullptr) state_->unlink(state_->pinned.oldest);
  ::operator delete(state_->spare);
}

char* BlockCache::Handle::room() {
  MUST(block_->references == 1);
  return block_->room_for_bytes();
}

void BlockCache::Handle::trim(size_t front, size_t back) {
  MUST(block_->references == 1 && front + back <= block_->size);
  block_->data_at += static_cast<uint32_t>(front);
  block_->size -= front + back;
}

BlockCache::Handle BlockCache::unattached(size_t bytes) {
  Block* none = nullptr;
  return Handle(Block::make(bytes, none));
}

BlockCache::Handle BlockCache::fresh(size_t bytes) {
  state_->expect_eviction(true);
  return Handle(Block::make(bytes, state_->spare));
}

BlockCache::Handle BlockCache::find(const CacheKey& key) {
  Block* const block = state_->find(key);
  if (block == nullptr) {
    ++state_->misses;
    state_->expect_eviction(false);
    return {};
  }
  ++state_->hits;
  if (block->uses < kUsesMax) ++block->uses;
  return Handle(block);
}

BlockCache::Handle BlockCache::insert(const CacheKey& key, BytesView bytes) {
  Handle block = fresh(bytes.size());
  bytes.copy(block.room(), bytes.size());
  return insert(key, std::move(block));
}

BlockCache::Handle BlockCache::insert(const CacheKey& key, Handle handle, From from) {
  State& state = *state_;
  Block* const block = handle.block_;
  MUST(block->references == 1 && block->place == Block::Place::nowhere);
  if (Block* const there = state.find(key)) return Handle(there);
  block->key = key;
  if (block->cost() > state.capacity) return handle;
  state.places.add(block);
  ++block->references;
  const bool came_back = state.ghosts.take(hash_of(key), state.blocks() + 16);
  state.enter(block, state.place_for(*block, came_back ? Block::Place::main : Block::Place::small));
  state.learn(from, block->cost());
  state.fit();
  return handle;
}

void BlockCache::erase(const CacheKey& key) {
  if (Block* const block = state_->find(key)) state_->unlink(block);
}

bool BlockCache::forget(FileId file, size_t& from) {
  if (from == 0) unpin(file);
  const size_t end = std::min(from + kLookedAtOnce, state_->places.size());
  for (size_t freed = 0; from < end && freed < kFreedAtOnce;) {
    Block* const block = state_->places.at(from, file);
    if (block == nullptr) {
      ++from;
      continue;
    }
    state_->unlink(block);  // another one may stand in its place now
    ++freed;
  }
  return from < state_->places.size();
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

bool BlockCache::grant(size_t bytes) {
  if (state_->granted + bytes > state_->capacity / kGrantedShare) return false;
  state_->granted += bytes;
  state_->fit();
  return true;
}

void BlockCache::give_back(size_t bytes) { state_->granted -= bytes; }

size_t BlockCache::keep(const Handle& handle) {
  Block* const block = handle.block_;
  if (state_->granted + block->cost() > state_->capacity / kGrantedShare) return 0;
  if (block->place != Block::Place::nowhere) state_->unlink(block);
  (void)grant(block->cost());
  return block->cost();
}

// What one large block left behind is not kept for the small ones.
BlockCache::Scratch& BlockCache::scratch() {
  Scratch& scratch = state_->scratch;
  if (scratch.stored.capacity() > kScratchBytesMost) scratch = {};
  return scratch;
}

BlockCache::Counts BlockCache::counts() const {
  return {state_->hits,     state_->misses,       state_->bytes(),     state_->blocks(),
          state_->capacity, state_->pinned.bytes, state_->pins_refused};
}

}  // namespace ringlet
