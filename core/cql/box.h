// Box: a value that lives behind a pointer so that a type can contain itself. It copies deeply and is never empty (a
// moved-from Box may only be destroyed or assigned to).
#pragma once

#include <memory>
#include <utility>

namespace ringlet::cql {

template <class T>
class Box {
 public:
  Box(T value) : held_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : held_(std::make_unique<T>(*other.held_)) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    if (this != &other) held_ = std::make_unique<T>(*other.held_);
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  T& operator*() { return *held_; }
  const T& operator*() const { return *held_; }
  T* operator->() { return held_.get(); }
  const T* operator->() const { return held_.get(); }

 private:
  std::unique_ptr<T> held_;
};

}  // namespace ringlet::cql
