// What now(), uuid() and their family see during one statement.
#pragma once

#include "core/cql/terms.h"
#include "core/env/clock.h"
#include "core/env/rng.h"
#include "core/shard/stamps.h"

namespace ringlet {

class StatementEvaluation final : public cql::EvaluationContext {
 public:
  // `node` goes into time uuids, so that two nodes never make the same one.
  StatementEvaluation(const Clock& clock, Stamps& stamps, Rng& dice, uint64_t node)
      : clock_(clock), stamps_(stamps), dice_(dice), node_(node) {}
  Timestamp now() override {  // looked up when first asked for: most statements never do
    if (now_ == kNoTimestamp) now_ = clock_.wall();
    return now_;
  }
  Uuid time_uuid() override { return ringlet::time_uuid(ticks_of(stamps_.next()), node_); }
  Uuid random_uuid() override {
    const uint64_t high = dice_.next(), low = dice_.next();
    return ringlet::random_uuid(high, low);
  }

 private:
  const Clock& clock_;
  Timestamp now_ = kNoTimestamp;
  Stamps& stamps_;
  Rng& dice_;
  const uint64_t node_;
};

}  // namespace ringlet
