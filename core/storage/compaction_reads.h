// What reads ask of compaction. Tiers are shaped by writing: where it ends, reads would look into as many files as it left, for
// ever. So each read that has to look into more files than one leaves a credit with the table, and what the credits pay for is
// merged beyond what the tiers ask for, until reads meet one run. Pure, as compaction_plan.h is.
//
// Always holds
//   - at most kRewrittenBytesPerLook bytes are rewritten for each look that was one too many: never much more is spent on merging
//     than was lost for want of it, and a table that nobody reads is left alone
//   - a table that is written to about as often as it is read keeps the shape of its tiers: written bytes take credits back
//   - a merge takes whole levels from below, and stops short of a level only where that level's files are larger than its output:
//     from the first merge to the last one, when one run is left, no byte is rewritten more than a few times
//   - it keeps to time windows, and leaves files alone that soon expire as a whole
// A restart begins with no credits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/base/limits.h"
#include "core/storage/compaction_plan.h"

namespace ringlet {

// Of one table on one shard.
struct ReadCredits {
  uint64_t looks = 0;
  uint64_t plan_at = 0;  // so many may pay for a merge

  // A read asked `asked` files and opened `opened` of them. True: plan anew.
  bool add(size_t asked, size_t opened) {
    looks += (asked - 1) + kLooksPerStream * (std::max<size_t>(opened, 1) - 1);
    return looks >= plan_at;
  }
  void take_back(uint64_t written_bytes) { looks -= std::min(looks, written_bytes / kWrittenBytesPerLook); }
  void spend(uint64_t rewritten_bytes) {
    looks -= std::min(looks, (rewritten_bytes + kRewrittenBytesPerLook - 1) / kRewrittenBytesPerLook);
  }
};

struct ReadPlan {
  std::optional<CompactionJob> job;    // the deepest merge that is paid for
  uint64_t looks_needed = UINT64_MAX;  // by the cheapest merge that there is, paid for or not
};

// For a table where plan_compaction() finds nothing to merge and nothing is being merged.
ReadPlan plan_for_reads(const std::vector<PlanFile>& files, const CompactionOptions& options,
                        const PlanContext& context, uint64_t looks);

}  // namespace ringlet
