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
      : now_(clock.wall()), stamps_(stamps), dice_(dice), node_(node) {}
  Timestamp now() override { return now_; }
  Uuid time_uuid() override { return ringlet::time_uuid(ticks_of(stamps_.next()), node_); }
  Uuid random_uuid() override {
    const uint64_t high = dice_.next(), low = dice_.next();
    return ringlet::random_uuid(high, low);
  }

 private:
  const Timestamp now_;
  Stamps& stamps_;
  Rng& dice_;
  const uint64_t node_;
};

}  // namespace ringlet
