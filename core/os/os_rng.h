// OsRng: dice seeded by the kernel, different at every start. For secrets use the TLS library's generator, not this.
#pragma once

#include <mutex>

#include "core/env/seeded_rng.h"

namespace ringlet {

uint64_t kernel_random();

class OsRng final : public RngSource {
 public:
  OsRng() : source_(kernel_random()) {}
  std::unique_ptr<Rng> stream(std::string_view name) override {  // from any thread; the stream is its asker's
    const std::lock_guard lock(mutex_);
    return source_.stream(name);
  }

 private:
  std::mutex mutex_;
  SeededRngSource source_;
};

}  // namespace ringlet
