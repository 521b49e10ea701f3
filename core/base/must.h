// MUST: the always-on assertion for our own bugs. It stays in release builds, because a node that goes on after a broken
// invariant writes wrong data to flash. What the world does to us is a Result, never a MUST.
#pragma once

namespace ringlet {

[[noreturn]] void must_failed(const char* condition, const char* file, int line);

}  // namespace ringlet

#define MUST(condition) \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void(0) : ::ringlet::must_failed(#condition, __FILE__, __LINE__))
