// Strong: an integer with a name, so that two of them cannot be swapped.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace ringlet {

template <class Rep, class Tag>
struct Strong {
  Rep raw{};
  constexpr Strong() = default;
  constexpr explicit Strong(Rep r) : raw(r) {}
  friend constexpr auto operator<=>(Strong, Strong) = default;
};

}  // namespace ringlet

template <class Rep, class Tag>
struct std::hash<ringlet::Strong<Rep, Tag>> {
  size_t operator()(ringlet::Strong<Rep, Tag> value) const noexcept { return std::hash<Rep>{}(value.raw); }
};
