// Arena: memory that is handed out in bits and given back whole, a memtable's. Chunks grow from 4 KiB (many tables are
// nearly empty) to 1 MiB, which the allocator maps and unmaps on its own, so that a flushed memtable leaves no holes.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace ringlet {

class Arena {
 public:
  char* allocate(size_t bytes) {  // aligned to 8
    bytes = (bytes + 7) & ~size_t{7};
    if (bytes > left_) grow(bytes);
    char* at = next_;
    next_ += bytes;
    left_ -= bytes;
    return at;
  }
  size_t bytes() const { return reserved_ - left_; }  // handed out, and lost at the ends of chunks
  bool free_chunk();  // gives a chunk back, of a memory that nobody uses any more; false: there was none
  size_t reserved_bytes() const { return reserved_; }

 private:
  void grow(size_t bytes);
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  size_t left_ = 0, reserved_ = 0, chunk_bytes_ = 4096;
};

}  // namespace ringlet
