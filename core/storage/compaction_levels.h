// The geometry of compaction: how dense a file is, which level that makes it, which files lie over one another, where outputs
// are cut. Pure; compaction_plan.h decides with it.
//
//   density  the bytes that a file would have if it covered the whole ring as thickly as it covers its own stretch. A piece of
//            a cut file has the density of the whole, whatever its size
//   level    a band of densities: level n reaches to about the size of a flush times the fanouts of levels 0 .. n
//   W        what spans tiered to leveled (scaling_parameters). W >= 0: tiers, fanout W + 2, merged when W + 2 files lie over
//            one token: every byte is written once a level. W < 0: fanout 2 - W, merged when 2 do: a read looks into one file
//            a level
//   parts    outputs are cut where the ring's so many equal parts meet. Their number is the base count times a power of two,
//            so that the edges of coarse files are edges of fine ones, and merges of dense levels stay small
#pragma once

#include <cstdint>
#include <vector>

#include "core/storage/compaction_options.h"
#include "core/storage/compaction_plan.h"

namespace ringlet {

using PlanFiles = std::vector<const PlanFile*>;

// Of files that were, or will be, one run: `bytes` over the stretch of all of them.
double density_of(const PlanFiles& files);

struct LevelShape {
  double fanout;
  size_t threshold;  // so many files over one token are merged
};
LevelShape level_shape(const CompactionOptions& options, uint32_t level);
uint32_t level_of(double density, const CompactionOptions& options, uint64_t flush_bytes);

inline constexpr uint32_t kPartsMax = 1u << 16;
uint32_t parts_of(double density, const CompactionOptions& options);  // how finely outputs are cut
constexpr uint32_t part_at(Token token, uint32_t parts) {
  const uint64_t biased = static_cast<uint64_t>(token.raw) + (uint64_t{1} << 63);
  // The high word of biased * parts, in two halves: armhf has no 128-bit integers.
  const uint64_t low = (biased & 0xFFFFFFFFu) * parts, high = (biased >> 32) * parts;
  return static_cast<uint32_t>((high + (low >> 32)) >> 32);
}

bool overlap(const PlanFile& a, const PlanFile& b);

// Files that overlap, directly or through others.
struct OverlapSet {
  PlanFiles files;    // by first token
  PlanFiles deepest;  // those over the token that most of them cover
};
std::vector<OverlapSet> overlap_sets(PlanFiles files);

size_t depth_of(const PlanFiles& files);  // the most that lie over one token

// As many of `files` as fit, the smallest first, with at most `most` of them over one token.
PlanFiles at_most_deep(PlanFiles files, size_t most);

// Of time, by number: the one that a file's newest write lies in, the one of a time.
int64_t window_of(const PlanFile& file, const CompactionOptions& options);
int64_t window_at(Seconds time, const CompactionOptions& options);

CompactionJob merge_of(const PlanFiles& files, const CompactionOptions& options, const PlanContext& context,
                       std::string reason);

}  // namespace ringlet
