#include "core/storage/compaction_levels.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ringlet {
namespace {

constexpr double kRing = 18446744073709551616.0;
constexpr double kStretchMin = 1.0 / kPartsMax;
// A merge of `fanout` files leaves a little less than their sum where they share keys: it belongs on the next level all the
// same.
constexpr double kShared = 0.9;

// The share of the ring that a run covers, told from its ends. Few partitions do not reach the edges of the stretch that they
// were taken from; of so few that nothing can be told, the size stands for the density.
double stretch_of(Token first, Token last, uint64_t partitions) {
  constexpr uint64_t kTooFew = 4;
  if (partitions < kTooFew) return 1;
  const double n = static_cast<double>(partitions);
  const double span = (static_cast<double>(last.raw) - static_cast<double>(first.raw) + 1) / kRing;
  return std::clamp(span * (n + 1) / (n - 1), kStretchMin, 1.0);
}

int64_t window_of(int64_t ticks, const CompactionOptions& options) {
  const int64_t length = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(options.window_micros) / 1e6 *
                                                                   static_cast<double>(options.ticks_per_second)));
  return ticks / length - (ticks % length < 0 ? 1 : 0);
}

void sort_by_size(PlanFiles& files) {
  std::ranges::sort(files, [](const PlanFile* a, const PlanFile* b) {
    return std::pair(a->bytes, a->id) < std::pair(b->bytes, b->id);
  });
}

}  // namespace

double density_of(const PlanFiles& files) {
  Token first{INT64_MAX}, last{INT64_MIN};
  uint64_t partitions = 0, bytes = 0;
  for (const PlanFile* file : files) {
    first = std::min(first, file->first_token);
    last = std::max(last, file->last_token);
    partitions += file->partitions;
    bytes += file->bytes;
  }
  return static_cast<double>(bytes) / stretch_of(first, last, partitions);
}

LevelShape level_shape(const CompactionOptions& options, uint32_t level) {
  const int w = options.scaling[std::min<size_t>(level, options.scaling.size() - 1)];
  if (w >= 0) return {static_cast<double>(w + 2), static_cast<size_t>(w + 2)};
  return {static_cast<double>(2 - w), 2};
}

uint32_t level_of(double density, const CompactionOptions& options, uint64_t flush_bytes) {
  const uint64_t flush = options.flush_bytes > 0 ? options.flush_bytes : std::max<uint64_t>(flush_bytes, 1);
  double bound = static_cast<double>(flush) * (1 - kShared / level_shape(options, 0).fanout);
  for (uint32_t level = 0;; ++level) {
    bound *= level_shape(options, level).fanout;
    if (level == 0) bound = std::max(bound, static_cast<double>(options.small_bytes));
    if (density < bound || level == 63) return level;
  }
}

uint32_t parts_of(double density, const CompactionOptions& options) {
  if (options.target_file_bytes == 0) return 1;
  const uint32_t base = std::max<uint32_t>(options.base_parts, 1);
  if (options.min_file_bytes > 0) {
    const double most = density / static_cast<double>(options.min_file_bytes);
    // Fewer than the base count: a power of two that divides it, for the edges' sake.
    if (most < base) return std::min(std::bit_floor(static_cast<uint32_t>(most) | 1), base & (~base + 1));
  }
  // Each is between the target divided and multiplied by the root of two; with growth, the target rises with density.
  const double count = density / (static_cast<double>(options.target_file_bytes) * std::sqrt(0.5) * base);
  const double shared = count <= 1 ? 1 : std::pow(count, 1 - options.growth);
  const auto times = static_cast<uint32_t>(std::min(shared, static_cast<double>(kPartsMax)));
  return std::min(base * std::bit_floor(std::max(times, 1u)), base * std::bit_floor(std::max(kPartsMax / base, 1u)));
}

bool overlap(const PlanFile& a, const PlanFile& b) {
  return a.first_token <= b.last_token && b.first_token <= a.last_token;
}

std::vector<OverlapSet> overlap_sets(PlanFiles files) {
  std::ranges::sort(files, [](const PlanFile* a, const PlanFile* b) {
    return std::pair(a->first_token, a->id) < std::pair(b->first_token, b->id);
  });
  std::vector<OverlapSet> sets;
  Token reach{INT64_MIN};
  PlanFiles here;  // those that cover the current token
  for (const PlanFile* file : files) {
    if (sets.empty() || file->first_token > reach) {
      sets.emplace_back();
      here.clear();
      reach = file->last_token;
    }
    std::erase_if(here, [&](const PlanFile* other) { return other->last_token < file->first_token; });
    here.push_back(file);
    reach = std::max(reach, file->last_token);
    OverlapSet& set = sets.back();
    set.files.push_back(file);
    if (here.size() > set.deepest.size()) set.deepest = here;
  }
  return sets;
}

size_t depth_of(const PlanFiles& files) {
  size_t depth = 0;
  for (const OverlapSet& set : overlap_sets(files)) depth = std::max(depth, set.deepest.size());
  return depth;
}

PlanFiles at_most_deep(PlanFiles files, size_t most) {
  if (depth_of(files) <= most) return files;
  sort_by_size(files);
  PlanFiles chosen;
  for (const PlanFile* file : files) {
    chosen.push_back(file);
    if (chosen.size() > most && depth_of(chosen) > most) chosen.pop_back();
  }
  return chosen;
}

int64_t window_of(const PlanFile& file, const CompactionOptions& options) {
  return window_of(file.max_timestamp.raw, options);
}

int64_t window_at(Seconds time, const CompactionOptions& options) {
  const int64_t most = INT64_MAX / options.ticks_per_second;
  return window_of(std::clamp(time.raw, -most, most) * options.ticks_per_second, options);
}

CompactionJob merge_of(const PlanFiles& files, const CompactionOptions& options, const PlanContext& context,
                       std::string reason) {
  const double density = density_of(files);
  CompactionJob job{.level = 1 + level_of(density, options, context.flush_bytes),
                    .parts = parts_of(density, options),
                    .reason = std::move(reason)};
  Token first{INT64_MAX}, last{INT64_MIN};
  for (const PlanFile* file : files) {
    job.inputs.push_back(file->id);
    job.bytes += file->bytes;
    first = std::min(first, file->first_token);
    last = std::max(last, file->last_token);
  }
  std::ranges::sort(job.inputs);
  job.outputs_max = part_at(last, job.parts) - part_at(first, job.parts) + 1;
  return job;
}

}  // namespace ringlet
