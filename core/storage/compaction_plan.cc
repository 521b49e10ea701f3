#include "core/storage/compaction_plan.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/data/keys.h"
#include "core/storage/sstable.h"

namespace ringlet {
namespace {

using FileRefs = std::vector<const PlanFile*>;

// Files of a kind, and how many of them are too many.
struct Group {
  FileRefs files;
  size_t threshold = 4;
  uint32_t level = 0;
  std::string what;
};

bool overlap(const PlanFile& a, const PlanFile& b) {
  return a.first_token <= b.last_token && b.first_token <= a.last_token;
}

uint64_t bytes_of(const FileRefs& files) {
  uint64_t sum = 0;
  for (const PlanFile* file : files) sum += file->bytes;
  return sum;
}

CompactionJob job_of(CompactionJob::Kind kind, const FileRefs& files, uint32_t level, uint64_t target,
                     std::string reason) {
  CompactionJob job{
      .kind = kind, .bytes = bytes_of(files), .level = level, .target_file_bytes = target, .reason = std::move(reason)};
  for (const PlanFile* file : files) job.inputs.push_back(file->id);
  std::ranges::sort(job.inputs);
  return job;
}

// --- files of which nothing lives -------------------------------------------------------------------------------------

// A dead file may go only when what its tombstones still shadow is nowhere else: nothing that overlaps it is as old.
FileRefs expired(const FileRefs& idle, const std::vector<PlanFile>& all, const CompactionOptions& options,
                 const PlanContext& context) {
  FileRefs dead;
  for (const PlanFile* file : idle) {
    if (file->all_expire && file->max_expiry < context.gc_before) dead.push_back(file);
  }
  if (options.drop_without_overlap_check) return dead;
  const auto keeps = [&](const PlanFile* file) {
    if (context.memtable_min_timestamp <= file->max_timestamp) return true;
    return std::ranges::any_of(all, [&](const PlanFile& other) {
      const bool goes_too = std::ranges::find(dead, &other) != dead.end();
      return !goes_too && overlap(*file, other) && other.min_timestamp <= file->max_timestamp;
    });
  };
  // One that must stay may in turn keep others.
  while (std::erase_if(dead, keeps) > 0) continue;
  return dead;
}

// --- groups -----------------------------------------------------------------------------------------------------------

// Files within [low, high] of their average, small ones all together.
std::vector<Group> by_size(FileRefs files, const CompactionOptions& options, const PlanContext& context,
                           const std::string& where) {
  const auto small =
      static_cast<double>(options.min_sstable_bytes > 0 ? options.min_sstable_bytes : context.flush_bytes);
  std::ranges::sort(files, [](const PlanFile* a, const PlanFile* b) {
    return std::pair(a->bytes, a->id) < std::pair(b->bytes, b->id);
  });
  struct Bucket {
    FileRefs files;
    double average = 0;
  };
  std::vector<Bucket> buckets;
  for (const PlanFile* file : files) {
    const auto bytes = static_cast<double>(file->bytes);
    const auto fits = [&](const Bucket& b) {
      return (bytes >= b.average * options.bucket_low && bytes <= b.average * options.bucket_high) ||
             (bytes < small && b.average < small);
    };
    auto at = std::ranges::find_if(buckets, fits);
    if (at == buckets.end()) at = buckets.insert(at, Bucket{});
    at->average =
        (at->average * static_cast<double>(at->files.size()) + bytes) / static_cast<double>(at->files.size() + 1);
    at->files.push_back(file);
  }
  std::vector<Group> groups;
  for (Bucket& bucket : buckets) {
    uint32_t level = 0;
    for (const PlanFile* file : bucket.files) level = std::max(level, file->level);
    groups.push_back({std::move(bucket.files), options.min_threshold, level + 1,
                      "of about " + std::to_string(static_cast<uint64_t>(bucket.average)) + " bytes" + where});
  }
  return groups;
}

int64_t window_of(const PlanFile& file, const CompactionOptions& options) {
  const int64_t length = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(options.window_micros) / 1e6 *
                                                                   static_cast<double>(options.ticks_per_second)));
  const int64_t at = file.max_timestamp.raw;
  return at / length - (at % length < 0 ? 1 : 0);
}

// The newest window as tiers; a window that is over is made one file and then left alone.
std::vector<Group> by_window(const FileRefs& files, const CompactionOptions& options, const PlanContext& context) {
  std::map<int64_t, FileRefs> windows;
  for (const PlanFile* file : files) windows[window_of(*file, options)].push_back(file);
  std::vector<Group> groups;
  for (const auto& [window, members] : windows) {
    const std::string where = " in window " + std::to_string(window);
    if (window == windows.rbegin()->first) {
      for (Group& group : by_size(members, options, context, where)) groups.push_back(std::move(group));
    } else {
      groups.push_back({members, 2, 1, "of a window that is over," + where});
    }
  }
  return groups;
}

struct Scaling {
  double fanout;
  size_t threshold;
};
Scaling scaling_of(const CompactionOptions& options, size_t level) {
  const int w = options.scaling[std::min(level, options.scaling.size() - 1)];
  if (w >= 0) return {static_cast<double>(w + 2), static_cast<size_t>(w + 2)};
  return {static_cast<double>(2 - w), 2};
}

// Bytes that the file would have if it spanned all tokens as densely: a part of a split run stands where the run stands.
double density_of(const PlanFile& file, double widest_span) {
  const double span = static_cast<double>(file.last_token.raw) - static_cast<double>(file.first_token.raw) + 1;
  const double part = std::max(span / widest_span, 1.0 / 4096);
  return static_cast<double>(file.bytes) / part;
}

uint32_t level_of(double density, const CompactionOptions& options, const PlanContext& context) {
  double bound = static_cast<double>(context.flush_bytes);
  for (uint32_t level = 0;; ++level) {
    bound *= scaling_of(options, level).fanout;
    if (density < bound || level == 63) return level;
  }
}

double widest_span(const FileRefs& files) {
  double widest = 1;
  for (const PlanFile* file : files) {
    widest =
        std::max(widest, static_cast<double>(file->last_token.raw) - static_cast<double>(file->first_token.raw) + 1);
  }
  return widest;
}

// Files that overlap, directly or through others; `depth`: how many cover one token at most.
struct OverlapSet {
  FileRefs files;
  size_t depth = 0;
};
std::vector<OverlapSet> overlap_sets(FileRefs files) {
  std::ranges::sort(files, [](const PlanFile* a, const PlanFile* b) {
    return std::pair(a->first_token, a->id) < std::pair(b->first_token, b->id);
  });
  std::vector<OverlapSet> sets;
  Token reach{INT64_MIN};
  std::vector<Token> ends;  // of the files that cover the current token
  for (const PlanFile* file : files) {
    if (sets.empty() || file->first_token > reach) {
      sets.emplace_back();
      ends.clear();
      reach = file->last_token;
    }
    std::erase_if(ends, [&](Token end) { return end < file->first_token; });
    ends.push_back(file->last_token);
    reach = std::max(reach, file->last_token);
    sets.back().files.push_back(file);
    sets.back().depth = std::max(sets.back().depth, ends.size());
  }
  return sets;
}

std::vector<Group> by_density(const FileRefs& files, const CompactionOptions& options, const PlanContext& context) {
  const double widest = widest_span(files);
  std::map<uint32_t, FileRefs> levels;
  for (const PlanFile* file : files) levels[level_of(density_of(*file, widest), options, context)].push_back(file);
  std::vector<Group> groups;
  for (const auto& [level, members] : levels) {
    for (OverlapSet& set : overlap_sets(members)) {
      if (set.depth < scaling_of(options, level).threshold) continue;
      const double density = static_cast<double>(bytes_of(set.files));
      groups.push_back({std::move(set.files), 2, std::max(level, level_of(density, options, context)),
                        "that overlap on level " + std::to_string(level)});
    }
  }
  return groups;
}

std::vector<Group> groups_of(const FileRefs& files, const CompactionOptions& options, const PlanContext& context) {
  switch (options.strategy) {
    case CompactionStrategy::size_tiered:
      return by_size(files, options, context, "");
    case CompactionStrategy::time_window:
      return by_window(files, options, context);
    case CompactionStrategy::leveled:
    case CompactionStrategy::unified:
      return by_density(files, options, context);
  }
  return {};
}

// At most max_threshold of them, the smallest first: the most files for the least bytes.
void cap(Group& group, const CompactionOptions& options) {
  std::ranges::sort(group.files, [](const PlanFile* a, const PlanFile* b) {
    return std::pair(a->bytes, a->id) < std::pair(b->bytes, b->id);
  });
  if (group.files.size() > options.max_threshold) group.files.resize(options.max_threshold);
}

// --- one file for its tombstones --------------------------------------------------------------------------------------

// How much of the file would go, taking deletion times as spread evenly.
double droppable_share(const PlanFile& file, Seconds gc_before) {
  if (file.min_expiry >= gc_before || file.cells + file.tombstones == 0) return 0;
  const double whole = static_cast<double>(file.max_expiry.raw) - static_cast<double>(file.min_expiry.raw);
  const double past = static_cast<double>(gc_before.raw) - static_cast<double>(file.min_expiry.raw);
  const double share = file.max_expiry < gc_before || whole <= 0 ? 1.0 : past / whole;
  return share * static_cast<double>(file.tombstones + file.expiring_cells) /
         static_cast<double>(file.cells + file.tombstones);
}

// A rewrite purges all that is past gc_before, so the same file is not chosen again for the same tombstones.
bool worth_rewriting(const PlanFile& file, const std::vector<PlanFile>& all, const CompactionOptions& options,
                     const PlanContext& context) {
  const int64_t age_seconds = context.now.raw - file.max_timestamp.raw / options.ticks_per_second;
  if (age_seconds < options.tombstone_interval_seconds) return false;
  if (droppable_share(file, context.gc_before) <= options.tombstone_threshold) return false;
  if (context.memtable_min_timestamp <= file.max_timestamp) return false;
  return std::ranges::none_of(all, [&](const PlanFile& other) {
    return &other != &file && overlap(file, other) && other.min_timestamp <= file.max_timestamp;
  });
}

}  // namespace

PlanFile plan_file(FileId id, const SstableStatistics& s) {
  PlanFile file{.id = id,
                .level = s.level,
                .bytes = s.file_bytes,
                .min_timestamp = s.min_timestamp,
                .max_timestamp = s.max_timestamp,
                .min_expiry = s.min_expiry,
                .max_expiry = s.max_expiry,
                .cells = s.cells,
                .tombstones = s.tombstones,
                .expiring_cells = s.expiring_cells,
                .all_expire = s.all_expire};
  if (const auto first = read_partition_prefix(s.first_prefix)) file.first_token = first->token;
  if (const auto last = read_partition_prefix(s.last_prefix)) file.last_token = last->token;
  return file;
}

std::vector<CompactionJob> plan_compaction(const std::vector<PlanFile>& files, const CompactionOptions& options,
                                           const PlanContext& context) {
  if (!options.enabled) return {};
  FileRefs idle;
  for (const PlanFile& file : files) {
    if (!file.busy) idle.push_back(&file);
  }
  std::vector<CompactionJob> jobs;
  if (const FileRefs dead = expired(idle, files, options, context); !dead.empty()) {
    jobs.push_back(job_of(CompactionJob::Kind::drop, dead, 0, 0,
                          "everything in " + std::to_string(dead.size()) + " files has expired"));
    std::erase_if(idle, [&](const PlanFile* file) { return std::ranges::find(dead, file) != dead.end(); });
  }
  std::vector<Group> groups = groups_of(idle, options, context);
  std::erase_if(groups, [](const Group& group) { return group.files.size() < group.threshold; });
  for (Group& group : groups) cap(group, options);
  // Most files above their threshold first: they cost every read the most. Then the cheapest.
  std::ranges::sort(groups, [](const Group& a, const Group& b) {
    const size_t left = a.files.size() * b.threshold, right = b.files.size() * a.threshold;
    if (left != right) return left > right;
    return std::pair(bytes_of(a.files), a.files.front()->id) < std::pair(bytes_of(b.files), b.files.front()->id);
  });
  for (const Group& group : groups) {
    jobs.push_back(job_of(CompactionJob::Kind::merge, group.files, group.level, options.target_file_bytes,
                          std::to_string(group.files.size()) + " files " + group.what));
    std::erase_if(idle,
                  [&](const PlanFile* file) { return std::ranges::find(group.files, file) != group.files.end(); });
  }
  for (const PlanFile* file : idle) {
    if (!worth_rewriting(*file, files, options, context)) continue;
    jobs.push_back(job_of(CompactionJob::Kind::merge, {file}, file->level, options.target_file_bytes,
                          "one file with many tombstones past their grace"));
  }
  return jobs;
}

std::vector<CompactionJob> plan_major_compaction(const std::vector<PlanFile>& files, const CompactionOptions& options) {
  std::map<int64_t, FileRefs> parts;
  for (const PlanFile& file : files) {
    if (!file.busy)
      parts[options.strategy == CompactionStrategy::time_window ? window_of(file, options) : 0].push_back(&file);
  }
  std::vector<CompactionJob> jobs;
  for (const auto& [window, members] : parts) {
    uint32_t level = 0;
    for (const PlanFile* file : members) level = std::max(level, file->level);
    jobs.push_back(
        job_of(CompactionJob::Kind::merge, members, level + 1, options.target_file_bytes, "asked for: all files"));
  }
  return jobs;
}

}  // namespace ringlet
