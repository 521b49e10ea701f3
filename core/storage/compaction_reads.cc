#include "core/storage/compaction_reads.h"

#include <map>

#include "core/storage/compaction_levels.h"

namespace ringlet {
namespace {

// Soon to be dropped without being rewritten: in less time than a window takes.
bool expires_soon(const PlanFile& file, const CompactionOptions& options, const PlanContext& context) {
  return file.all_expire && file.max_expiry.raw <= context.gc_before.raw + options.window_micros / 1000000;
}

// What may be merged with one another: all that is idle, or that of one window.
std::map<int64_t, PlanFiles> mergeable(const std::vector<PlanFile>& files, const CompactionOptions& options,
                                       const PlanContext& context) {
  const bool windows = options.strategy == CompactionStrategy::time_window;
  std::map<int64_t, PlanFiles> groups;
  for (const PlanFile& file : files) {
    if (file.busy || file.damaged || (windows && expires_soon(file, options, context))) continue;
    groups[windows ? window_of(file, options) : 0].push_back(&file);
  }
  return groups;
}

// Whole levels, from the lowest one up to each that a merge may stop at.
std::vector<PlanFiles> from_below(const PlanFiles& files, const CompactionOptions& options,
                                  const PlanContext& context) {
  std::map<uint32_t, PlanFiles> levels;
  for (const PlanFile* file : files) levels[level_of(density_of({file}), options, context.flush_bytes)].push_back(file);
  std::vector<PlanFiles> all;
  PlanFiles below;
  for (const auto& [level, members] : levels) {
    const double run = below.empty() ? 0 : density_of(below);
    // Rather together with the next level than to be rewritten with it soon.
    const auto is_larger = [run](const PlanFile* file) { return density_of({file}) >= run; };
    if (!below.empty() && std::ranges::all_of(members, is_larger)) all.push_back(below);
    below.insert(below.end(), members.begin(), members.end());
  }
  all.push_back(std::move(below));
  return all;
}

}  // namespace

ReadPlan plan_for_reads(const std::vector<PlanFile>& files, const CompactionOptions& options,
                        const PlanContext& context, uint64_t looks) {
  ReadPlan plan;
  if (!options.enabled || !options.adapt_to_reads) return plan;
  PlanFiles all, best;
  for (const PlanFile& file : files) all.push_back(&file);
  const size_t depth = depth_of(all);  // what reads look into
  size_t best_depth = 0;
  const auto consider = [&](PlanFiles chosen) {
    chosen = at_most_deep(std::move(chosen), options.max_runs);
    const size_t chosen_depth = depth_of(chosen);
    if (chosen_depth < 2) return;
    // The share of the looks that this merge would have spared: of the ring, and of the files over a token.
    const double spared = static_cast<double>(chosen_depth - 1) / static_cast<double>(depth - 1);
    const double cost = std::max(density_of(chosen), static_cast<double>(kMergeForReadsBytesLeast));
    const auto needed = static_cast<uint64_t>(cost / spared / kRewrittenBytesPerLook) + 1;
    plan.looks_needed = std::min(plan.looks_needed, needed);
    if (needed > looks || chosen_depth <= best_depth) return;
    best_depth = chosen_depth;
    best = std::move(chosen);
  };
  for (const auto& [window, members] : mergeable(files, options, context))
    for (const PlanFiles& levels : from_below(members, options, context))
      for (OverlapSet& set : overlap_sets(levels)) consider(std::move(set.files));
  if (!best.empty())
    plan.job = merge_of(best, options, context, std::to_string(best.size()) + " files that reads look into");
  return plan;
}

}  // namespace ringlet
