// ZeroedArray: many zeros at once, without touching them: the kernel gives pages of them one by one, as they are used.
#pragma once

#include <cstdlib>
#include <memory>
#include <type_traits>
#include <utility>

#include "core/base/must.h"

namespace ringlet {

template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);  // zeros MUST be a value of it

 public:
  ZeroedArray() = default;
  explicit ZeroedArray(size_t size) : items_(static_cast<T*>(std::calloc(size, sizeof(T)))), size_(size) {
    MUST(items_ != nullptr);
  }
  ZeroedArray(ZeroedArray&& other) noexcept : items_(std::move(other.items_)), size_(std::exchange(other.size_, 0)) {}
  ZeroedArray& operator=(ZeroedArray&& other) noexcept {
    items_ = std::move(other.items_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return items_[i]; }
  const T& operator[](size_t i) const { return items_[i]; }

 private:
  struct Free {
    void operator()(void* items) const { std::free(items); }
  };
  std::unique_ptr<T[], Free> items_;
  size_t size_ = 0;
};

}  // namespace ringlet
