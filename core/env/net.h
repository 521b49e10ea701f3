// Net: requests to other nodes of the ring. One call, one answer, or an error by the deadline; delivery may happen even when
// the caller sees an error. A ring of one has a Net that answers `unavailable`.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/uuid.h"
#include "core/env/clock.h"
#include "core/env/task.h"

namespace ringlet {

using NodeId = Uuid;

class Net {
 public:
  virtual ~Net() = default;
  virtual Task<Result<Bytes>> call(NodeId to, Bytes request, Instant deadline) = 0;
};

}  // namespace ringlet
