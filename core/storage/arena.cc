#include "core/storage/arena.h"

#include <algorithm>

namespace ringlet {

static constexpr size_t kChunkBytesMax = 1u << 20;

void Arena::grow(size_t bytes) {
  const size_t chunk = std::max(bytes, chunk_bytes_);
  chunks_.push_back(std::make_unique_for_overwrite<char[]>(chunk));
  next_ = chunks_.back().get();
  left_ = chunk;
  reserved_ += chunk;
  chunk_bytes_ = std::min(chunk_bytes_ * 2, kChunkBytesMax);
}

bool Arena::free_chunk() {
  if (chunks_.empty()) return false;
  chunks_.pop_back();
  next_ = nullptr;
  left_ = 0;
  return true;
}

}  // namespace ringlet
