// SimNet: the network of a ring of one: nobody else is there.
#pragma once

#include "core/env/net.h"

namespace ringlet::sim {

class SimNet final : public Net {
 public:
  Task<Result<Bytes>> call(NodeId, Bytes, Instant) override {
    co_return fail(Errc::unavailable, "this ring has one node: there is nobody to ask");
  }
};

}  // namespace ringlet::sim
